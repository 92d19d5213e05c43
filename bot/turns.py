"""The heart of a conversation: a citizen's message is stored, waits its turn, is answered, and the answer is stored."""

from __future__ import annotations

import asyncio
import bisect
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.gate import Gate
from bot.hearers import Hearers
from bot.inbound_body import body_of
from bot.messages import Inbound
from bot.outcomes import Outcome, Outcomes
from bot.rasa import RasaUnavailable
from bot.robot import Answer, Robot
from bot.store import Store, StoreAway, Vault, journal, outbox
from bot.store.conversations import CitizenRow, ConversationRow, MessageRow
from bot.store.events import record
from bot.store.journal import Message
from bot.store.profiles import remember

log = structlog.get_logger(__name__)

TURN_SECONDS = Histogram(
    "otklik_turn_seconds", "From the start of a turn to its stored answer", ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
MESSAGES = Counter("otklik_messages_total", "Messages by author", ["channel", "author"])
ROBOT_DOWN = Counter("otklik_robot_unavailable_total", "Turns that found Rasa away and were kept")
STORE_AWAY = Counter("otklik_store_away_total", "Turns that lost the database and were tried again")

Within = Callable[[AsyncSession, ConversationRow], Awaitable[None]]
"""Further work in the transaction that stores a message; gets the session and the conversation."""

FIRST_DELAY, LONGEST_DELAY = 0.5, 15.0
"""Seconds between tries while Rasa or the database is away; each one doubles."""


@dataclass(frozen=True)
class Accepted:
    """What became of an inbound message: its conversation and its number; `duplicate` when it was known already."""

    conversation_id: str
    seq: int
    duplicate: bool


class Turns(Hearers):
    """Runs every conversation: one message at a time and in order within it, different ones in parallel."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        robot: Robot,
        clock: Callable[[], datetime],
        give_back: Callable[[str], Awaitable[bool]] | None = None,
        gate: Gate | None = None,
    ) -> None:
        """`give_back` takes a conversation that waits for a human out of the queue, when the citizen prefers the robot.

        It tells whether the robot answers now: somebody may have been faster. Turns pass through `gate`.
        """
        super().__init__()
        self._store, self._vault, self._robot, self._clock = store, vault, robot, clock
        self._give_back = give_back or self._free
        self._gate = gate or Gate()
        self._queues: dict[str, list[Message]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._outcomes = Outcomes()
        self._doors: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._at_rest: list[Callable[[str], None]] = []
        self._stopping = False

    async def start(self) -> None:
        """Take up the turns that the last stop left open."""
        async with self._store.read() as session:
            waiting = await journal.pending(session, self._vault)
        for message in waiting:
            self._enqueue(message, recovering=True)

    async def stop(self, deadline: float = 10.0) -> None:
        """Let running turns end within `deadline` seconds; the rest stay stored and are taken up at the next start."""
        self._stopping = True
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=deadline)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def tell_rest(self, listener: Callable[[str], None]) -> None:
        """Let `listener` know every conversation whose last turn has ended."""
        self._at_rest.append(listener)

    def busy(self, conversation_id: str) -> bool:
        """Whether a turn of this conversation is running or waiting."""
        return conversation_id in self._running

    async def accept(self, inbound: Inbound, within: Within | None = None) -> Accepted:
        """Store one message and set its turn going. When this returns, the message is safe and the channel may be told so.

        `within` runs in the same transaction, also for a message that is known already. Raises StoreAway.
        """
        key = (inbound.channel, inbound.user)
        door = self._doors.get(key)
        if door is None:
            self._doors[key] = door = asyncio.Lock()
        # Through one door at a time, so that the queue keeps the order in which messages were stored.
        async with door:
            try:
                message, duplicate = await self._accept(inbound, within)
            except IntegrityError:
                # Another process stored the same message, or the same user's first one, at this moment.
                message, duplicate = await self._accept(inbound, within)
            waits = await self._overlooked(message) if duplicate else message
            if waits is not None:
                self._outcomes.expect(waits.seq)
                self._enqueue(waits, recovering=duplicate)
        return Accepted(message.conversation_id, message.seq, duplicate)

    async def _overlooked(self, message: Message) -> Message | None:
        """A known message that nobody works on: it was stored just when the database was lost, and looked as if it were not."""
        if any(m.seq == message.seq for m in self._queues.get(message.conversation_id, ())):
            return None
        async with self._store.read() as session:
            return await journal.open_turn(session, self._vault, message.seq)

    async def _accept(self, inbound: Inbound, within: Within | None) -> tuple[Message, bool]:
        now = self._clock()
        body = body_of(inbound)
        async with self._store.write() as session:
            conversation = await journal.conversation_of(session, self._vault, inbound.channel, inbound.user, now)
            if within is not None:
                await within(session, conversation)
            known = await journal.by_external_id(session, conversation.id, inbound.external_id)
            if known is not None:
                return Message(known, conversation.id, "citizen", inbound.external_id, None, body, now), True
            if inbound.profile:
                given = {k: v for k, v in inbound.profile.items() if v not in (None, "")}
                await remember(session, self._vault, conversation.citizen_id, given)
            if conversation.mode == "operator" and not body["text"] and inbound.payload:
                body["text"] = self._robot.words_of(inbound.payload, conversation)
            row = await journal.add_message(
                session, self._vault, conversation.id, "citizen", body, now,
                external_id=inbound.external_id, state="pending",
            )  # fmt: skip
        MESSAGES.labels(inbound.channel, "citizen").inc()
        self._tell_watchers(conversation.id, "citizen")
        return Message(row.seq, conversation.id, "citizen", inbound.external_id, None, body, now), False

    def _enqueue(self, message: Message, *, recovering: bool = False) -> None:
        conversation_id = message.conversation_id
        bisect.insort(self._queues.setdefault(conversation_id, []), message, key=lambda m: m.seq)
        if conversation_id not in self._running and not self._stopping:
            task = asyncio.create_task(self._drain(conversation_id, recovering), name=f"turns-{conversation_id}")
            self._running[conversation_id] = task

    async def _drain(self, conversation_id: str, recovering: bool) -> None:
        """Work off the queue of one conversation. The queue and the task vanish in one step, without an await between."""
        queue = self._queues[conversation_id]
        try:
            while queue and not self._stopping:
                await self._until_answered(queue[0], recovering)
                recovering = False
                if not self._stopping:
                    queue.pop(0)
        finally:
            self._running.pop(conversation_id, None)
            self._queues.pop(conversation_id, None)
            for listener in self._at_rest:
                listener(conversation_id)

    async def _until_answered(self, message: Message, recovered: bool) -> None:
        delay, tries = FIRST_DELAY, 0
        while not self._stopping:
            try:
                async with self._gate.turn():
                    await self._turn(message, recovered=recovered or tries > 0)
                return
            except RasaUnavailable as error:
                tries += 1
                ROBOT_DOWN.inc()
                log.warning("robot.unavailable", conversation=message.conversation_id, reason=str(error))
                if tries == 2:
                    await self._tell_away(message)
                await asyncio.sleep(delay)
                delay = min(delay * 2, LONGEST_DELAY)
            except StoreAway as error:
                tries += 1
                STORE_AWAY.inc()
                log.warning("store.away", conversation=message.conversation_id, reason=str(error))
                await asyncio.sleep(delay)
                delay = min(delay * 2, LONGEST_DELAY)
            except Exception as error:
                # A fault of ours must not stop the conversation; the log gets its kind and place, not the words.
                log.error("turn.failed", conversation=message.conversation_id, error=type(error).__name__)
                try:
                    said = await self._say(message, self._robot.sorry(), "done")
                except StoreAway:
                    await asyncio.sleep(delay)
                    continue
                self._outcomes.settle(message.seq, Outcome(said, "robot", over=True))
                return

    async def _tell_away(self, message: Message) -> None:
        said: list[Message] = []
        with contextlib.suppress(StoreAway):
            async with self._store.read() as session:
                said = await journal.replies_to(session, self._vault, message.seq)
            # Told before a restart is told.
            said = said or await self._say(message, self._robot.away(), "pending")
        self._outcomes.settle(message.seq, Outcome(said, "robot", over=False))

    async def _turn(self, message: Message, *, recovered: bool) -> None:
        started = asyncio.get_running_loop().time()
        now = self._clock()
        conversation, sealed = await self._situation(message.conversation_id)
        emotion = self._robot.feel(message.body["text"], conversation.mood)
        message = self._robot.with_choice(message, conversation)
        conversation.mode = await self._who_answers(message, conversation)
        if conversation.mode == "operator":
            answer = Answer([])
        elif conversation.mode == "queued" and not self._robot.answers_in_queue(message, conversation):
            answer = self._robot.while_human_awaited(conversation, now)
        else:
            self._notify(conversation.id, {"typing": True})
            answer = await self._robot.answer(
                message, conversation, self._vault.open(sealed), emotion, now, recovered=recovered
            )
        async with self._store.write() as session:
            row = await session.get_one(ConversationRow, conversation.id, with_for_update=True)
            if recovered and not await journal.is_pending(session, message.seq):
                # Our first try was written although the database could not tell us so any more.
                stored, mode = await journal.replies_to(session, self._vault, message.seq), row.mode
                for reply in stored:
                    self.announce(reply, row.channel, row.user)
                self._notify(conversation.id, {"typing": False, "mode": mode})
                self._outcomes.settle(message.seq, Outcome(stored, mode, over=True))
                return
            if row.mode == "operator":
                answer = self._withheld(session, row, answer, now)
            state = dict(row.persona)
            replies = self._robot.with_feeling(answer, emotion, row.channel, state, row.mode)
            state["queue_told"] = row.mode != "robot" and bool(replies)
            row.persona = state
            row.mood = [*row.mood, emotion.as_dict()][-8:]
            if replies:
                row.buttons = [b for r in replies for b in r.get("buttons", [])]
                row.offered_by = message.seq
            row.expected = answer.expected
            row.updated_at = now
            stored = await self._store_replies(session, message, row, replies, "done")
            mode = row.mode
        for reply in stored:
            MESSAGES.labels(conversation.channel, "robot").inc()
            self.announce(reply, conversation.channel, conversation.user)
        self._notify(conversation.id, {"typing": False, "mode": mode})
        self._outcomes.settle(message.seq, Outcome(stored, mode, over=True))
        TURN_SECONDS.labels(conversation.channel).observe(asyncio.get_running_loop().time() - started)

    def _withheld(self, session: AsyncSession, row: ConversationRow, answer: Answer, now: datetime) -> Answer:
        """Nothing; that somebody took the conversation while the robot was thinking is noted."""
        if answer.replies:
            record(
                session, "robot_reply_withheld", now, citizen_id=row.citizen_id, conversation_id=row.id,
                replies=len(answer.replies),
            )  # fmt: skip
        return Answer([])

    async def _who_answers(self, message: Message, conversation: ConversationRow) -> str:
        """The mode of this turn: a pressed button means that the citizen would rather go on with the robot than wait."""
        payload = str(message.body.get("payload") or "")
        wants_robot = payload.startswith("/") and not self._robot.answers_in_queue(message, conversation)
        if conversation.mode != "queued" or not wants_robot:
            return conversation.mode
        return "robot" if await self._give_back(conversation.id) else "operator"

    async def _situation(self, conversation_id: str) -> tuple[ConversationRow, str]:
        """The conversation and its citizen's sealed profile. Raises NoResultFound."""
        async with self._store.read() as session:
            found = await session.execute(
                select(ConversationRow, CitizenRow.profile)
                .join(CitizenRow, CitizenRow.id == ConversationRow.citizen_id)
                .where(ConversationRow.id == conversation_id)
            )
            row, profile = found.one()
            return row, profile

    async def _store_replies(
        self,
        session: AsyncSession,
        message: Message,
        conversation: ConversationRow,
        replies: list[dict[str, Any]],
        state: str,
    ) -> list[Message]:
        """Replies and the new state of the message they answer, in the running transaction."""
        now = self._clock()
        rows = [
            journal.message_row(self._vault, message.conversation_id, "robot", reply, now, reply_to=message.seq)
            for reply in replies
        ]
        session.add_all(rows)
        await session.flush()
        for row in rows:
            outbox.enqueue(session, conversation.channel, conversation.user, row.seq, now)
        await journal.set_state(session, message.seq, state)
        return [
            Message(row.seq, message.conversation_id, "robot", row.external_id, message.seq, reply, now)
            for row, reply in zip(rows, replies, strict=True)
        ]

    async def _say(self, message: Message, reply: dict[str, Any], state: str) -> list[Message]:
        """One reply outside of a turn; none while an operator leads the conversation."""
        async with self._store.write() as session:
            row = await session.get_one(ConversationRow, message.conversation_id, with_for_update=True)
            replies = [] if row.mode == "operator" else [reply]
            said = await self._store_replies(session, message, row, replies, state)
        for one in said:
            self.announce(one, row.channel, row.user)
        return said

    async def say_system(
        self, session: AsyncSession, conversation: ConversationRow, reply: dict[str, Any], now: datetime
    ) -> Message:
        """Store words of the house itself in the running transaction; they answer no message. Announce them after it."""
        row = await journal.add_message(session, self._vault, conversation.id, "robot", reply, now)
        outbox.enqueue(session, conversation.channel, conversation.user, row.seq, now)
        conversation.buttons = list(reply.get("buttons") or [])
        if conversation.buttons:
            conversation.offered_by = row.seq
        return Message(row.seq, conversation.id, "robot", row.external_id, None, reply, now)

    async def add_wish(
        self, session: AsyncSession, conversation: ConversationRow, payload: str, title: str, by: str, now: datetime
    ) -> Message:
        """Store a choice of the citizen that a colleague (`by`) made for her, in the running transaction.

        `proceed` runs it after the transaction; without that it is taken up at the next start.
        """
        body = {"text": title, "kind": "choice", "payload": payload, "by": by}
        row = await journal.add_message(session, self._vault, conversation.id, "citizen", body, now, state="pending")
        return Message(row.seq, conversation.id, "citizen", row.external_id, None, body, now)

    def proceed(self, message: Message) -> None:
        """Set the turn of a stored wish going."""
        self._enqueue(message)

    async def _free(self, conversation_id: str) -> bool:
        async with self._store.write() as session:
            row = await session.get_one(ConversationRow, conversation_id)
            row.mode = "robot"
            record(session, "returned_to_robot", self._clock(), citizen_id=row.citizen_id, conversation_id=row.id)
        return True

    async def wait(self, accepted: Accepted, seconds: float) -> Outcome:
        """The outcome of one message's turn, waiting up to `seconds` for it; not `over` when it is not by then."""
        if (outcome := await self._outcomes.wait(accepted.seq, seconds)) is not None:
            return outcome
        async with self._store.read() as session:
            message = await session.get(MessageRow, accepted.seq)
            conversation = await session.get(ConversationRow, accepted.conversation_id)
            said = await journal.replies_to(session, self._vault, accepted.seq)
        over = message is None or message.state == "done"
        return Outcome(said, conversation.mode if conversation else "robot", over)

    async def idle(self, conversation_id: str) -> None:
        """Wait until no turn of this conversation is running or waiting, however long Rasa stays away."""
        while (task := self._running.get(conversation_id)) is not None:
            await asyncio.wait({task})

    def show_typing(self, conversation_id: str, *, on: bool) -> None:
        """Let open doors show that somebody writes to the citizen, or stopped."""
        self._notify(conversation_id, {"typing": on})
