"""Sends what waits in the outbox: in order to each peer, paced, tried again after failures, never twice where that can be known."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from functools import partial

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Attachment
from bot.store import Store, StoreAway, Vault, outbox
from bot.store.conversations import ConversationRow
from bot.store.events import record
from bot.store.outbox import Outgoing
from channels.base import Channel, OutFile, Part
from channels.errors import Blocked, ChannelError, Misconfigured, Rejected, Retry
from channels.files import FileStore
from channels.pace import Bucket, Circuit, backoff
from channels.render import render, without_buttons

log = structlog.get_logger(__name__)

SENDS = Counter("otklik_sends_total", "Native messages by channel and what became of them", ["channel", "outcome"])
UNSURE = Counter("otklik_sends_unsure_total", "Parts sent again although they may have arrived", ["channel"])
OPEN = Gauge("otklik_circuit_open", "Whether a channel's server is taken for dead", ["channel"])

LOOK_EVERY = 15.0
"""Seconds between looks at what waits, for messages that another process wrote and for peers that were given a pause."""
PARTS = 64
"""More parts than any message has: a message and its part make the key of a send."""
PEERS_KEPT = 2_000
"""Peers whose pace is remembered."""
MISCONFIGURED_PAUSE = 60.0
AT_A_TIME = 5
"""Messages of a peer that are read at once."""
AT_ONCE = 3.0
"""Messages a peer may get at once before `per_peer` slows them down."""


class Outbox:
    """The sending side of one channel."""

    def __init__(
        self,
        channel: Channel,
        store: Store,
        vault: Vault,
        files: FileStore,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        parallel: int = 12,
    ) -> None:
        """`parallel` bounds the sends on their way at one moment."""
        self._channel, self._store, self._vault, self._files = channel, store, vault, files
        self._clock, self._monotonic = clock, monotonic
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._pace = Bucket(channel.limits.per_second, max(1.0, channel.limits.per_second), monotonic)
        self._peers: OrderedDict[str, Bucket] = OrderedDict()
        self._room = asyncio.Semaphore(parallel)
        self._circuit = Circuit(monotonic)
        self._paused_until = 0.0
        self._stopping = False
        self._left_over = 0  # messages up to this one waited when we started: they may have been on their way
        self._doubtful: set[int] = set()

    def wake(self, peer: str) -> None:
        """Something waits for this peer."""
        if self._stopping:
            return
        if peer in self._tasks:
            self._again.add(peer)
            return
        task = asyncio.create_task(self._work(peer), name=f"outbox-{self._channel.name}")
        self._tasks[peer] = task

    async def run(self) -> None:
        """Look for waiting messages again and again until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:  # whatever it is, the next look may work, and the channel must not fall silent
                log.warning("outbox.look_failed", channel=self._channel.name, error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)

    async def start(self) -> None:
        """Find out what the last stop left over. Raises StoreAway."""
        async with self._store.read() as session:
            self._left_over = await outbox.last_waiting(session, self._channel.name)

    async def look(self) -> None:
        """Wake every peer a message waits for. Raises StoreAway."""
        async with self._store.read() as session:
            for peer in await outbox.peers(session, self._channel.name):
                self.wake(peer)

    async def stop(self, deadline: float = 5.0) -> None:
        """Let what is being sent arrive within `deadline` seconds; the rest waits for the next start."""
        self._stopping = True
        if tasks := list(self._tasks.values()):
            _, late = await asyncio.wait(tasks, timeout=deadline)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _work(self, peer: str) -> None:
        tries = 0
        try:
            while not self._stopping:
                self._again.discard(peer)
                try:
                    if not await self._next(peer) and peer not in self._again:
                        return
                    tries = 0
                except Retry as error:
                    tries += 1
                    await self._pause(peer, error, tries)
                except Misconfigured as error:
                    log.error("channel.misconfigured", channel=self._channel.name, reason=error.words)
                    self._paused_until = self._monotonic() + MISCONFIGURED_PAUSE
                    await asyncio.sleep(MISCONFIGURED_PAUSE)
                except StoreAway:
                    tries += 1
                    await asyncio.sleep(backoff(tries, longest=10))
                except Exception as error:
                    # One peer's message that breaks us must not be tried for ever at full speed, nor silence the others.
                    log.error("outbox.failed", channel=self._channel.name, error=type(error).__name__)
                    tries += 1
                    await asyncio.sleep(backoff(tries, 1.0))
        finally:
            self._tasks.pop(peer, None)
            if peer in self._again and not self._stopping:
                self.wake(peer)

    async def _next(self, peer: str) -> bool:
        """Send the oldest waiting messages of a peer; False when no more of them wait."""
        async with self._store.read() as session:
            messages = await outbox.waiting(session, self._vault, self._channel.name, peer, AT_A_TIME)
        for message in messages:
            if (early := (message.due_at - self._clock()).total_seconds()) > 0:
                await asyncio.sleep(min(early, LOOK_EVERY))
                return True
            if not await self._deliver(peer, message):
                return True
        return len(messages) == AT_A_TIME

    async def _deliver(self, peer: str, message: Outgoing) -> bool:
        """Send what is left of one message; False when it was given up, and others of the peer perhaps with it."""
        with ExitStack() as readable:
            file = partial(self._file, readable)
            parts = render(message.body, message.seq, self._channel.limits, self._channel.features, file)
            return await self._deliver_parts(peer, message, parts)

    async def _deliver_parts(self, peer: str, message: Outgoing, parts: list[Part]) -> bool:
        remote = list(message.remote)
        if message.part >= len(parts):
            await self._close(message, "sent", "nothing to send")
        for number in range(message.part, len(parts)):
            sent = await self._send(peer, message, number, parts[number])
            if sent is None:
                return False
            remote.append(sent)
            await self._tick(message, remote, last=number == len(parts) - 1)
        self._doubtful.discard(message.seq)
        return True

    async def _tick(self, message: Outgoing, remote: list[str], *, last: bool) -> None:
        """Note that a part has arrived. While we live we know it, so a database that is away is waited for, not sent to again."""
        tries = 0
        while True:
            try:
                async with self._store.write() as session:
                    await outbox.ticked(session, message.seq, remote, self._clock(), last=last)
                return
            except StoreAway:
                tries += 1
                await asyncio.sleep(backoff(tries, longest=10))

    async def _send(self, peer: str, message: Outgoing, number: int, part: Part) -> str | None:
        """Send one part; None when it, and with it the message, was given up."""
        await self._admitted(peer)
        if message.seq <= self._left_over or message.seq in self._doubtful:
            await self._count_doubt(message, number)
        key = message.seq * PARTS + number % PARTS
        async with self._room:
            try:
                try:
                    remote = await self._call(peer, part, key)
                except Rejected as error:
                    if not part.rows:
                        raise
                    log.warning("outbox.keyboard_refused", channel=self._channel.name, code=error.code)
                    plain = without_buttons(part, message.body, self._channel.features, self._channel.limits)
                    remote = await self._call(peer, plain, key)
            except Blocked as error:
                await self._blocked(peer, error)
                return None
            except Retry as error:
                if error.after is None:
                    # Not told to wait: this part may have arrived all the same.
                    self._doubtful.add(message.seq)
                raise
            except Rejected as error:
                SENDS.labels(self._channel.name, "rejected").inc()
                log.error("outbox.rejected", channel=self._channel.name, code=error.code, reason=error.words)
                await self._close(message, "failed", error.code)
                return None
        SENDS.labels(self._channel.name, "sent").inc()
        return remote

    async def _count_doubt(self, message: Outgoing, number: int) -> None:
        """A part that was perhaps on its way when we died, or whose answer was lost: said at least once, and on record."""
        self._doubtful.discard(message.seq)
        if number == message.part and not self._channel.features.idempotent_send:
            UNSURE.labels(self._channel.name).inc()
            async with self._store.write() as session:
                await outbox.unsure(session, message.seq)

    async def _call(self, peer: str, part: Part, key: int) -> str:
        try:
            remote = await self._channel.send(peer, part, key)
        except Retry as error:
            # A server that tells us to slow down is alive.
            if error.after is None:
                self._circuit.failed()
                OPEN.labels(self._channel.name).set(self._circuit.open)
            else:
                self._circuit.worked()
            SENDS.labels(self._channel.name, "retry").inc()
            raise
        except ChannelError:
            self._circuit.worked()
            raise
        self._circuit.worked()
        OPEN.labels(self._channel.name).set(False)
        return remote

    async def _admitted(self, peer: str) -> None:
        """Wait until the circuit, the pause a server asked for, and both paces let one message pass."""
        bucket = self._peers.pop(peer, None) or Bucket(self._channel.limits.per_peer, AT_ONCE, self._monotonic)
        self._peers[peer] = bucket
        while len(self._peers) > PEERS_KEPT:
            self._peers.popitem(last=False)
        await asyncio.sleep(bucket.take())
        await asyncio.sleep(self._pace.take())
        while True:
            if (wait := self._held()) <= 0:
                return
            await asyncio.sleep(wait)

    def _held(self) -> float:
        """Seconds to wait for the pause a server asked for and for the circuit; 0 to go on."""
        return max(self._paused_until - self._monotonic(), 0) or self._circuit.wait()

    async def _pause(self, peer: str, error: Retry, tries: int) -> None:
        wait = backoff(tries) if error.after is None else error.after
        log.warning("outbox.retry", channel=self._channel.name, code=error.code, after=round(wait, 1))
        if error.after is not None and not error.peer_only:
            self._paused_until = max(self._paused_until, self._monotonic() + wait)
        await asyncio.sleep(wait)

    async def _blocked(self, peer: str, error: Blocked) -> None:
        """The operator is to see it, and nobody is to try again."""
        SENDS.labels(self._channel.name, "blocked").inc()
        async with self._store.write() as session:
            await outbox.skip_all(session, self._channel.name, peer, error.code)
            await blocked(session, self._channel.name, peer, self._clock(), allowed=False)

    async def _close(self, message: Outgoing, state: str, reason: str) -> None:
        async with self._store.write() as session:
            await outbox.close(session, message.seq, state, reason)
            if state == "failed":
                conversation = await session.get_one(ConversationRow, message.conversation_id)
                record(
                    session, "message_not_sent", self._clock(), citizen_id=conversation.citizen_id,
                    conversation_id=conversation.id, channel=self._channel.name, code=reason,
                )  # fmt: skip

    def _file(self, readable: ExitStack, attachment: Attachment) -> OutFile | None:
        try:
            path = readable.enter_context(self._files.opened(attachment.ref))
            return OutFile(path, attachment.name, attachment.media_type)
        except KeyError:
            return None


async def blocked(session: AsyncSession, channel: str, peer: str, now: datetime, *, allowed: bool) -> None:
    """Note that a citizen blocked us or allows us again, with an event for the timeline when that is news."""
    conversation_id = await outbox.set_reachable(session, channel, peer, now, allowed=allowed)
    if conversation_id is not None:
        conversation = await session.get_one(ConversationRow, conversation_id)
        record(
            session, "citizen_unblocked" if allowed else "citizen_blocked", now, citizen_id=conversation.citizen_id,
            conversation_id=conversation_id, channel=channel,
        )  # fmt: skip
