"""Fifty citizens want the last places at once: nobody is booked twice, nobody is lost, on either database."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bot.services.appointments import Appointment, SlotTaken
from bot.services.appointments.sql import SqlAppointments
from bot.services.appointments.tables import AppointmentRow, CellRow
from bot.store import Store

START = datetime(2026, 11, 17, 9, 0, tzinfo=ZoneInfo("Europe/Moscow"))


async def wish(appointments: SqlAppointments, citizen: str, start: datetime, service: str = "passport") -> str:
    try:
        hold = await appointments.hold(citizen, service, "lenina", start)
    except SlotTaken:
        return ""
    return (await appointments.book(hold.id, citizen, {"name": citizen})).number


async def test_fifty_bookings_of_five_places(appointments: SqlAppointments, store: Store) -> None:
    numbers = await asyncio.gather(*(wish(appointments, f"citizen-{i}", START) for i in range(50)))
    won = [number for number in numbers if number]
    assert sorted(won) == [f"ТЛ-2026-{i:06d}" for i in range(1, 6)]
    assert all(slot.start != START for slot in await appointments.times("passport", "lenina", date(2026, 11, 17)))
    async with store.read() as session:
        windows = (await session.scalars(select(AppointmentRow.window).where(AppointmentRow.state == "booked"))).all()
        taken = await session.scalar(select(func.count()).select_from(CellRow))
    assert sorted(windows) == [1, 2, 3, 4, 5]
    assert taken == 15


async def test_fifty_bookings_of_overlapping_lengths(appointments: SqlAppointments, store: Store) -> None:
    land = START.replace(minute=20)
    wishes = [wish(appointments, f"p{i}", START.replace(minute=30)) for i in range(25)]
    wishes += [wish(appointments, f"l{i}", land, "land") for i in range(25)]
    won = [number for number in await asyncio.gather(*wishes) if number]
    assert len(won) == 5
    async with store.read() as session:
        rows = (await session.scalars(select(AppointmentRow.window).where(AppointmentRow.state == "booked"))).all()
    assert max(Counter(rows).values()) == 1


async def test_fifty_moves_to_the_last_places(appointments: SqlAppointments) -> None:
    async def move(number: str, citizen: str) -> Appointment | None:
        try:
            return await appointments.move(number, citizen, START)
        except SlotTaken:
            return None

    starts = [START.replace(hour=13 + i // 20, minute=i // 5 % 4 * 15) for i in range(50)]
    numbers = [await wish(appointments, f"citizen-{i}", start) for i, start in enumerate(starts)]
    moved = await asyncio.gather(*(move(number, f"citizen-{i}") for i, number in enumerate(numbers)))
    assert sum(appointment is not None for appointment in moved) == 5
    for i, number in enumerate(numbers):
        found = await appointments.find(number)
        assert found is not None
        assert found.start == (START if moved[i] else starts[i])


async def test_one_hold_confirmed_from_ten_devices_is_one_appointment(appointments: SqlAppointments) -> None:
    hold = await appointments.hold("anna", "passport", "lenina", START)
    numbers = await asyncio.gather(*(appointments.book(hold.id, "anna", {}) for _ in range(10)))
    assert {appointment.number for appointment in numbers} == {"ТЛ-2026-000001"}


async def test_one_citizen_holding_from_ten_devices_holds_one_place(
    appointments: SqlAppointments, store: Store
) -> None:
    await asyncio.gather(*(appointments.hold("anna", "passport", "lenina", START) for _ in range(10)))
    async with store.read() as session:
        held = await session.scalar(
            select(func.count()).select_from(AppointmentRow).where(AppointmentRow.state == "held")
        )
    assert held == 1


async def test_the_database_itself_refuses_a_taken_window(appointments: SqlAppointments, store: Store) -> None:
    hold = await appointments.hold("anna", "passport", "lenina", START)
    async with store.read() as session:
        row = await session.get_one(AppointmentRow, hold.id)
    with pytest.raises(IntegrityError):
        async with store.write() as session:
            session.add(CellRow(centre_id="lenina", start_at=START, window=row.window, appointment_id=hold.id))
