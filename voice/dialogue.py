"""A telephone call as a conversation of the house: what was heard goes into the turns, what is to be said comes out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.messages import Inbound
from bot.store import Store, Vault, journal
from bot.store.conversations import ConversationRow
from bot.store.events import record
from bot.turns import Accepted, Turns

CHANNEL = "phone"
UNFINISHED_FOR = timedelta(days=2)
"""How long after a broken call its question is still worth going on with."""
ANSWER_WITHIN = 12.0
"""Seconds a turn may take before the caller is told that the robot is away."""


@dataclass(frozen=True)
class Choice:
    """Something on offer: `title` as it is shown, `payload` as it is answered."""

    title: str
    payload: str


@dataclass(frozen=True)
class Answer:
    """What is to be said after one turn, and what is known about the question it ends with."""

    replies: tuple[dict[str, Any], ...]
    expected: str | None = None
    choices: tuple[Choice, ...] = ()
    mode: str = "robot"
    emotion: str = "neutral"
    intensity: float = 0.0
    late: bool = False
    """The turn is not over yet: the robot is away, and the answer comes later."""

    @property
    def yes_no(self) -> bool:
        """Whether a plain yes or no answers the question."""
        payloads = {c.payload for c in self.choices}
        return "/deny" in payloads and bool(payloads & {"/affirm", "/give_consent"})

    @property
    def protected(self) -> bool:
        """Whether it has to be heard to its end: the text of a consent (152-FZ art. 9)."""
        return any((r.get("form") or {}).get("type") == "consent" for r in self.replies)


@dataclass(frozen=True)
class Beginning:
    """Where a call finds its conversation."""

    conversation_id: str
    citizen_id: str
    unfinished: bool
    """An earlier call of this number broke off in the middle of something."""
    answer: Answer = field(default_factory=lambda: Answer(()))
    """The question that stands open, with its choices."""


class PhoneDialogue:
    """One caller's line into the turns. `user` names the conversation of the channel `phone`."""

    def __init__(
        self,
        turns: Turns,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        give_back: Callable[[str], Awaitable[None]],
        user: str,
        call_id: str,
    ) -> None:
        """`give_back` takes a conversation out of the queue of humans."""
        self._turns, self._store, self._vault, self._clock = turns, store, vault, clock
        self._give_back = give_back
        self._user, self._call_id = user, call_id
        self._said = 0
        self._accepted: Accepted | None = None
        self._told: set[int] = set()
        self.conversation_id = self.citizen_id = ""

    async def begin(self, persona: str, *, same_call: bool) -> Beginning:
        """Find or make the conversation and give it the persona of the dialled line. Raises StoreAway.

        `same_call`: the caller comes back from a queue or from the other line, so that nothing has to be asked anew.
        """
        now = self._clock()
        async with self._store.write() as session:
            row = await journal.conversation_of(session, self._vault, CHANNEL, self._user, now)
            if row.persona.get("who") != persona:
                row.persona = {**row.persona, "who": persona}
            self.conversation_id, self.citizen_id = row.id, row.citizen_id
            mode, answer = row.mode, _standing(row)
            fresh = now - row.updated_at < UNFINISHED_FOR
        if mode != "robot":
            await self._give_back(self.conversation_id)
        unfinished = answer.expected is not None and fresh and not same_call
        return Beginning(self.conversation_id, self.citizen_id, unfinished, answer)

    async def say(self, text: str, payload: str | None = None) -> Answer:
        """One turn of the caller: words, or the payload of what was chosen. Raises StoreAway."""
        self._said += 1
        inbound = Inbound(
            channel=CHANNEL, user=self._user, external_id=f"{self._call_id}:{self._said}",
            kind="choice" if payload else "voice", text=text, payload=payload,
        )  # fmt: skip
        self._accepted, self._told = await self._turns.accept(inbound), set()
        return await self._outcome(ANSWER_WITHIN)

    async def told(self, text: str, choices: Sequence[Choice]) -> None:
        """Keep what the robot rang up to say, with the choices on offer, as its message of this conversation. Raises StoreAway."""
        buttons = [{"title": c.title, "payload": c.payload} for c in choices if c.payload]
        async with self._store.write() as session:
            row = await session.get_one(ConversationRow, self.conversation_id)
            row.buttons = buttons
            await journal.add_message(
                session, self._vault, row.id, "robot", {"text": text, "buttons": buttons}, self._clock(),
                external_id=f"{self._call_id}:told",
            )  # fmt: skip

    async def later(self, seconds: float = 15.0) -> Answer | None:
        """The answer of a turn that was late; None when it is not there within `seconds` either."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._turns.idle(self.conversation_id)), seconds)
        answer = await self._outcome(0.1)
        return None if answer.late else answer

    async def _outcome(self, seconds: float) -> Answer:
        assert self._accepted is not None
        outcome = await self._turns.wait(self._accepted, seconds)
        async with self._store.read() as session:
            row = await session.get_one(ConversationRow, self._accepted.conversation_id)
        replies = tuple(m.body for m in outcome.replies if m.seq not in self._told)
        self._told |= {m.seq for m in outcome.replies}
        standing = _standing(row)
        mood = (row.mood or [{}])[-1]
        return Answer(
            replies,
            standing.expected,
            standing.choices if replies else (),
            outcome.mode,
            str(mood.get("name") or "neutral"),
            float(mood.get("intensity") or 0.0),
            late=not outcome.over,
        )

    async def back_to_robot(self) -> None:
        """Take the conversation out of the queue of humans: the caller is not put through after all."""
        await self._give_back(self.conversation_id)

    async def leave_queue(self) -> None:
        """The caller is gone: whoever waited for a human waits no more. Raises StoreAway."""
        if not self.conversation_id:
            return
        await self.drain()
        async with self._store.read() as session:
            row = await session.get_one(ConversationRow, self.conversation_id)
        if row.mode == "queued":
            await self.back_to_robot()

    async def note(self, name: str, **facts: Any) -> None:
        """Record an event of this call; `facts` hold no words of anybody."""
        async with self._store.write() as session:
            record(
                session, name, self._clock(), citizen_id=self.citizen_id, conversation_id=self.conversation_id,
                call=self._call_id, **facts,
            )  # fmt: skip

    async def drain(self) -> None:
        """Wait until nothing of this conversation is under way."""
        if self.conversation_id:
            await asyncio.shield(self._turns.idle(self.conversation_id))


def _standing(row: ConversationRow) -> Answer:
    choices = tuple(
        Choice(str(b.get("title") or ""), str(b.get("payload"))) for b in row.buttons or [] if b.get("payload")
    )
    return Answer((), row.expected, choices, row.mode)
