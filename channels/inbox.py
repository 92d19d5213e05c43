"""Works off what a channel received: reads raw events, and lets each peer's happenings reach their turns one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any

import structlog

from bot.store import Store, StoreAway, Vault
from bot.store.raw_events import RawEvent
from bot.turns import Turns
from channels.base import Channel, Happening, Ignored, Said
from channels.errors import ChannelError
from channels.handing import Handing
from channels.intake import Intake
from channels.pace import Bucket, backoff
from channels.peers import Item, Peer
from channels.reading import Reader
from channels.settling import Settling

log = structlog.get_logger(__name__)

ALBUM = 1.0
"""Seconds after which no further piece of an album is expected."""
TURNS_AT_ONCE, TURNS_PER_SECOND = 8.0, 0.5
"""How many turns one peer gets at once, and how fast after that: nobody types faster for long."""
PEERS_KEPT = 5_000
"""Quiet peers beyond this number are forgotten, and with them how fast they wrote."""
TRIES = 4
"""How often a fault of ours may hit one message before it is put aside as a dead letter."""


class Inbox:
    """The receiving side of one channel behind its door."""

    def __init__(
        self,
        channel: Channel,
        store: Store,
        vault: Vault,
        turns: Turns,
        reader: Reader,
        clock: Callable[[], datetime],
        slow_down: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`slow_down` is told once to a peer who floods."""
        self._channel, self._monotonic = channel, monotonic
        self._handing = Handing(channel, store, vault, turns, reader, clock, slow_down)
        self._settling = Settling(channel.name, store, clock, self._soon)
        self._intake = Intake(channel.name, store, vault, clock, self._stored)
        self._raw: asyncio.Queue[RawEvent] = asyncio.Queue()
        self._peers: dict[str, Peer] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopping = False

    async def store(self, events: Iterable[dict[str, Any]], cursor: str | None = None) -> None:
        """Keep events as they came; when this returns they may be acknowledged. Raises what the database raises."""
        pairs = [(self._channel.key(event)[:130], event) for event in events]
        await self._intake.store(pairs, cursor)

    async def start(self) -> None:
        """Take up what the last stop left, and begin to read. Raises StoreAway."""
        await self._intake.catch_up()
        self._soon(self._read())
        self._soon(self._settling.forget())

    async def stop(self, deadline: float = 5.0) -> None:
        """Let peers finish their step within `deadline` seconds; the rest is taken up at the next start."""
        self._stopping = True
        await self._intake.stop()
        working = [p.task for p in self._peers.values() if p.task]
        if working:
            await asyncio.wait(working, timeout=deadline)
        tasks = [*working, *self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stored(self, events: list[RawEvent]) -> None:
        for event in events:
            self._raw.put_nowait(event)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- from raw events to peers ---

    async def _read(self) -> None:
        while True:
            raw = await self._raw.get()
            try:
                self._dispatch(raw, self._channel.parse(raw.event))
            except Exception as error:  # a dead letter, whatever is wrong with it: it must not block the next one
                log.warning("inbox.dead_letter", channel=self._channel.name, number=raw.id, error=type(error).__name__)
                self._settling.settle(raw.id, "dead", type(error).__name__)
            await asyncio.sleep(0)

    def _dispatch(self, raw: RawEvent, happenings: list[Happening]) -> None:
        for happening in happenings:
            callback = getattr(happening, "callback", None)
            if callback:
                self._soon(self._answer(callback))
        wanted = [h for h in happenings if not isinstance(h, Ignored)]
        if not wanted:
            reason = next((h.reason for h in happenings if isinstance(h, Ignored)), "empty")
            self._settling.settle(raw.id, "ignored", reason)
            return
        self._settling.taken()
        for number, happening in enumerate(wanted):
            # The event is settled with its last happening: the earlier ones may safely happen again.
            raws = [raw.id] if number == len(wanted) - 1 else []
            at = happening.sent_at if isinstance(happening, Said) else None
            self._queue(happening.peer, Item(happening, raws, at or raw.at))

    async def _answer(self, callback: str) -> None:
        # A button that keeps spinning looks broken; but a lost answer to it loses nothing.
        with contextlib.suppress(ChannelError):
            await self._channel.answered(callback)

    def _queue(self, name: str, item: Item) -> None:
        peer = self._peers.setdefault(name, Peer(Bucket(TURNS_PER_SECOND, TURNS_AT_ONCE, self._monotonic)))
        peer.last = self._monotonic()
        if len(self._peers) > PEERS_KEPT:
            self._peers = {n: p for n, p in self._peers.items() if p.task or p.waiting or p is peer}
        peer.put(item)
        if peer.waiting and peer.task is None and not self._stopping:
            peer.task = asyncio.create_task(self._work(name, peer), name=f"inbox-{self._channel.name}")

    # --- one peer ---

    async def _work(self, name: str, peer: Peer) -> None:
        """Work off one peer. Queue and task vanish in one step, without an await between."""
        tries = 0
        try:
            while peer.waiting and not self._stopping:
                taken: list[Item] = []
                try:
                    await self._step(name, peer, taken)
                    tries = 0
                except StoreAway:
                    tries += 1
                    peer.give_back(taken)
                    await asyncio.sleep(backoff(tries, longest=10))
                except Exception as error:
                    log.error("inbox.failed", channel=self._channel.name, error=type(error).__name__)
                    tries += 1
                    if not taken and tries < TRIES:
                        await asyncio.sleep(backoff(tries))
                        continue
                    for item in taken or [peer.waiting.popleft()]:
                        for number in item.raws:
                            self._settling.settle(number, "dead", type(error).__name__)
        finally:
            peer.task = None

    async def _step(self, name: str, peer: Peer, taken: list[Item]) -> None:
        """Work off the next happening, or several that belong together; `taken` holds what was begun."""
        first = peer.waiting[0]
        if isinstance(first.happening, Said):
            await self._unhurried(name, peer)
            if first.album:
                await self._album_complete(peer)
        taken.extend(peer.take())
        await self._handing.hand_over(name, taken)

    async def _unhurried(self, name: str, peer: Peer) -> None:
        wait = peer.bucket.take()
        # A heap is read in few turns, for which the bucket has tokens: it is a flood all the same.
        if wait <= 0 and not peer.floods:
            if peer.bucket.left() > TURNS_AT_ONCE / 2:  # she has been calm for a while
                peer.warned = False
            return
        if not peer.warned:
            peer.warned = True
            await self._handing.warn(name)
        if wait <= 0:
            return
        await asyncio.sleep(wait)
        if peer.floods:
            log.warning("inbox.flood", channel=self._channel.name, waiting=len(peer.waiting))
            for item in peer.thin_out():
                for number in item.raws:
                    self._settling.settle(number, "ignored", "flood")

    async def _album_complete(self, peer: Peer) -> None:
        while True:
            left = peer.last + ALBUM - self._monotonic()
            if left <= 0:
                return
            await asyncio.sleep(left)
