"""Which windows are free when: reading what is taken, counting places, and finding the nearest free moments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.appointments.interface import Slot
from bot.services.appointments.schedule import BookedService, Centre, Schedule, cells
from bot.services.appointments.tables import AppointmentRow, CellRow

ALTERNATIVES = 3
ALTERNATIVE_DAYS = 14


class Taken:
    """Windows taken in one centre, by cell."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._windows: dict[datetime, set[int]] = defaultdict(set)

    def add(self, start: datetime, end: datetime, window: int) -> None:
        """Note that a window is busy from `start` to `end`."""
        for cell in cells(start, end):
            self._windows[cell].add(window)

    def free_windows(self, start: datetime, service: BookedService) -> list[int]:
        """Windows (from 1) that can receive a visit of the service at this moment."""
        busy: set[int] = set()
        for cell in cells(start, start + service.length):
            busy |= self._windows.get(cell, set())
        return [window for window in range(1, self._centre.windows + 1) if window not in busy]


async def read_taken(
    session: AsyncSession,
    centre: Centre,
    first: date,
    last: date,
    now: datetime,
    but: AppointmentRow | None = None,
) -> Taken:
    """What is booked, or held and not expired, in the centre on the days from `first` to `last`.

    `but` is left out: a visit that is being moved gives its own place back.
    """
    begin = datetime.combine(first, time(), centre.timezone)
    end = datetime.combine(last + timedelta(days=1), time(), centre.timezone)
    rows = await session.execute(
        select(AppointmentRow.start_at, AppointmentRow.end_at, AppointmentRow.window).where(
            AppointmentRow.centre_id == centre.id,
            AppointmentRow.start_at >= begin,
            AppointmentRow.start_at < end,
            AppointmentRow.id != (but.id if but else ""),
            or_(
                AppointmentRow.state == "booked",
                and_(AppointmentRow.state == "held", AppointmentRow.expires_at > now),
            ),
        )
    )
    taken = Taken(centre)
    for start_at, end_at, window in rows:
        taken.add(start_at, end_at, window)
    return taken


def free_slots(
    schedule: Schedule, centre: Centre, service: BookedService, day: date, taken: Taken, now: datetime
) -> Iterator[Slot]:
    """Moments of a day after `now` with at least one free place."""
    for start in schedule.starts(centre, service, day):
        if start > now and (free := len(taken.free_windows(start, service))):
            yield Slot(start, free)


async def alternatives(
    session: AsyncSession, schedule: Schedule, centre: Centre, service: BookedService, wanted: datetime, now: datetime
) -> list[Slot]:
    """The free moments nearest to the wanted one: of the same day, else of the next days that have any."""
    first = max(wanted, now).astimezone(centre.timezone).date()
    last = first + timedelta(days=ALTERNATIVE_DAYS)
    taken = await read_taken(session, centre, first, last, now)
    for offset in range(ALTERNATIVE_DAYS + 1):
        day = first + timedelta(days=offset)
        slots = list(free_slots(schedule, centre, service, day, taken, now))
        if slots:
            slots.sort(key=lambda slot: abs(slot.start - wanted))
            return sorted(slots[:ALTERNATIVES], key=lambda slot: slot.start)
    return []


async def drop_holds(session: AsyncSession, which: ColumnElement[bool], state: str) -> None:
    """Give back the places of the holds that match `which`, leaving the rows in `state` to be recognised later."""
    # The ids come from the update itself: on PostgreSQL a hold booked meanwhile no longer matches and keeps its cells.
    dropped = await session.scalars(
        update(AppointmentRow)
        .where(AppointmentRow.state == "held", which)
        .values(state=state, holder=None)
        .returning(AppointmentRow.id)
    )
    await session.execute(delete(CellRow).where(CellRow.appointment_id.in_(dropped.all())))


def take_cells(session: AsyncSession, row: AppointmentRow) -> None:
    """Take the row's window for its time; the database refuses (IntegrityError) when another has it."""
    for cell in cells(row.start_at, row.end_at):
        session.add(CellRow(centre_id=row.centre_id, start_at=cell, window=row.window, appointment_id=row.id))
