"""Gives those who wait to those who are free: reads the queue, lets the routing decide, seats each pair in a step of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.interface import Gone, Held, Operator, Refusal
from bot.handover.presence import Presences
from bot.handover.routing import Match, Place, Seat, matches
from bot.handover.rules import Rules
from bot.handover.seating import may_take, seat
from bot.handover.stage import Act, Stage, held
from bot.services.people import steps
from bot.services.people.tables import HandoverRow, TransferRow
from bot.store import Store
from bot.turns import Turns


class Matching:
    """One run at a time; a second one that is asked for meanwhile runs after it, and sees what has changed."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        rules: Rules,
        presences: Presences,
        turns: Turns,
        stage: Stage,
    ) -> None:
        self._store, self._clock, self._rules = store, clock, rules
        self._presences, self._turns, self._stage = presences, turns, stage
        self._one_at_a_time = asyncio.Lock()
        self.held_back: set[str] = set()
        """Conversations that were not given away because the robot is in the middle of its turn."""

    async def run(self) -> list[Held]:
        """Seat whoever can be seated now."""
        async with self._one_at_a_time:
            seats = await self._presences.seats()
            if not any(one.free for one in seats):
                return []
            places = await self._places(seats)
            self.held_back = {p.conversation_id for p in places if self._turns.busy(p.conversation_id)}
            found = matches(
                [place for place in places if place.conversation_id not in self.held_back],
                seats,
                self._rules.manual_groups,
                self._clock(),
                timedelta(minutes=self._rules.overflow_minutes),
            )
            operators = {one.operator.id: one.operator for one in seats}
            given = [await self._give(match, operators[match.operator]) for match in found]
            return [one for one in given if one is not None]

    async def _give(self, match: Match, operator: Operator) -> Held | None:
        async def work(act: Act) -> Held:
            row = act.live()
            if row.id != match.place.handover_id:
                raise Gone
            await seat(act, row, operator, await may_take(act, row, operator), assigned=True)
            return held(row)

        try:
            return await self._stage.step(match.place.conversation_id, work)
        except Refusal:
            # Somebody was faster, or she has just gone on a pause: the next run looks again.
            return None

    async def _places(self, seats: Sequence[Seat]) -> list[Place]:
        """Who waits for one of these operators or their groups."""
        groups = frozenset().union(*(one.operator.groups for one in seats)) - self._rules.manual_groups
        ids = [one.operator.id for one in seats]
        anybody = HandoverRow.wanted_operator.is_(None) & HandoverRow.group.in_(sorted(groups))
        async with self._store.read() as session:
            found = (
                await session.execute(
                    select(
                        HandoverRow.id, HandoverRow.conversation_id, HandoverRow.group, HandoverRow.group_since,
                        HandoverRow.created_at, HandoverRow.priority, HandoverRow.language, HandoverRow.line,
                        HandoverRow.wanted_operator, HandoverRow.transfers,
                    ).where(
                        HandoverRow.state == "queued", HandoverRow.channel != steps.PHONE,
                        or_(anybody, HandoverRow.wanted_operator.in_(ids)),
                    )
                )
            ).all()  # fmt: skip
            passed_on = [row.id for row in found if row.transfers and row.wanted_operator is None]
            avoid = await _passed_on_by(session, passed_on) if passed_on else {}
        return [
            Place(
                row.id, row.conversation_id, row.group, row.group_since or row.created_at, row.priority, row.language,
                row.line, row.wanted_operator or "", avoid.get(row.id, ""),
            )
            for row in found
        ]  # fmt: skip


async def _passed_on_by(session: AsyncSession, handovers: Collection[int]) -> dict[int, str]:
    """Who passed each of these talks on last."""
    newest = (
        select(func.max(TransferRow.id)).where(TransferRow.handover_id.in_(handovers)).group_by(TransferRow.handover_id)
    )
    rows = await session.execute(
        select(TransferRow.handover_id, TransferRow.from_operator).where(TransferRow.id.in_(newest))
    )
    return {row.handover_id: row.from_operator for row in rows}
