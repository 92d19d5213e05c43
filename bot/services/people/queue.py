"""The place of a citizen in the queue and an honest guess of the wait, counted from rows at the moment of asking."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.people.tables import HandoverRow

WINDOW = timedelta(hours=2)
ENOUGH = 5
"""Talks of the group that must have ended within the window before a wait is guessed at all."""
NEWEST = 30
"""Talks that are looked at: what was an hour ago says little when many have ended since."""
LONGEST_GUESS = 60
"""Minutes above which a guess would be no better than «нескоро»."""


@dataclass(frozen=True)
class OnLine:
    """What a group can hold now: `slots` talks at once by everybody on line, `free` of them not in use."""

    slots: int
    free: int


async def position(session: AsyncSession, row: HandoverRow) -> int:
    """1 for the next one. Counted are those before the citizen in the same group."""
    ahead = or_(
        HandoverRow.priority > row.priority,
        and_(HandoverRow.priority == row.priority, HandoverRow.id < row.id),
    )
    count = await session.scalar(
        select(func.count())
        .select_from(HandoverRow)
        .where(HandoverRow.state == "queued", HandoverRow.group == row.group, ahead)
    )
    return (count or 0) + 1


async def wait_minutes(
    session: AsyncSession, row: HandoverRow, place: int, now: datetime, on_line: OnLine | None
) -> int | None:
    """Minutes, rounded up to 5 above 5; None when nobody is on line, too few talks ended lately, or it would be too long.

    Whoever stands before a free colleague waits about a minute. The others wait until enough talks of the usual length have ended.
    """
    if on_line is None or not on_line.slots:
        return None
    ends = (
        await session.execute(
            select(HandoverRow.taken_at, func.coalesce(HandoverRow.wrap_up_until, HandoverRow.ended_at))
            .where(
                HandoverRow.ended_at > now - WINDOW, HandoverRow.ended_at <= now, HandoverRow.group == row.group,
                HandoverRow.taken_at.is_not(None),
            )
            .order_by(HandoverRow.ended_at.desc())
            .limit(NEWEST)
        )
    ).all()  # fmt: skip
    if len(ends) < ENOUGH:
        return None
    if place <= on_line.free:
        return 1
    lengths = [(end - taken).total_seconds() for taken, end in ends if taken is not None]
    usual = sum(lengths) / len(lengths)
    minutes = max(1, math.ceil((place - on_line.free) * usual / on_line.slots / 60))
    if minutes > 5:
        minutes = math.ceil(minutes / 5) * 5
    return minutes if minutes <= LONGEST_GUESS else None
