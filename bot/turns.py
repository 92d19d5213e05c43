"""The heart of a conversation: a citizen's message is stored, waits its turn, goes to the robot, and its answer is stored."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import IntegrityError

from bot.choices import chosen, meant_by_emoji
from bot.clean import MAX_STORED, clean, for_robot, has_words
from bot.messages import Inbound
from bot.persona.persona import Persona
from bot.rasa import RasaClient, RasaUnavailable
from bot.store import Store, Vault, journal
from bot.store.conversations import CitizenRow, ConversationRow, MessageRow
from bot.store.events import record
from bot.store.journal import Message
from bot.texts import Texts

log = structlog.get_logger(__name__)

TURN_SECONDS = Histogram(
    "otklik_turn_seconds", "From the start of a turn to its stored answer", ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
MESSAGES = Counter("otklik_messages_total", "Messages by author", ["channel", "author"])
ROBOT_DOWN = Counter("otklik_robot_unavailable_total", "Turns that found Rasa away and were kept")

FRESH_AFTER = timedelta(hours=8)
"""A pause after which the robot is told that the citizen came back."""

BACK_TO_ROBOT = "/robot"
"""The payload of «Вернуться к роботу»."""

QUIET_AFTER = timedelta(minutes=5)
"""While a human is awaited, the citizen's further messages are acknowledged at most this often."""


@dataclass(frozen=True)
class Accepted:
    """What became of an inbound message: its conversation and its number; `duplicate` when it was known already."""

    conversation_id: str
    seq: int
    duplicate: bool


class Turns:
    """Runs every conversation: one message at a time and in order within it, different ones in parallel."""

    def __init__(
        self, store: Store, vault: Vault, rasa: RasaClient, persona: Persona, texts: Texts,
        clock: Callable[[], datetime], give_back: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        """`give_back` takes a conversation that waits for a human out of the queue, when the citizen prefers the robot."""
        self._store, self._vault, self._rasa = store, vault, rasa
        self._persona, self._texts, self._clock = persona, texts, clock
        self._give_back = give_back or self._free
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._listeners: dict[str, set[asyncio.Queue[Message | dict[str, Any]]]] = {}
        self._waiters: dict[int, asyncio.Event] = {}
        self._stopping = False

    async def start(self) -> None:
        """Take up the turns that the last stop left open."""
        async with self._store.read() as session:
            for conversation_id in await journal.conversations_with_pending(session):
                self._wake(conversation_id, recovering=True)

    async def stop(self, deadline: float = 10.0) -> None:
        """Let running turns end within `deadline` seconds; the rest stay stored and are taken up at the next start."""
        self._stopping = True
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=deadline)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def accept(self, inbound: Inbound) -> Accepted:
        """Store one message and set its turn going. When this returns, the message is safe and the channel may be told so."""
        try:
            accepted = await self._accept(inbound)
        except IntegrityError:
            # Two copies of one message, or the first two messages of one user, came at the same moment.
            accepted = await self._accept(inbound)
        if not accepted.duplicate:
            self._wake(accepted.conversation_id)
        return accepted

    async def _accept(self, inbound: Inbound) -> Accepted:
        now = self._clock()
        async with self._store.write() as session:
            conversation = await journal.conversation_of(session, self._vault, inbound.channel, inbound.user, now)
            known = await journal.by_external_id(session, conversation.id, inbound.external_id)
            if known is not None:
                return Accepted(conversation.id, known, duplicate=True)
            if inbound.profile:
                await self._remember_profile(session, conversation.citizen_id, inbound.profile)
            text = clean(inbound.text)
            body: dict[str, Any] = {"text": text, "kind": inbound.kind}
            if inbound.ip:
                body["ip"] = inbound.ip
            if inbound.payload is not None:
                body["payload"] = inbound.payload[:1000]
            if len(inbound.text) > MAX_STORED:
                body["cut"] = True
            if inbound.attachment is not None:
                a = inbound.attachment
                body["attachment"] = {"name": a.name, "media_type": a.media_type, "size": a.size, "ref": a.ref}
            row = await journal.add_message(
                session, self._vault, conversation.id, "citizen", body, now,
                external_id=inbound.external_id, state="pending",
            )  # fmt: skip
            MESSAGES.labels(inbound.channel, "citizen").inc()
            return Accepted(conversation.id, row.seq, duplicate=False)

    async def _remember_profile(self, session: Any, citizen_id: str, given: dict[str, Any]) -> None:
        row = await session.get(CitizenRow, citizen_id)
        profile = self._vault.open(row.profile)
        merged = profile | {k: v for k, v in given.items() if v not in (None, "")}
        if merged != profile:
            row.profile = self._vault.seal(merged)

    def _wake(self, conversation_id: str, *, recovering: bool = False) -> None:
        task = self._running.get(conversation_id)
        if task is not None and not task.done():
            # It may have looked for the last time already; when it ends, it is started once more.
            self._again.add(conversation_id)
        elif not self._stopping:
            task = asyncio.create_task(self._drain(conversation_id, recovering), name=f"turns-{conversation_id}")
            self._running[conversation_id] = task
            task.add_done_callback(lambda done: self._drained(conversation_id, done))

    def _drained(self, conversation_id: str, task: asyncio.Task[None]) -> None:
        if self._running.get(conversation_id) is task:
            del self._running[conversation_id]
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self._wake(conversation_id)
        if not task.cancelled() and task.exception() is not None:
            log.error("turn.crashed", conversation=conversation_id, error=type(task.exception()).__name__)

    async def _drain(self, conversation_id: str, recovering: bool) -> None:
        delay = 0.5
        failures: dict[int, int] = {}
        first = recovering
        while not self._stopping:
            async with self._store.read() as session:
                message = await journal.oldest_pending(session, self._vault, conversation_id)
            if message is None:
                return
            try:
                await self._turn(message, recovered=message.seq in failures or first)
                delay, first = 0.5, False
            except RasaUnavailable as error:
                failures[message.seq] = failures.get(message.seq, 0) + 1
                ROBOT_DOWN.inc()
                log.warning("robot.unavailable", conversation=conversation_id, reason=str(error))
                if failures[message.seq] == 2:
                    await self._say(message, [{"text": self._texts.line("robot_away")}], state="pending")
                self._release(message.seq)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 15.0)
            except Exception as error:  # a fault of ours must not stop the conversation
                log.exception("turn.failed", conversation=conversation_id, error=type(error).__name__, exc_info=False)
                await self._say(message, [self._texts.fallback()], state="done")

    async def _turn(self, message: Message, *, recovered: bool) -> None:
        started = asyncio.get_running_loop().time()
        now = self._clock()
        async with self._store.read() as session:
            conversation = await session.get(ConversationRow, message.conversation_id)
            citizen = await session.get(CitizenRow, conversation.citizen_id) if conversation else None
        if conversation is None or citizen is None:
            raise LookupError("a message without a conversation")
        profile = self._vault.open(citizen.profile)
        replies: list[dict[str, Any]]
        emotion = self._persona.feel(message.body["text"], conversation.mood)
        payload = message.body.get("payload") or ""
        if conversation.mode == "queued" and payload.startswith("/"):
            # A pressed button means that the citizen would rather go on with the robot than wait.
            await self._give_back(conversation.id)
            conversation.mode = "robot"
        if conversation.mode != "robot":
            replies = self._while_human_awaited(conversation, now)
        elif payload == BACK_TO_ROBOT:
            replies = [{"text": self._texts.line("robot_back")}]
        else:
            self._notify(conversation.id, {"typing": True})
            text = self._as_robot_reads(message, conversation)
            if text is None:
                replies = [self._texts.wordless(message.body.get("kind", "text"))]
            else:
                metadata = self._metadata(message, conversation, profile, emotion, now)
                replies = await self._ask_robot(message, text, metadata, recovered)
            if message.body.get("cut"):
                replies = [{"text": self._texts.line("message_cut")}, *replies]
        await self._finish(message, conversation, replies, emotion, now)
        TURN_SECONDS.labels(conversation.channel).observe(asyncio.get_running_loop().time() - started)

    async def _free(self, conversation_id: str) -> None:
        async with self._store.write() as session:
            row = await session.get(ConversationRow, conversation_id)
            if row is not None:
                row.mode = "robot"
                record(session, "returned_to_robot", self._clock(), citizen_id=row.citizen_id, conversation_id=row.id)

    def _while_human_awaited(self, conversation: ConversationRow, now: datetime) -> list[dict[str, Any]]:
        if now - conversation.updated_at < QUIET_AFTER and conversation.persona.get("queue_told"):
            return []
        back = {"title": self._texts.line("back_to_robot"), "payload": BACK_TO_ROBOT}
        buttons = [back] if conversation.mode == "queued" else []
        return [{"text": self._texts.line("kept_for_operator"), "buttons": buttons}]

    def _as_robot_reads(self, message: Message, conversation: ConversationRow) -> str | None:
        """The text for Rasa; a pressed or typed choice becomes its payload, a wordless message None."""
        payload = message.body.get("payload")
        offered = {b.get("payload") for b in conversation.buttons}
        if payload and (payload in offered or not payload.startswith("/")):
            return str(payload) if payload.startswith("/") else for_robot(payload)
        if payload and (intent := self._texts.stale_choice(payload)):
            return intent
        text = message.body["text"]
        if message.body.get("attachment") and not has_words(text):
            return '/inform{"attachment": "file"}'
        if not has_words(text):
            return meant_by_emoji(text)
        button = chosen(text, conversation.buttons)
        if button is not None:
            return str(button["payload"])
        return for_robot(text)

    def _metadata(
        self, message: Message, conversation: ConversationRow, profile: dict[str, Any], emotion: Any, now: datetime
    ) -> dict[str, Any]:
        return {
            "message": message.seq,
            "conversation": conversation.id,
            "citizen": conversation.citizen_id,
            "channel": conversation.channel,
            "now": self._texts.local(now).isoformat(),
            "expected": conversation.expected,
            "segment": profile.get("segment"),
            "emotion": emotion.name,
            "words": message.body["text"][:4000],
            "attachment": message.body.get("attachment"),
            "ip": message.body.get("ip"),
            "away_hours": round((now - conversation.updated_at).total_seconds() / 3600, 1)
            if now - conversation.updated_at > FRESH_AFTER
            else 0,
        }

    async def _ask_robot(
        self, message: Message, text: str, metadata: dict[str, Any], recovered: bool
    ) -> list[dict[str, Any]]:
        if recovered:
            answered = await self._rasa.replies_in_tracker(message.conversation_id, message.seq)
            if answered is not None:
                return answered
        replies = await self._rasa.send(message.conversation_id, text, metadata)
        return replies or [self._texts.fallback()]

    async def _finish(
        self, message: Message, conversation: ConversationRow, raw: list[dict[str, Any]], emotion: Any, now: datetime
    ) -> None:
        replies = [r for r in (self._reply(item) for item in raw) if r is not None]
        async with self._store.write() as session:
            row = await session.get(ConversationRow, conversation.id, with_for_update=True)
            if row is None:
                raise LookupError("a conversation that vanished")
            situation = next((r["custom"].get("situation") for r in raw if r.get("custom")), None)
            state = dict(row.persona)
            line = self._persona.line(emotion, situation, row.channel, state, row.mode)
            if line and replies:
                replies[0] = replies[0] | {"text": f"{line}\n{replies[0]['text']}"}
            if state.pop("offer_human", False) and replies:
                replies[-1] = self._with_human(replies[-1])
            state["queue_told"] = row.mode != "robot" and bool(replies)
            row.persona = state
            row.mood = [*row.mood, emotion.as_dict()][-8:]
            if replies:
                row.buttons = [b for r in replies for b in r.get("buttons", [])]
            expected = [r["custom"]["expected"] for r in raw if r.get("custom") and "expected" in r["custom"]]
            row.expected = expected[-1] if expected else None
            row.updated_at = now
            stored = []
            for reply in replies:
                stored.append(
                    await journal.add_message(
                        session, self._vault, row.id, "robot", reply, self._clock(), reply_to=message.seq
                    )
                )
                MESSAGES.labels(row.channel, "robot").inc()
            source = await session.get(MessageRow, message.seq)
            if source is not None:
                source.state = "done"
            mode = row.mode
        for kept, reply in zip(stored, replies, strict=True):
            self._notify(
                conversation.id,
                Message(kept.seq, conversation.id, "robot", kept.external_id, message.seq, reply, kept.at),
            )
        self._notify(conversation.id, {"typing": False, "mode": mode})
        self._release(message.seq)

    def _with_human(self, reply: dict[str, Any]) -> dict[str, Any]:
        """The reply with the way to a human among its buttons."""
        human = {"title": self._texts.line("call_operator"), "payload": "/request_operator"}
        buttons = reply.get("buttons") or []
        if any(b["payload"] == human["payload"] for b in buttons):
            return reply
        return reply | {"buttons": [*buttons, human]}

    @staticmethod
    def _reply(item: dict[str, Any]) -> dict[str, Any] | None:
        """Rasa's message as a stored reply. A custom part carries `form` for the doors and hints for this class."""
        custom = item.get("custom") or {}
        text = item.get("text") or custom.get("text")
        if not text:
            return None
        reply: dict[str, Any] = {"text": text, "buttons": item.get("buttons") or custom.get("buttons") or []}
        if custom.get("form"):
            reply["form"] = custom["form"]
        return reply

    async def _say(self, message: Message, replies: list[dict[str, Any]], state: str) -> None:
        now = self._clock()
        async with self._store.write() as session:
            rows = [
                await journal.add_message(
                    session, self._vault, message.conversation_id, "robot", reply, now, reply_to=message.seq
                )
                for reply in replies
            ]
            source = await session.get(MessageRow, message.seq)
            if source is not None:
                source.state = state
        for row, reply in zip(rows, replies, strict=True):
            self._notify(
                message.conversation_id,
                Message(row.seq, message.conversation_id, "robot", row.external_id, message.seq, reply, now),
            )
        self._release(message.seq)

    def _release(self, seq: int) -> None:
        if waiter := self._waiters.pop(seq, None):
            waiter.set()

    async def wait(self, accepted: Accepted, seconds: float) -> list[Message]:
        """The replies to one message, waiting up to `seconds` for them; [] when its turn is not over by then."""
        # Registered before the state is read: a turn that ends in between would otherwise wake nobody.
        waiter = self._waiters.setdefault(accepted.seq, asyncio.Event())
        async with self._store.read() as session:
            row = await session.get(MessageRow, accepted.seq)
            over = row is not None and row.state == "done"
        if over:
            self._release(accepted.seq)
        else:
            task = self._running.get(accepted.conversation_id)
            if task is not None and not task.done():
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(waiter.wait(), seconds)
        async with self._store.read() as session:
            return await journal.replies_to(session, self._vault, accepted.seq)

    @contextlib.asynccontextmanager
    async def listen(self, conversation_id: str) -> AsyncIterator[asyncio.Queue[Message | dict[str, Any]]]:
        """A queue of what happens in one conversation from now on: messages, and {typing, mode} notices."""
        queue: asyncio.Queue[Message | dict[str, Any]] = asyncio.Queue(maxsize=500)
        self._listeners.setdefault(conversation_id, set()).add(queue)
        try:
            yield queue
        finally:
            self._listeners[conversation_id].discard(queue)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]

    def announce(self, message: Message) -> None:
        """Tell the listeners of a conversation about a message stored by somebody else (a reminder, a status)."""
        self._notify(message.conversation_id, message)

    def _notify(self, conversation_id: str, what: Message | dict[str, Any]) -> None:
        for queue in self._listeners.get(conversation_id, ()):
            # A reader that fell 500 messages behind asks for the history again; it must not hold up the others.
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(what)
