"""Appointments kept in the embedded database; the database itself refuses a place that is taken."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.appointments import places
from bot.services.appointments.interface import (
    AlreadyBooked,
    AlreadyCancelled,
    Appointment,
    CentreClosed,
    Day,
    Hold,
    HoldExpired,
    NoSuchAppointment,
    NotASlot,
    NotYours,
    PastMoment,
    Slot,
    SlotTaken,
    TooFarAhead,
    TooLateToMove,
)
from bot.services.appointments.reminders import Reminders, ref
from bot.services.appointments.schedule import BookedService, Centre, Schedule, local
from bot.services.appointments.tables import AppointmentRow, CellRow
from bot.services.case_numbers import canonical_number
from bot.services.transactions import transact
from bot.store import Store, Vault, due, events
from bot.store.numbers import next_number

HOLD_FOR = timedelta(minutes=5)


class SqlAppointments:
    """The `Appointments` of the embedded default.

    `horizon_days` is how far ahead booking is open; `move_notice` is how long before the visit moving ends.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        schedule: Schedule,
        reminders: Reminders,
        *,
        horizon_days: int = 30,
        move_notice: timedelta = timedelta(minutes=30),
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._schedule = schedule
        self._reminders = reminders
        self._horizon = timedelta(days=horizon_days)
        self._move_notice = move_notice

    async def days(self, service_id: str, centre_id: str, start: date, limit: int) -> list[Day]:
        """See `Appointments.days`."""
        centre, service = self._what(service_id, centre_id)
        now = self._clock()
        today = now.astimezone(centre.timezone).date()
        first = max(start, today)
        last = min(first + timedelta(days=limit - 1), today + self._horizon)
        if last < first:
            return []
        async with self._store.read() as session:
            taken = await places.read_taken(session, centre, first, last, now)
        found = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            slots = places.free_slots(self._schedule, centre, service, day, taken, now)
            found.append(
                Day(day, sum(slot.free for slot in slots), self._schedule.open_hours(centre, day).closed_reason)
            )
        return found

    async def times(self, service_id: str, centre_id: str, day: date) -> list[Slot]:
        """See `Appointments.times`."""
        centre, service = self._what(service_id, centre_id)
        now = self._clock()
        async with self._store.read() as session:
            if reason := self._schedule.open_hours(centre, day).closed_reason:
                wanted = datetime.combine(day, now.astimezone(centre.timezone).time(), centre.timezone)
                near = await places.alternatives(session, self._schedule, centre, service, wanted, now)
                raise CentreClosed(reason, near)
            if day > now.astimezone(centre.timezone).date() + self._horizon:
                return []
            taken = await places.read_taken(session, centre, day, day, now)
        return list(places.free_slots(self._schedule, centre, service, day, taken, now))

    async def hold(self, citizen_id: str, service_id: str, centre_id: str, start: datetime) -> Hold:
        """See `Appointments.hold`. When the new place is refused, the old hold stays."""
        centre, service = self._what(service_id, centre_id)
        start = local(start, centre)

        async def work(session: AsyncSession) -> Hold:
            now = self._clock()
            await places.drop_holds(session, AppointmentRow.citizen_id == citizen_id, "replaced")
            await self._refuse_second(session, citizen_id, service, start)
            row = AppointmentRow(
                id=uuid.uuid4().hex,
                citizen_id=citizen_id,
                holder=citizen_id,
                service_id=service.id,
                centre_id=centre.id,
                window=await self._free_window(session, centre, service, start, now),
                start_at=start,
                end_at=start + service.length,
                state="held",
                expires_at=now + HOLD_FOR,
            )
            session.add(row)
            places.take_cells(session, row)
            return Hold(row.id, service.id, centre.id, start, start + service.length, row.expires_at)

        return await transact(self._store, work)

    async def release(self, citizen_id: str) -> None:
        """See `Appointments.release`."""
        async with self._store.write() as session:
            await places.drop_holds(session, AppointmentRow.citizen_id == citizen_id, "released")

    async def book(self, hold_id: str, citizen_id: str, person: Mapping[str, Any]) -> Appointment:
        """See `Appointments.book`. An expired hold is still booked while nobody else wanted the place."""

        async def work(session: AsyncSession) -> Appointment:
            now = self._clock()
            row = await self._locked(session, AppointmentRow.id == hold_id, citizen_id)
            if row.number is not None:
                return self._appointment(row)
            if row.state != "held" or row.start_at <= now:
                raise HoldExpired(await self._alternatives(session, row, now))
            row.number = await next_number(session, "ТЛ", now.astimezone(self._schedule.zone(row.centre_id)).year)
            row.state, row.holder = "booked", None
            row.person_sealed = self._vault.seal(dict(person))
            appointment = self._appointment(row)
            self._reminders.write(session, appointment, now)
            self._record(session, "appointment_booked", row, now)
            return appointment

        return await transact(self._store, work)

    async def move(self, number: str, citizen_id: str, start: datetime) -> Appointment:
        """See `Appointments.move`."""

        async def work(session: AsyncSession) -> Appointment:
            now = self._clock()
            row = await self._locked(session, AppointmentRow.number == canonical_number(number), citizen_id)
            if row.state == "cancelled":
                raise AlreadyCancelled(number)
            if row.start_at - now < self._move_notice:
                raise TooLateToMove(row.start_at.astimezone(self._schedule.zone(row.centre_id)))
            centre, service = self._what(row.service_id, row.centre_id)
            moment = local(start, centre)
            if moment == row.start_at:
                return self._appointment(row)
            await self._refuse_second(session, citizen_id, service, moment, but=row.id)
            await session.execute(delete(CellRow).where(CellRow.appointment_id == row.id))
            row.window = await self._free_window(session, centre, service, moment, now, own=row)
            row.start_at, row.end_at = moment, moment + service.length
            places.take_cells(session, row)
            appointment = self._appointment(row)
            await due.withdraw(session, ref(appointment.number))
            self._reminders.write(session, appointment, now)
            self._record(session, "appointment_moved", row, now)
            return appointment

        return await transact(self._store, work)

    async def cancel(self, number: str, citizen_id: str) -> Appointment:
        """See `Appointments.cancel`."""

        async def work(session: AsyncSession) -> Appointment:
            now = self._clock()
            row = await self._locked(session, AppointmentRow.number == canonical_number(number), citizen_id)
            if row.state == "cancelled":
                return self._appointment(row)
            if row.start_at <= now:
                raise TooLateToMove(row.start_at.astimezone(self._schedule.zone(row.centre_id)))
            row.state = "cancelled"
            await session.execute(delete(CellRow).where(CellRow.appointment_id == row.id))
            await due.withdraw(session, ref(str(row.number)))
            self._record(session, "appointment_cancelled", row, now)
            return self._appointment(row)

        return await transact(self._store, work)

    async def mine(self, citizen_id: str, now: datetime) -> list[Appointment]:
        """See `Appointments.mine`."""
        async with self._store.read() as session:
            rows = await session.scalars(
                select(AppointmentRow)
                .where(
                    AppointmentRow.citizen_id == citizen_id,
                    AppointmentRow.state == "booked",
                    AppointmentRow.end_at > now,
                )
                .order_by(AppointmentRow.start_at, AppointmentRow.number)
            )
            return [self._appointment(row) for row in rows]

    async def find(self, number: str) -> Appointment | None:
        """See `Appointments.find`."""
        async with self._store.read() as session:
            row = await session.scalar(select(AppointmentRow).where(AppointmentRow.number == canonical_number(number)))
            return None if row is None else self._appointment(row)

    def _what(self, service_id: str, centre_id: str) -> tuple[Centre, BookedService]:
        centre = self._schedule.centre(centre_id)
        return centre, self._schedule.service(service_id, centre)

    async def _locked(self, session: AsyncSession, which: ColumnElement[bool], citizen_id: str) -> AppointmentRow:
        row = await session.scalar(select(AppointmentRow).where(which).with_for_update())
        if row is None:
            raise NoSuchAppointment()
        if row.citizen_id != citizen_id:
            raise NotYours()
        return row

    async def _free_window(
        self,
        session: AsyncSession,
        centre: Centre,
        service: BookedService,
        start: datetime,
        now: datetime,
        own: AppointmentRow | None = None,
    ) -> int:
        """A window that can be taken at `start`; `own` is a booking being moved, whose old place does not count."""
        if start <= now:
            raise PastMoment()
        last = now.astimezone(centre.timezone).date() + self._horizon
        if start.date() > last:
            raise TooFarAhead(last)

        async def near() -> list[Slot]:
            return await places.alternatives(session, self._schedule, centre, service, start, now)

        if reason := self._schedule.open_hours(centre, start.date()).closed_reason:
            raise CentreClosed(reason, await near())
        if start not in self._schedule.starts(centre, service, start.date()):
            raise NotASlot(await near())
        expired = and_(AppointmentRow.centre_id == centre.id, AppointmentRow.expires_at <= now)
        await places.drop_holds(session, expired, "expired")
        taken = await places.read_taken(session, centre, start.date(), start.date(), now, but=own)
        windows = taken.free_windows(start, service)
        if not windows:
            raise SlotTaken(await near())
        # Rivals for the last places should not all try the same window.
        return random.choice(windows)

    async def _refuse_second(
        self, session: AsyncSession, citizen_id: str, service: BookedService, start: datetime, but: str = ""
    ) -> None:
        row = await session.scalar(
            select(AppointmentRow).where(
                AppointmentRow.citizen_id == citizen_id,
                AppointmentRow.service_id == service.id,
                AppointmentRow.state == "booked",
                AppointmentRow.start_at < start + service.length,
                AppointmentRow.end_at > start,
                AppointmentRow.id != but,
            )
        )
        if row is not None:
            raise AlreadyBooked(self._appointment(row))

    async def _alternatives(self, session: AsyncSession, row: AppointmentRow, now: datetime) -> list[Slot]:
        centre, service = self._what(row.service_id, row.centre_id)
        return await places.alternatives(session, self._schedule, centre, service, row.start_at, now)

    def _appointment(self, row: AppointmentRow) -> Appointment:
        zone = self._schedule.zone(row.centre_id)
        return Appointment(
            number=str(row.number),
            citizen_id=row.citizen_id,
            service_id=row.service_id,
            centre_id=row.centre_id,
            start=row.start_at.astimezone(zone),
            end=row.end_at.astimezone(zone),
            state="cancelled" if row.state == "cancelled" else "booked",
            window=row.window,
            person=self._vault.open(row.person_sealed) if row.person_sealed else {},
        )

    @staticmethod
    def _record(session: AsyncSession, name: str, row: AppointmentRow, now: datetime) -> None:
        what = {"number": row.number, "service_id": row.service_id, "centre_id": row.centre_id}
        events.record(session, name, now, citizen_id=row.citizen_id, start=row.start_at.isoformat(), **what)
