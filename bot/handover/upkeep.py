"""What time brings to the queue: ends of wrap-ups, lost operators, overflow, closing time, long waits, offers of a call-back."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.bulletin import Bulletin, News
from bot.handover.interface import Gone
from bot.handover.passing import AT_WORK, Passing
from bot.handover.presence import Presences, locked
from bot.handover.routing import overflows
from bot.handover.rules import Rules
from bot.handover.stage import Act, Stage
from bot.handover.tables import PresenceRow
from bot.robot import BACK_TO_ROBOT
from bot.services.people import priority, steps
from bot.services.people.groups import Groups
from bot.services.people.tables import HandoverRow
from bot.services.transactions import transact
from bot.store import Store
from bot.store.events import record
from bot.texts import Texts

CALLBACK, HELP = "/request_callback", "/help"
Work = Callable[[Act, HandoverRow], Awaitable[None]]


@dataclass(frozen=True)
class Waiter:
    """One who waits; the fields are columns of her hand-over, and only those: this is read every second."""

    id: int
    conversation_id: str
    group: str
    priority: int
    created_at: datetime
    taken_at: datetime | None
    group_since: datetime | None
    wanted_operator: str | None
    callback_offered_at: datetime | None


class Upkeep:
    """Looks at the queue and at those at work; writes only where something is due."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        groups: Groups,
        rules: Rules,
        presences: Presences,
        passing: Passing,
        stage: Stage,
        texts: Texts,
        bulletin: Bulletin,
    ) -> None:
        self._store, self._clock, self._groups, self._rules = store, clock, groups, rules
        self._presences, self._passing, self._stage = presences, passing, stage
        self._texts, self._bulletin = texts, bulletin

    async def run(self) -> None:
        """Everything that is due now."""
        await self.end_wrap_ups()
        await self._presences.drop_lost()
        await self._free_lost()
        waiting = await self._waiting()
        if not waiting:
            return
        await self._raise_long_waits(waiting)
        there = [p.operator for p in await self._presences.all() if p.status in AT_WORK]
        staffed = frozenset[str]().union(*(one.groups for one in there))
        known = {one.id for one in there}
        away = await self._gone(sorted({row.wanted_operator for row in waiting if row.wanted_operator} - known))
        now = self._clock()
        closed = {
            name for name in {row.group for row in waiting} if not self._groups.is_open(self._groups.get(name), now)
        }
        for row in waiting:
            if (due := self._due(row, now, staffed, away, row.group in closed)) is not None:
                await self._step(row.conversation_id, due)

    async def end_wrap_ups(self, operator: str = "") -> None:
        """End the wrap-ups whose time is over; those of one operator at once."""
        mine = HandoverRow.operator == operator if operator else HandoverRow.wrap_up_until <= self._clock()
        due = select(HandoverRow).where(HandoverRow.state == "wrap_up", mine).order_by(HandoverRow.id)
        async with self._store.read() as session:
            if await session.scalar(due.limit(1)) is None:
                return

        async def work(session: AsyncSession) -> set[str]:
            now, operators = self._clock(), set()
            for row in await session.scalars(due.with_for_update()):
                early = row.wrap_up_until is not None and row.wrap_up_until > now
                row.state, row.wrap_up_until = "closed", min(row.wrap_up_until or now, now)
                record(
                    session, "wrap_up_ended", now, citizen_id=row.citizen_id, conversation_id=row.conversation_id,
                    handover=row.id, group=row.group, operator=row.operator, early=early,
                )  # fmt: skip
                operators.add(row.operator or "")
            if operator:
                (await locked(session, operator, now)).busy_until = now
            return operators

        for one in sorted(await transact(self._store, work)):
            self._bulletin.post(News("mine", operator=one))
            self._bulletin.post(News("presence", operator=one))

    async def _free_lost(self) -> None:
        """Talks of operators whose windows are silent go back to the head of their queue. Calls go on: the PBX knows who talks."""
        limit = self._clock() - timedelta(seconds=self._rules.lost_operator_seconds)
        lost = or_(PresenceRow.seen_at.is_(None), PresenceRow.seen_at <= limit)
        async with self._store.read() as session:
            found = (
                await session.execute(
                    select(HandoverRow.conversation_id, HandoverRow.operator)
                    .outerjoin(PresenceRow, PresenceRow.operator == HandoverRow.operator)
                    .where(HandoverRow.state == "taken", HandoverRow.channel != steps.PHONE, lost)
                )
            ).all()
        for conversation_id, holder in found:

            async def work(act: Act, row: HandoverRow, operator: str = holder or "") -> None:
                presence = await act.session.get(PresenceRow, operator, populate_existing=True)
                if row.operator != operator or (presence is not None and presence.seen_at > limit):
                    raise Gone
                steps.requeued(act.conversation, row, act.now, priority=priority.RETURNED)
                act.fact(row, "operator_lost", operator=operator)
                await act.say("operator_lost")

            await self._step(conversation_id, work, state="taken")

    def _due(
        self, row: Waiter, now: datetime, staffed: frozenset[str], away: frozenset[str], closed: bool
    ) -> Work | None:
        """What is due for one who waits: another group, another day, or a call-back."""
        if row.wanted_operator is not None:
            return self._to_the_group if row.wanted_operator in away else None
        group, own_there = self._groups.get(row.group), row.group in staffed
        if group.fallback and overflows(
            now - (row.group_since or row.created_at),
            timedelta(minutes=self._rules.overflow_minutes),
            own_closed=closed,
            own_on_line=own_there,
            other_on_line=group.fallback in staffed,
        ):
            return self._overflow
        if closed and not own_there:
            return self._put_off
        if row.callback_offered_at is None and self._waits_for(row, self._rules.callback_offer_minutes):
            return self._offer_callback
        return None

    async def _to_the_group(self, act: Act, row: HandoverRow) -> None:
        """The colleague she was passed on to has gone: anybody of the group will do."""
        if row.wanted_operator is None:
            raise Gone
        act.fact(row, "reassigned", by="offline", from_operator=row.wanted_operator, to_operator="", to_group=row.group)
        row.wanted_operator = None

    async def _overflow(self, act: Act, row: HandoverRow) -> None:
        group = self._groups.get(row.group)
        if not group.fallback or row.wanted_operator is not None:
            raise Gone
        before = row.group
        steps.requeued(act.conversation, row, act.now, group=group.fallback)
        self._passing.note_transfer(act, row, "overflow", "", before, "")
        act.fact(row, "overflowed", from_group=before, waited_seconds=steps.waited(row, act.now))

    async def _put_off(self, act: Act, row: HandoverRow) -> None:
        if self._groups.is_open(self._groups.get(row.group), act.now):
            raise Gone
        steps.put_off(act.session, act.conversation, row, act.now)
        await act.say(
            "closed_while_waiting",
            [(self._texts.line("callback_button"), CALLBACK), (self._texts.line("robot_helps"), HELP)],
        )

    async def _offer_callback(self, act: Act, row: HandoverRow) -> None:
        if row.callback_offered_at is not None:
            raise Gone
        row.callback_offered_at = act.now
        act.fact(row, "callback_offered", waited_seconds=steps.waited(row, act.now))
        await act.say(
            "callback_offer",
            [(self._texts.line("callback_button"), CALLBACK), (self._texts.line("back_to_robot"), BACK_TO_ROBOT)],
            hours=self._rules.callback_within_hours,
        )

    async def _raise_long_waits(self, waiting: Sequence[Waiter]) -> None:
        due = [
            row.id
            for row in waiting
            if row.priority < priority.LONG_WAIT and self._waits_for(row, self._rules.long_wait_minutes)
        ]
        if not due:
            return

        async def work(session: AsyncSession) -> None:
            await session.execute(
                update(HandoverRow)
                .where(
                    HandoverRow.id.in_(due), HandoverRow.state == "queued", HandoverRow.priority < priority.LONG_WAIT
                )
                .values(priority=priority.LONG_WAIT)
            )

        await transact(self._store, work)

    def _waits_for(self, row: Waiter, minutes: int) -> bool:
        return self._clock() - steps.wait_began(row) >= timedelta(minutes=minutes)

    async def _waiting(self) -> list[Waiter]:
        """Everybody in the queue but callers, who stand in the one of the PBX."""
        columns = (getattr(HandoverRow, one.name) for one in fields(Waiter))
        asked = select(*columns).where(HandoverRow.state == "queued", HandoverRow.channel != steps.PHONE)
        async with self._store.read() as session:
            return [Waiter(*found) for found in await session.execute(asked.order_by(HandoverRow.id))]

    async def _gone(self, operators: Sequence[str]) -> frozenset[str]:
        """Those of them who are offline; a pause is short enough to be waited for."""
        if not operators:
            return frozenset()
        here = select(PresenceRow.operator).where(PresenceRow.operator.in_(operators), PresenceRow.status != "offline")
        async with self._store.read() as session:
            return frozenset(operators) - frozenset(await session.scalars(here))

    async def _step(self, conversation_id: str, work: Work, state: str = "queued") -> None:
        """A step that is no longer due when it has the conversation for itself does nothing."""

        async def still_due(act: Act) -> None:
            row = act.live()
            if row.state != state:
                raise Gone
            await work(act, row)

        with contextlib.suppress(Gone):
            await self._stage.step(conversation_id, still_due)
