"""Everything one citizen and the robot said to each other, over all her channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, UnaryExpression, bindparam, select, union_all
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
    found = await session.execute(_CHANNELS, {"citizen": citizen_id})
    channels = {row.id: row.channel for row in found}
    if not channels:
        return []
    asked = bounds(list(channels), after, limit, before)
    rows = list((await session.scalars(_page(len(channels), after > 0, before > 0), asked)).all())
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
    at: datetime | None = await session.scalar(_MOMENT, {"seq": seq})
    return at


# Statements are made once: to build one anew costs more than to run it.
_CHANNELS = select(ConversationRow.id, ConversationRow.channel).where(
    ConversationRow.citizen_id == bindparam("citizen")
)
_MOMENT = select(MessageRow.at).where(MessageRow.seq == bindparam("seq"))
LIMIT = bindparam("limit", type_=Integer)


def bounds(conversations: Sequence[str], after: int, limit: int, before: int) -> dict[str, Any]:
    """What `numbers` and the statements around it ask for."""
    named = {f"conversation{number}": one for number, one in enumerate(conversations)}
    return named | {"after": after, "limit": limit} | ({"before": before} if before else {})


def order_of(forward: bool) -> ColumnElement[int] | UnaryExpression[int]:
    """From the oldest to the newest after a number, else from the newest back."""
    return MessageRow.seq.expression if forward else MessageRow.seq.desc()


@lru_cache(maxsize=64)
def numbers(conversations: int, forward: bool, below: bool) -> Select[int]:
    """The numbers of a page of messages and of some more: a page of each conversation by its index, for one query over all would
    sort everything the citizen ever said. `below`: only those below a number.
    """
    within = [MessageRow.seq > bindparam("after"), *([MessageRow.seq < bindparam("before")] if below else ())]
    pages = [
        select(MessageRow.seq)
        .where(MessageRow.conversation_id == bindparam(f"conversation{number}"), *within)
        .order_by(order_of(forward))
        .limit(LIMIT)
        .subquery()
        for number in range(conversations)
    ]
    every = union_all(*(select(page.c.seq) for page in pages)).subquery()
    return select(every.c.seq)


@lru_cache(maxsize=64)
def _page(conversations: int, forward: bool, below: bool) -> Select[MessageRow]:
    found = MessageRow.seq.in_(numbers(conversations, forward, below))
    return select(MessageRow).where(found).order_by(order_of(forward)).limit(LIMIT)
