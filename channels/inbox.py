"""Works off what a channel received: reads raw events, keeps the order of each peer, and hands every message to its turn once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import Store, StoreAway, Vault, journal, outbox, raw_events
from bot.store.conversations import ConversationRow
from bot.store.events import record
from bot.store.raw_events import RawEvent
from bot.turns import Turns
from channels.base import Channel, Edited, Happening, Ignored, Reachable, Said
from channels.edits import heed_edit
from channels.errors import ChannelError
from channels.intake import Intake
from channels.outbox import blocked
from channels.pace import Bucket, backoff
from channels.reading import Reader, together

log = structlog.get_logger(__name__)

EVENTS = Counter("otklik_events_total", "Raw events by channel and what became of them", ["channel", "outcome"])

BURST = timedelta(seconds=2)
"""Messages that follow each other this closely while the robot is busy are one turn: people write in short breaths."""
ALBUM = 1.0
"""Seconds after which no further piece of an album is expected."""
TURNS_AT_ONCE, TURNS_PER_SECOND = 8.0, 0.5
"""How many turns one peer gets at once, and how fast after that: nobody types faster for long."""
HEAP = 60
"""More waiting messages of one peer than this are a flood, and only their beginning and end are read."""
PEERS_KEPT = 5_000
"""Quiet peers beyond this number are forgotten, and with them how fast they wrote."""
TRIES = 4
"""How often a fault of ours may hit one message before it is put aside as a dead letter."""
TYPING_AFTER, TYPING_EVERY = 0.7, 4.0
KEPT = timedelta(days=7)
"""How long keys of settled events are remembered; platforms repeat for a day at most."""


@dataclass
class Item:
    """One happening of a peer with the raw events that are settled with it."""

    happening: Happening
    raws: list[int]
    at: datetime


@dataclass
class _Peer:
    bucket: Bucket
    waiting: deque[Item] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    last: float = 0.0
    warned: bool = False


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
        self._channel, self._store, self._vault, self._turns = channel, store, vault, turns
        self._reader, self._clock, self._monotonic, self._slow_down = reader, clock, monotonic, slow_down
        self._intake = Intake(channel.name, store, vault, clock, self._stored)
        self._raw: asyncio.Queue[RawEvent] = asyncio.Queue()
        self._peers: dict[str, _Peer] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._unwanted: list[tuple[int, str, str]] = []
        self._stopping = False

    async def store(self, events: Iterable[dict[str, Any]], cursor: str | None = None) -> None:
        """Keep events as they came; when this returns they may be acknowledged. Raises what the database raises."""
        pairs = [(self._channel.key(event)[:130], event) for event in events]
        await self._intake.store(pairs, cursor)

    async def start(self) -> None:
        """Take up what the last stop left, and begin to read. Raises StoreAway."""
        await self._intake.catch_up()
        self._soon(self._read())
        self._soon(self._forget())

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
                self._settle(raw.id, "dead", type(error).__name__)
            await asyncio.sleep(0)

    def _dispatch(self, raw: RawEvent, happenings: list[Happening]) -> None:
        for happening in happenings:
            callback = getattr(happening, "callback", None)
            if callback:
                self._soon(self._answer(callback))
        wanted = [h for h in happenings if not isinstance(h, Ignored)]
        if not wanted:
            reason = next((h.reason for h in happenings if isinstance(h, Ignored)), "empty")
            self._settle(raw.id, "ignored", reason)
            return
        EVENTS.labels(self._channel.name, "taken").inc()
        for number, happening in enumerate(wanted):
            # The event is settled with its last happening: the earlier ones may safely happen again.
            raws = [raw.id] if number == len(wanted) - 1 else []
            self._queue(Item(happening, raws, _moment(happening) or raw.at))

    def _queue(self, item: Item) -> None:
        peer_name = item.happening.peer  # type: ignore[union-attr]
        peer = self._peers.setdefault(peer_name, _Peer(Bucket(TURNS_PER_SECOND, TURNS_AT_ONCE, self._monotonic)))
        peer.last = self._monotonic()
        if len(self._peers) > PEERS_KEPT:
            self._peers = {n: p for n, p in self._peers.items() if p.task or p.waiting or p is peer}
        if isinstance(item.happening, Edited) and _amend(peer.waiting, item):
            return
        place = len(peer.waiting)
        while place and _belongs_before(item, peer.waiting[place - 1]):
            place -= 1
        peer.waiting.insert(place, item)
        if peer.task is None and not self._stopping:
            peer.task = asyncio.create_task(self._work(peer_name, peer), name=f"inbox-{self._channel.name}")

    async def _answer(self, callback: str) -> None:
        # A button that keeps spinning looks broken; but a lost answer to it loses nothing.
        with contextlib.suppress(ChannelError):
            await self._channel.answered(callback)

    def _settle(self, number: int, state: str, reason: str) -> None:
        EVENTS.labels(self._channel.name, state).inc()
        self._unwanted.append((number, state, reason))
        if len(self._unwanted) == 1:
            self._soon(self._settle_all())

    async def _settle_all(self) -> None:
        tries = 0
        while self._unwanted:
            batch = list(self._unwanted)
            try:
                async with self._store.write() as session:
                    for state, reason in {(s, r) for _, s, r in batch}:
                        numbers = [n for n, s, r in batch if (s, r) == (state, reason)]
                        await raw_events.settle(session, numbers, state, reason)
            except StoreAway:
                tries += 1
                await asyncio.sleep(backoff(tries, longest=10))
                continue
            del self._unwanted[: len(batch)]

    # --- one peer ---

    async def _work(self, name: str, peer: _Peer) -> None:
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
                    peer.waiting.extendleft(reversed(taken))
                    await asyncio.sleep(backoff(tries, longest=10))
                except Exception as error:
                    log.error("inbox.failed", channel=self._channel.name, error=type(error).__name__)
                    tries += 1
                    if not taken and tries < TRIES:
                        await asyncio.sleep(backoff(tries))
                        continue
                    for item in taken or [peer.waiting.popleft()]:
                        for number in item.raws:
                            self._settle(number, "dead", type(error).__name__)
        finally:
            peer.task = None

    async def _step(self, name: str, peer: _Peer, taken: list[Item]) -> None:
        """Work off the next happening, or several that belong together; `taken` holds what was begun."""
        first = peer.waiting[0].happening
        if isinstance(first, Said):
            await self._unhurried(name, peer)
            if first.album:
                await self._album_complete(peer)
        taken.extend(self._take(peer))
        happening = taken[0].happening
        raws = [number for item in taken for number in item.raws]
        if isinstance(happening, Reachable):
            async with self._store.write() as session:
                await blocked(session, self._channel.name, name, self._clock(), allowed=happening.allowed)
                await raw_events.settle(session, raws, "done")
        elif isinstance(happening, Edited):
            heard = await heed_edit(
                self._store, self._vault, self._turns, self._channel.name, happening, raws, self._clock()
            )
            if heard is not None:
                await self._until_idle(name, heard)
        else:
            await self._hand_over(name, [i.happening for i in taken if isinstance(i.happening, Said)], raws)

    def _take(self, peer: _Peer) -> list[Item]:
        head = peer.waiting.popleft()
        items = [head]
        heap = len(peer.waiting) > HEAP
        while peer.waiting and together(head.happening, peer.waiting[0].happening):
            if not (heap or _album(head) or peer.waiting[0].at - items[-1].at < BURST):
                break
            items.append(peer.waiting.popleft())
        return items

    async def _unhurried(self, name: str, peer: _Peer) -> None:
        wait = peer.bucket.take()
        # A heap is read in few turns, for which the bucket has tokens: it is a flood all the same.
        if wait <= 0 and len(peer.waiting) <= HEAP:
            if peer.bucket.left() > TURNS_AT_ONCE / 2:  # she has been calm for a while
                peer.warned = False
            return
        if not peer.warned:
            peer.warned = True
            await self._warn(name)
        if wait <= 0:
            return
        await asyncio.sleep(wait)
        if len(peer.waiting) > HEAP:
            self._thin_out(name, peer)

    def _thin_out(self, name: str, peer: _Peer) -> None:
        """Drop the wordless middle of a flood (stickers, presses); texts are kept, for they are read as one."""
        waiting = list(peer.waiting)
        peer.waiting.clear()
        for number, item in enumerate(waiting):
            said = item.happening
            middle = HEAP // 2 <= number < len(waiting) - HEAP // 2
            if middle and isinstance(said, Said) and not together(said, said):
                for raw in item.raws:
                    self._settle(raw, "ignored", "flood")
            else:
                peer.waiting.append(item)
        log.warning("inbox.flood", channel=self._channel.name, waiting=len(waiting))

    async def _warn(self, name: str) -> None:
        async with self._store.write() as session:
            now = self._clock()
            conversation = await journal.conversation_of(session, self._vault, self._channel.name, name, now)
            body = {"text": self._slow_down, "buttons": []}
            row = await journal.add_message(session, self._vault, conversation.id, "robot", body, now)
            outbox.enqueue(session, self._channel.name, name, row.seq, now)
            record(session, "flood", now, citizen_id=conversation.citizen_id, conversation_id=conversation.id)
        message = journal.Message(row.seq, conversation.id, "robot", row.external_id, None, body, now)
        self._turns.announce(message, self._channel.name, name)

    async def _album_complete(self, peer: _Peer) -> None:
        while True:
            left = peer.last + ALBUM - self._monotonic()
            if left <= 0:
                return
            await asyncio.sleep(left)

    async def _hand_over(self, name: str, said: list[Said], raws: list[int]) -> None:
        inbound = await self._reader.inbound(said)

        async def within(session: AsyncSession, conversation: ConversationRow) -> None:
            await raw_events.settle(session, raws, "done")
            if conversation.blocked_at is not None:
                await blocked(session, self._channel.name, name, self._clock(), allowed=True)

        accepted = await self._turns.accept(inbound, within)
        if accepted.duplicate:
            self._reader.forget(inbound)
        await self._until_idle(name, accepted.conversation_id)

    async def _until_idle(self, name: str, conversation_id: str) -> None:
        """Wait for the turn, so that what comes meanwhile is gathered; show that an answer is on its way."""
        idle = asyncio.ensure_future(self._turns.idle(conversation_id))
        try:
            pause = TYPING_AFTER
            while not (await asyncio.wait({idle}, timeout=pause))[0]:
                pause = TYPING_EVERY
                if self._channel.features.typing:
                    with contextlib.suppress(ChannelError):
                        await self._channel.typing(name)
        finally:
            idle.cancel()

    async def _forget(self) -> None:
        while True:
            with contextlib.suppress(StoreAway):
                async with self._store.write() as session:
                    await raw_events.purge(session, self._clock() - KEPT, self._channel.name)
            await asyncio.sleep(6 * 3600)


def _moment(happening: Happening) -> datetime | None:
    return happening.sent_at if isinstance(happening, Said) else None


def _album(item: Item) -> str | None:
    return item.happening.album if isinstance(item.happening, Said) else None


def _belongs_before(item: Item, other: Item) -> bool:
    """Whether the platform's own order puts an item that came later before another one that still waits."""
    a, b = item.happening, other.happening
    return isinstance(a, Said) and isinstance(b, Said) and 0 < a.order < b.order


def _amend(waiting: deque[Item], edit: Item) -> bool:
    """An edit of a message that nobody has read yet simply changes it."""
    edited = edit.happening
    for item in waiting:
        if isinstance(edited, Edited) and isinstance(item.happening, Said) and item.happening.id == edited.id:
            item.happening = replace(item.happening, text=edited.text)
            item.raws += edit.raws
            return True
    return False
