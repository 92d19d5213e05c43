"""Who is at work: statuses of operators, kept alive by their open windows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.bulletin import Bulletin, News
from bot.handover.interface import Operator, Presence, Refusal, Status
from bot.handover.load import Load, loads, presence_of
from bot.handover.routing import Seat
from bot.handover.tables import PresenceRow
from bot.services.people.queue import OnLine
from bot.services.transactions import transact
from bot.store import Store
from bot.store.events import record

Colleagues = Callable[[], Awaitable[list[Operator]]]
"""Everybody who may talk to citizens, disabled accounts left out."""

ORDER: dict[str, int] = {"online": 0, "wrap_up": 1, "pause": 2, "offline": 3}
SETTABLE = ("online", "pause", "offline")
LONGEST_REASON = 60


class Presences:
    """Statuses in the database; `colleagues` names everybody who may have one."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        bulletin: Bulletin,
        colleagues: Colleagues,
        lost_seconds: Callable[[], int] = lambda: 90,
    ) -> None:
        self._store, self._clock, self._bulletin = store, clock, bulletin
        self._colleagues, self._lost_seconds = colleagues, lost_seconds
        self._listeners: list[Callable[[], None]] = []

    def tell_change(self, listener: Callable[[], None]) -> None:
        """Let `listener` know when a status changes: somebody may be free now."""
        self._listeners.append(listener)

    async def set(self, operator: str, status: Status, reason: str = "") -> None:
        """Go online, on a pause (`reason` from handover.yml) or offline.

        Talks in hand stay hers in every status: she may go on a pause in the middle of one, or go offline and finish writing. She
        is given nobody new. Talks go back to the queue only when she passes them on, or when her window falls silent for good.
        Raises LookupError for an unknown colleague, Refusal for a status that nobody can choose.
        """
        await self._colleague(operator)
        if status not in SETTABLE:
            raise Refusal("Такого статуса нет.")
        reason = reason.strip()[:LONGEST_REASON] if status == "pause" else ""

        async def work(session: AsyncSession) -> None:
            row = await locked(session, operator, self._clock())
            move(session, row, status, reason, self._clock(), by="operator")
            row.seen_at = self._clock()

        await transact(self._store, work)
        self._changed(operator)

    async def seen(self, operator: str) -> None:
        """The operator's window is alive."""

        async def work(session: AsyncSession) -> None:
            (await locked(session, operator, self._clock())).seen_at = self._clock()

        await transact(self._store, work)

    async def of(self, operator: str) -> Presence:
        """Where one colleague is. Raises LookupError."""
        colleague = await self._colleague(operator)
        async with self._store.read() as session:
            row = await session.get(PresenceRow, operator)
            load = (await loads(session, self._clock(), operator)).get(operator, Load())
        return presence_of(colleague, row, load, self._clock())

    async def all(self) -> list[Presence]:
        """Everybody, those online first, each status by name."""
        colleagues = await self._colleagues()
        async with self._store.read() as session:
            rows = {row.operator: row for row in await session.scalars(select(PresenceRow))}
            load = await loads(session, self._clock())
        found = [presence_of(c, rows.get(c.id), load.get(c.id, Load()), self._clock()) for c in colleagues]
        return sorted(found, key=lambda p: (ORDER[p.status], p.operator.name, p.operator.id))

    async def seats(self) -> list[Seat]:
        """Everybody on line, as the routing sees them."""
        colleagues = await self._colleagues()
        async with self._store.read() as session:
            online = select(PresenceRow).where(PresenceRow.status == "online")
            rows = {row.operator: row for row in await session.scalars(online)}
            load = await loads(session, self._clock()) if rows else {}
        seats = []
        for one in colleagues:
            if (row := rows.get(one.id)) is not None:
                hers = load.get(one.id, Load())
                seats.append(Seat(one, hers.holding, row.busy_until or row.since, hers.calls > 0))
        return seats

    async def on_line(self, group: str) -> OnLine:
        """What the operators of a group who are on line can hold together."""
        there = [p for p in await self.all() if ORDER[p.status] <= 1 and group in p.operator.groups]
        return OnLine(sum(p.operator.capacity for p in there), sum(p.free for p in there))

    async def drop_lost(self) -> list[str]:
        """Put everybody offline whose window has been silent for too long; who they are."""
        silent = PresenceRow.seen_at <= self._clock() - timedelta(seconds=self._lost_seconds())
        at_work = PresenceRow.status != "offline"
        async with self._store.read() as session:
            suspects = list(await session.scalars(select(PresenceRow.operator).where(silent, at_work)))
        if not suspects:
            return []

        async def work(session: AsyncSession) -> list[str]:
            rows = await session.scalars(
                select(PresenceRow)
                .where(PresenceRow.operator.in_(suspects), silent, at_work)
                .order_by(PresenceRow.operator)
                .with_for_update()
            )
            found = list(rows)
            for row in found:
                move(session, row, "offline", "", self._clock(), by="lost")
            return [row.operator for row in found]

        lost = await transact(self._store, work)
        for operator in lost:
            self._changed(operator)
        return lost

    async def _colleague(self, operator: str) -> Operator:
        found = next((c for c in await self._colleagues() if c.id == operator), None)
        if found is None:
            raise LookupError("no such colleague")
        return found

    def _changed(self, operator: str) -> None:
        self._bulletin.post(News("presence", operator=operator))
        for listener in self._listeners:
            listener()


async def locked(session: AsyncSession, operator: str, now: datetime) -> PresenceRow:
    """The operator's row, kept from other writers until the transaction ends; a new one is offline."""
    row = await session.scalar(
        select(PresenceRow)
        .where(PresenceRow.operator == operator)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        row = PresenceRow(operator=operator, status="offline", reason="", since=now, seen_at=now)
        session.add(row)
        await session.flush()
    return row


def move(session: AsyncSession, row: PresenceRow, status: str, reason: str, now: datetime, by: str) -> None:
    """Change a status, if it is another one; `by`: operator, or lost."""
    if (row.status, row.reason) == (status, reason):
        return
    record(
        session, "operator_status", now, operator=row.operator, status=status, reason=reason, before=row.status,
        seconds=int((now - row.since).total_seconds()), by=by,
    )  # fmt: skip
    row.status, row.reason, row.since = status, reason, now
