"""Shares the few cores between calls: what waits, in which order, and when to say that there is no more room."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Generic, TypeVar

from voice.recognition.base import Busy

T = TypeVar("T")


class Urgency(IntEnum):
    """Whose work goes first: the smaller number."""

    CALL = 0
    """Somebody has spoken and waits for the answer."""
    GUESS = 1
    """Somebody may have finished speaking."""
    MESSAGE = 2
    """A recording that was sent; nobody holds the line. It always may wait, and takes no place from calls."""


@dataclass(frozen=True)
class Done(Generic[T]):
    """What a piece of work gave, and how long it waited for a free worker (ms)."""

    result: T
    waited_ms: float


@dataclass(order=True)
class _Waiter:
    urgency: Urgency
    number: int
    turn: asyncio.Future[None] = field(compare=False)


class Pool:
    """Runs blocking work in `workers` threads; further `waiting` pieces may wait. To be used from one event loop."""

    def __init__(self, workers: int, waiting: int = 4, clock: Callable[[], float] = time.perf_counter) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="hear")
        self._free, self._room, self._clock = workers, waiting, clock
        self._waiters: list[_Waiter] = []
        self._numbers = itertools.count()
        self._closed = False

    async def run(self, work: Callable[[], T], urgency: Urgency = Urgency.CALL) -> Done[T]:
        """Do `work` in a worker. Raises Busy, and what the work raises.

        In a full queue a guess gives up its place to a call (Busy). Cancelled while it waits, work is not begun; cancelled
        later, its worker finishes it first.
        """
        asked = self._clock()
        await self._turn(urgency)
        waited = (self._clock() - asked) * 1000
        try:
            running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        except RuntimeError as error:  # closed meanwhile
            self._release()
            raise Busy("the recogniser is closed") from error
        # The worker is busy until the thread is done, also when nobody wants its result any more.
        running.add_done_callback(self._finished)
        return Done(await asyncio.shield(running), waited)

    async def close(self) -> None:
        """Let what runs end, refuse what waits (Busy), and give back the threads."""
        self._closed = True
        for waiter in self._waiters:
            if not waiter.turn.done():
                waiter.turn.set_exception(Busy("the recogniser is closed"))
        self._waiters.clear()
        await asyncio.to_thread(self._threads.shutdown)

    async def _turn(self, urgency: Urgency) -> None:
        if self._closed:
            raise Busy("the recogniser is closed")
        if self._free:
            self._free -= 1
            return
        self._make_room(urgency)
        waiter = _Waiter(urgency, next(self._numbers), asyncio.get_running_loop().create_future())
        heapq.heappush(self._waiters, waiter)
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
                heapq.heapify(self._waiters)
            elif waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.exception() is None:
                self._release()  # its turn had come in the very moment of the cancelling
            raise

    def _make_room(self, urgency: Urgency) -> None:
        waiting = [waiter for waiter in self._waiters if waiter.urgency is not Urgency.MESSAGE]
        if urgency is Urgency.MESSAGE or len(waiting) < self._room:
            return
        last = max(waiting, default=None)
        if urgency is Urgency.GUESS or last is None or last.urgency is Urgency.CALL:
            raise Busy(f"{len(waiting)} utterances wait already")
        self._waiters.remove(last)
        heapq.heapify(self._waiters)
        last.turn.set_exception(Busy("gave its place to what is said already"))

    def _finished(self, running: asyncio.Future[T]) -> None:
        if not running.cancelled():
            running.exception()  # taken notice of, also when the one who asked is gone
        self._release()

    def _release(self) -> None:
        while self._waiters:
            turn = heapq.heappop(self._waiters).turn
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
