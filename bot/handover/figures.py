"""The supervisor's figures: computed from the hand-overs of today, where the robot's time has no part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.handover.interface import Presence
from bot.handover.rules import Rules
from bot.handover.shown import Board, GroupBoard
from bot.services.feedback.tables import RatingRow
from bot.services.people.groups import Groups
from bot.services.people.steps import ABANDONED_AFTER
from bot.services.people.tables import HandoverRow
from bot.store import Store

REPEATED_WITHIN = timedelta(days=7)


class Figures:
    """The board of one database. `presences` is awaited for everybody's status; the day begins at midnight in `zone`."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        groups: Groups,
        rules: Rules,
        zone: ZoneInfo,
        presences: Callable[[], Awaitable[Sequence[Presence]]],
    ) -> None:
        self._store, self._clock, self._groups, self._rules = store, clock, groups, rules
        self._zone, self._presences = zone, presences

    async def board(self, groups: Collection[str]) -> Board:
        """The groups at this moment and today."""
        now = self._clock()
        midnight = datetime.combine(now.astimezone(self._zone).date(), time(), self._zone)
        wanted = sorted(set(groups) & self._groups.ids)
        async with self._store.read() as session:
            today = await _today(session, wanted, midnight)
            waiting = await _waiting(session, wanted)
            talking = await _talking(session, wanted)
            happy = await _satisfaction(session, wanted, midnight)
        at_work = await self._presences()
        made = [
            self._group(name, [r for r in today if r.group == name], waiting.get(name, []), talking.get(name, 0),
                        happy.get(name, []), at_work, now)
            for name in wanted
        ]  # fmt: skip
        return Board(
            at=now,
            groups=tuple(made),
            reasons=tuple(Counter(row.reason for row in today).most_common()),
            repeat_contact=share(row.repeated for row in today if row.taken_at is not None),
        )

    def _group(
        self,
        name: str,
        today: Sequence[Any],
        waiting: Sequence[datetime],
        talking: int,
        happy: Sequence[bool],
        at_work: Sequence[Presence],
        now: datetime,
    ) -> GroupBoard:
        group = self._groups.get(name)
        taken = [row for row in today if row.taken_at is not None]
        gone = [row for row in today if _abandoned(row)]
        waits = [(row.taken_at - row.created_at).total_seconds() for row in taken]
        talks = [(row.ended_at - row.taken_at).total_seconds() for row in taken if row.ended_at is not None]
        offered = len(taken) + len(gone)
        in_time = sum(wait <= self._rules.service_level_seconds for wait in waits)
        return GroupBoard(
            group=name, title=group.title, open=self._groups.is_open(group, now), waiting=len(waiting),
            longest_wait=max((int((now - since).total_seconds()) for since in waiting), default=0), talking=talking,
            online=sum(p.status == "online" and name in p.operator.groups for p in at_work),
            service_level=percent(in_time, offered), abandoned=percent(len(gone), offered), taken_today=len(taken),
            average_wait=_mean(waits), average_talk=_mean(talks), csat=share(happy),
            resolved=share(row.resolved for row in today if row.resolved is not None),
        )  # fmt: skip


def _abandoned(row: Any) -> bool:
    if row.state != "left" or row.taken_at is not None:
        return False
    return row.ended_at is None or row.ended_at - row.created_at > ABANDONED_AFTER


def percent(part: int, whole: int) -> float | None:
    """The part in per cent, None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def share(answers: Iterable[bool]) -> float | None:
    """How many are true, in per cent; None without any."""
    given = list(answers)
    return percent(sum(given), len(given))


def _mean(values: Sequence[float]) -> int | None:
    return round(sum(values) / len(values)) if values else None


async def _today(session: AsyncSession, groups: Sequence[str], midnight: datetime) -> list[Any]:
    """Wishes for a human since midnight. `repeated`: the same citizen was served within the last days."""
    before = aliased(HandoverRow)
    repeated = exists().where(
        before.citizen_id == HandoverRow.citizen_id, before.id < HandoverRow.id,
        before.created_at >= midnight - REPEATED_WITHIN, before.taken_at.is_not(None),
    )  # fmt: skip
    found = await session.execute(
        select(
            HandoverRow.group, HandoverRow.state, HandoverRow.reason, HandoverRow.created_at, HandoverRow.taken_at,
            HandoverRow.ended_at, HandoverRow.resolved, repeated.label("repeated"),
        ).where(HandoverRow.created_at >= midnight, HandoverRow.group.in_(groups))
    )  # fmt: skip
    return list(found.all())


async def _waiting(session: AsyncSession, groups: Sequence[str]) -> dict[str, list[datetime]]:
    """Since when each waiting citizen waits, by group."""
    found = await session.execute(
        select(HandoverRow.group, HandoverRow.created_at).where(
            HandoverRow.state == "queued", HandoverRow.group.in_(groups)
        )
    )
    waiting: dict[str, list[datetime]] = {}
    for group, since in found:
        waiting.setdefault(group, []).append(since)
    return waiting


async def _talking(session: AsyncSession, groups: Sequence[str]) -> dict[str, int]:
    found = await session.execute(
        select(HandoverRow.group, func.count().label("number"))
        .where(HandoverRow.state == "taken", HandoverRow.group.in_(groups))
        .group_by(HandoverRow.group)
    )
    return {row.group: int(row.number) for row in found}


async def _satisfaction(session: AsyncSession, groups: Sequence[str], midnight: datetime) -> dict[str, list[bool]]:
    """For each group, whether 3 or 4 of 4 was given for talks that people ended today."""
    found = await session.execute(
        select(HandoverRow.group, RatingRow.satisfaction)
        .join(RatingRow, RatingRow.conversation_id == HandoverRow.conversation_id)
        .where(
            HandoverRow.ended_at >= midnight, HandoverRow.taken_at.is_not(None), HandoverRow.group.in_(groups),
            RatingRow.satisfaction.is_not(None), RatingRow.updated_at >= HandoverRow.ended_at,
        )
    )  # fmt: skip
    given: dict[str, list[bool]] = {}
    for group, satisfaction in found:
        given.setdefault(group, []).append((satisfaction or 0) >= 3)
    return given
