"""Everything one citizen and the robot said to each other, over all her channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union_all
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
    session: AsyncSession, vault: Vault, citizen_id: str, after: int = 0, limit: int = 200, before: int = 0
) -> list[Spoken]:
    """Messages of all conversations of a citizen after number `after`, oldest first; without `after` the newest `limit`, or the
    newest ones below number `before`.

    Numbers grow over the whole database, so their order is that of time.
    """
    found = await session.execute(
        select(ConversationRow.id, ConversationRow.channel).where(ConversationRow.citizen_id == citizen_id)
    )
    channels = {row.id: row.channel for row in found}
    if not channels:
        return []
    order = MessageRow.seq if after else MessageRow.seq.desc()
    within = (MessageRow.seq > after, MessageRow.seq < before) if before else (MessageRow.seq > after,)
    # A page of each conversation by its index; one query over all would sort everything the citizen ever said.
    pages = [
        select(MessageRow.seq)
        .where(MessageRow.conversation_id == conversation, *within)
        .order_by(order)
        .limit(limit)
        .subquery()
        for conversation in channels
    ]
    seqs = union_all(*(select(page.c.seq) for page in pages)).subquery()
    query = select(MessageRow).where(MessageRow.seq.in_(select(seqs.c.seq))).order_by(order).limit(limit)
    rows = list((await session.scalars(query)).all())
    if not after:
        rows.reverse()
    return [
        Spoken(
            channels[row.conversation_id],
            Message(
                row.seq, row.conversation_id, row.author, row.external_id, row.reply_to, vault.open(row.body), row.at
            ),
        )
        for row in rows
    ]


async def moment_of(session: AsyncSession, seq: int) -> datetime | None:
    """When a message was said; None for an unknown number."""
    at: datetime | None = await session.scalar(select(MessageRow.at).where(MessageRow.seq == seq))
    return at
