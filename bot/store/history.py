"""Everything one citizen and the robot said to each other, over all her channels."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.conversations import ConversationRow, MessageRow
from bot.store.journal import Message
from bot.store.vault import Vault


@dataclass(frozen=True)
class Spoken:
    """A message and the channel it was said in."""

    channel: str
    message: Message


async def of_citizen(
    session: AsyncSession, vault: Vault, citizen_id: str, after: int = 0, limit: int = 200
) -> list[Spoken]:
    """Messages of all conversations of a citizen after number `after`, oldest first; without `after` the newest `limit`.

    Numbers grow over the whole database, so their order is that of time.
    """
    query = (
        select(ConversationRow.channel, MessageRow)
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
        .where(ConversationRow.citizen_id == citizen_id, MessageRow.seq > after)
        .order_by(MessageRow.seq if after else MessageRow.seq.desc())
        .limit(limit)
    )
    found = (await session.execute(query)).all()
    return [
        Spoken(
            channel,
            Message(
                row.seq, row.conversation_id, row.author, row.external_id, row.reply_to, vault.open(row.body), row.at
            ),
        )
        for channel, row in (found if after else reversed(found))
    ]
