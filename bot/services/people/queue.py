"""The place of a citizen in the queue and an honest guess of the wait, counted from rows at the moment of asking."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.people.tables import HandoverRow
from bot.store.conversations import ConversationRow

WINDOW = timedelta(minutes=60)
ENOUGH = 5
"""Citizens that must have been taken within the window before a wait is guessed at all."""
LONGEST_GUESS = 60
"""Minutes above which a guess would be no better than «нескоро»."""


async def position(session: AsyncSession, row: HandoverRow) -> int:
    """1 for the next one. Counted are those before the citizen in the same group who still wait for a human."""
    ahead = or_(
        HandoverRow.priority > row.priority,
        and_(HandoverRow.priority == row.priority, HandoverRow.id < row.id),
    )
    count = await session.scalar(
        select(func.count())
        .select_from(HandoverRow)
        .join(ConversationRow, ConversationRow.id == HandoverRow.conversation_id)
        # Whoever pressed «вернуться к роботу» has left the queue, whatever her row says.
        .where(HandoverRow.state == "queued", ConversationRow.mode == "queued", HandoverRow.group == row.group, ahead)
    )
    return (count or 0) + 1


async def wait_minutes(session: AsyncSession, row: HandoverRow, place: int, now: datetime) -> int | None:
    """Minutes, rounded up to 5 above 5; None when the group took too few in the last hour, or it would be too long."""
    taken = await session.scalar(
        select(func.count())
        .select_from(HandoverRow)
        .where(HandoverRow.group == row.group, HandoverRow.taken_at > now - WINDOW, HandoverRow.taken_at <= now)
    )
    if not taken or taken < ENOUGH:
        return None
    minutes = math.ceil(place * WINDOW.total_seconds() / 60 / taken)
    if minutes > 5:
        minutes = math.ceil(minutes / 5) * 5
    return minutes if minutes <= LONGEST_GUESS else None
