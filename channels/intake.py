"""Stores raw events of a channel before they are acknowledged; calls that come together share one transaction."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.store import Store, Vault, raw_events
from bot.store.raw_events import RawEvent
from channels.pace import backoff

LARGEST_BATCH = 500
"""Events that share one transaction."""


@dataclass
class _Call:
    events: Sequence[tuple[str, dict[str, Any]]]
    cursor: str | None
    done: asyncio.Future[None]


class Intake:
    """The writer of one channel's raw events. `stored` gets those that are new, in their order, even when a caller has left."""

    def __init__(
        self,
        channel: str,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        stored: Callable[[list[RawEvent]], None],
    ) -> None:
        self._channel, self._store, self._vault, self._clock, self._stored = channel, store, vault, clock, stored
        self._calls: list[_Call] = []
        self._writing: asyncio.Task[None] | None = None
        self._recovering: asyncio.Task[None] | None = None
        self._last = 0  # the newest event that was handed on
        # Whether events may lie in the database that were not: from before the start, or of a transaction that was committed
        # just when the database was lost, so that nobody heard of it.
        self._unsure = True

    async def catch_up(self) -> None:
        """Hand on what is stored and was not handed on yet. Raises what the database raises."""
        await self.store([])

    async def stop(self) -> None:
        """Look no more for what was missed: the next start finds it."""
        if self._recovering is not None:
            self._recovering.cancel()
            await asyncio.gather(self._recovering, return_exceptions=True)

    async def store(self, events: Sequence[tuple[str, dict[str, Any]]], cursor: str | None = None) -> None:
        """Store (key, event) pairs and the new cursor; when this returns they are safe. Raises what the database raises."""
        call = _Call(events, cursor, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await asyncio.shield(call.done)

    async def _write(self) -> None:
        """Work off what has gathered while the last transaction was running."""
        try:
            while self._calls:
                calls: list[_Call] = []
                while self._calls and sum(len(c.events) for c in calls) < LARGEST_BATCH:
                    calls.append(self._calls.pop(0))
                error: Exception | None = None
                try:
                    if self._unsure:
                        await self._look()
                    self._hand_on(await self._add(calls))
                except Exception as found:  # whatever it is, the callers have to hear of it
                    error = found
                    self._unsure = True
                    if self._recovering is None or self._recovering.done():
                        self._recovering = asyncio.create_task(self._recover())
                for call in calls:
                    if error is None:
                        call.done.set_result(None)
                    else:
                        call.done.set_exception(error)
                        call.done.exception()  # a caller that has left does not ask
        finally:
            self._writing = None

    async def _add(self, calls: list[_Call]) -> list[RawEvent]:
        pairs = [pair for call in calls for pair in call.events]
        cursor = next((call.cursor for call in reversed(calls) if call.cursor is not None), None)
        if not pairs and cursor is None:
            return []
        async with self._store.write() as session:
            added = await raw_events.add(session, self._vault, self._channel, pairs, self._clock())
            if cursor is not None:
                await raw_events.move_cursor(session, self._channel, cursor)
        return sorted(added, key=lambda event: event.id)

    async def _look(self) -> None:
        """Hand on what the database has after the last event handed on; before anything newer, so that the order stays."""
        while True:
            async with self._store.read() as session:
                found = await raw_events.waiting(session, self._vault, self._channel, self._last)
            if not found:
                break
            self._hand_on(found)
        self._unsure = False

    def _hand_on(self, events: list[RawEvent]) -> None:
        if events:
            self._stored(events)
            self._last = events[-1].id

    async def _recover(self) -> None:
        """Nobody may call again: the platform has its answer, or the cursor has moved."""
        tries = 0
        while self._unsure:
            tries += 1
            await asyncio.sleep(backoff(tries, longest=5))
            with contextlib.suppress(Exception):  # it is told by the next call that has somebody to hear it
                await self.catch_up()
