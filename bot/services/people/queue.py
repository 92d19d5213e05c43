"""The place of a citizen in the queue and an honest guess of the wait, counted from rows at the moment of asking."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.people.steps import PHONE
from bot.services.people.tables import HandoverRow

WINDOW = timedelta(hours=2)
"""How far back ended talks tell the usual length."""
LAST_HOUR = timedelta(hours=1)
ENOUGH = 5
"""Talks of the group that must be known before a wait is guessed at all."""
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
    """Minutes, rounded up to 5 above 5; None when there is too little to judge by, or it would be too long to be worth saying."""
    guess = await _by_calls(session, row, place, now) if row.channel == PHONE else None
    if guess is None and on_line is not None:
        guess = await _by_talks(session, row, place, now, on_line)
    if guess is None:
        return None
    minutes = max(1, math.ceil(guess))
    if minutes > 5:
        minutes = math.ceil(minutes / 5) * 5
    return minutes if minutes <= LONGEST_GUESS else None


async def _by_calls(session: AsyncSession, row: HandoverRow, place: int, now: datetime) -> float | None:
    """By how many the group took in the last hour: the exchange puts callers through to telephones that may have no desk."""
    began = now - LAST_HOUR
    taken = await session.scalar(
        select(func.count())
        .select_from(HandoverRow)
        .where(HandoverRow.taken_at > began, HandoverRow.taken_at <= now, HandoverRow.group == row.group)
    )
    return place * LAST_HOUR.total_seconds() / 60 / taken if taken and taken >= ENOUGH else None


async def _by_talks(
    session: AsyncSession, row: HandoverRow, place: int, now: datetime, on_line: OnLine
) -> float | None:
    """By the usual length of a talk and those on line: who stands before a free colleague waits about a minute, the others
    until enough talks of the usual length have ended."""
    if not on_line.slots:
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
    return (place - on_line.free) * sum(lengths) / len(lengths) / on_line.slots / 60
