"""Delivers messages that have fallen due (reminders, news of a case) into the conversation where the citizen was last seen.

Whom only the telephone reaches is rung up: the call is planned in the transaction that takes the message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls.planned import wants_calls
from bot.store import Store, Vault, due, journal, outbox
from bot.store.conversations import ConversationRow
from bot.store.due import DueMessage
from bot.store.events import record
from bot.store.journal import Message

log = structlog.get_logger(__name__)

LOOK_EVERY = 15.0
"""Seconds between looks at what is due."""
AFTER_A_TALK = timedelta(minutes=2)
"""How long a message waits when it falls due in the middle of a talk with a human: the robot does not break in."""
LATER = "later"
PHONE = "phone"
"""The channel that nobody reads: what is to be said there has to be said in a call."""

Said = tuple[Message, str, str]
"""A stored message, its channel and its user."""


class Calling(Protocol):
    """Makes a due message a telephone call."""

    async def plan(self, session: AsyncSession, item: DueMessage, conversation: ConversationRow | None) -> str | None:
        """Plan the call in the running transaction; None when it is planned, else why nobody can be rung up (a short stable name).

        `conversation` is the citizen's conversation on the telephone, if there is one.
        """
        ...

    def wake(self) -> None:
        """Calls have been planned."""
        ...


class DueSender:
    """Takes a due message and stores it, or the call that says it, in one transaction, so that it is said exactly once."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        announce: Callable[[Message, str, str], None],
        clock: Callable[[], datetime],
        carrying: Collection[str],
        calling: Calling | None = None,
    ) -> None:
        """`announce` tells doors that listen and senders about a stored message, its channel and its user.

        `carrying` are the channels that may carry personal data. `calling` is None where there is no telephone.
        """
        self._store, self._vault, self._announce, self._clock = store, vault, announce, clock
        self._carrying, self._calling = carrying, calling

    async def send_due(self) -> int:
        """Send everything due now; how many messages were said or will be in a call."""
        said: list[Said] = []
        calls = 0
        async with self._store.write() as session:
            for item in await due.take(session, self._clock()):
                sent = await self._deliver(session, item)
                if sent == LATER:
                    await due.put_off(session, item.id, self._clock() + AFTER_A_TALK)
                elif isinstance(sent, str):
                    record(
                        session, "due_message_undeliverable", self._clock(), citizen_id=item.citizen_id,
                        kind=item.kind, ref=item.ref, reason=sent,
                    )  # fmt: skip
                elif sent is None:
                    calls += 1
                else:
                    said.append(sent)
        for message, channel, user in said:
            self._announce(message, channel, user)
        if calls and self._calling is not None:
            self._calling.wake()
        return len(said) + calls

    async def _deliver(self, session: AsyncSession, item: DueMessage) -> Said | str | None:
        """The message stored, None for a planned call, LATER while a human talks with her, or why it can reach nobody."""
        ways = await self._ways(session, item.citizen_id)
        reason = "no_conversation"
        for conversation in ways:
            if conversation is not None and conversation.mode == "operator":
                return LATER
            if conversation is not None and conversation.channel != PHONE:
                return await self._write(session, item, conversation)
            refused = "no_telephone"
            if self._calling is not None:
                refused = await self._calling.plan(session, item, conversation) or ""
            if not refused:
                return None
            reason = refused
        return reason

    async def _ways(self, session: AsyncSession, citizen_id: str) -> Sequence[ConversationRow | None]:
        """The citizen's conversations, the best first; None stands for a call without one. Writing goes before calling, unless
        she asked for calls or was last on the telephone and has no messenger."""
        rows = await session.scalars(
            select(ConversationRow)
            .where(ConversationRow.citizen_id == citizen_id)
            # A reminder of a visit is no news for a channel that must not carry personal data, if there is another.
            .order_by(ConversationRow.channel.in_(self._carrying).desc(), ConversationRow.updated_at.desc())
        )
        found = list(rows)
        phone = next((row for row in found if row.channel == PHONE), None)
        if await wants_calls(session, citizen_id):
            return [phone, *(row for row in found if row.channel != PHONE)]
        if phone is None:
            return found
        return sorted(found, key=lambda row: not self._reaches(row))

    def _reaches(self, row: ConversationRow) -> bool:
        """Whether a message goes to where the citizen sees it by itself."""
        return row.channel in self._carrying and row.channel not in outbox.READERS and row.blocked_at is None

    async def _write(self, session: AsyncSession, item: DueMessage, conversation: ConversationRow) -> Said:
        body = {"text": str(item.payload.get("text", "")), "buttons": item.payload.get("buttons") or []}
        now = self._clock()
        row = await journal.add_message(
            session, self._vault, conversation.id, "robot", body, now, external_id=f"due:{item.id}"
        )
        outbox.enqueue(session, conversation.channel, conversation.user, row.seq, now)
        record(
            session, "due_message_sent", now, citizen_id=item.citizen_id,
            conversation_id=conversation.id, kind=item.kind, ref=item.ref,
        )  # fmt: skip
        message = Message(row.seq, conversation.id, "robot", row.external_id, None, body, now)
        return message, conversation.channel, conversation.user

    async def run(self) -> None:
        """Look again and again until cancelled; a database that is away for a moment is tried again."""
        while True:
            try:
                await self.send_due()
            except SQLAlchemyError as error:
                log.warning("due.failed", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)
