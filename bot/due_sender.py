"""Delivers messages that have fallen due (reminders, news of a case) into the conversation where the citizen was last seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.store import Store, Vault, due, journal, outbox
from bot.store.conversations import ConversationRow
from bot.store.events import record
from bot.store.journal import Message

log = structlog.get_logger(__name__)

LOOK_EVERY = 15.0
"""Seconds between looks at what is due."""


class DueSender:
    """Takes a due message and stores it in the conversation in one transaction, so that it is said exactly once."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        announce: Callable[[Message, str, str], None],
        clock: Callable[[], datetime],
        carrying: Collection[str],
    ) -> None:
        """`announce` tells doors that listen and senders about a stored message, its channel and its user.

        `carrying` are the channels that may carry personal data.
        """
        self._store, self._vault, self._announce, self._clock = store, vault, announce, clock
        self._carrying = carrying

    async def send_due(self) -> int:
        """Send everything due now; how many messages were said."""
        said: list[tuple[Message, str, str]] = []
        async with self._store.write() as session:
            for item in await due.take(session, self._clock()):
                conversation = await session.scalar(
                    select(ConversationRow)
                    .where(ConversationRow.citizen_id == item.citizen_id)
                    # A reminder of a visit is no news for a channel that must not carry personal data, if there is another.
                    .order_by(ConversationRow.channel.in_(self._carrying).desc(), ConversationRow.updated_at.desc())
                    .limit(1)
                )
                if conversation is None:
                    continue
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
                said.append((message, conversation.channel, conversation.user))
        for message, channel, user in said:
            self._announce(message, channel, user)
        return len(said)

    async def run(self) -> None:
        """Look again and again until cancelled; a database that is away for a moment is tried again."""
        while True:
            try:
                await self.send_due()
            except SQLAlchemyError as error:
                log.warning("due.failed", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)
