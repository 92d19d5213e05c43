"""Booking in the embedded database: what is free, holding, booking, moving, cancelling, reminders."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.services.appointments import (
    AlreadyBooked,
    AlreadyCancelled,
    Appointment,
    CentreClosed,
    HoldExpired,
    NoSuchAppointment,
    NoSuchCentre,
    NotASlot,
    NotServedHere,
    NotYours,
    PastMoment,
    SlotTaken,
    TooFarAhead,
    TooLateToMove,
)
from bot.services.appointments.sql import SqlAppointments
from bot.store import Store
from tests.services.conftest import Clock, due_texts, event_names

MOSCOW = ZoneInfo("Europe/Moscow")
TUESDAY = date(2026, 11, 17)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)


NINE = at(TUESDAY, 9)


async def booked(
    appointments: SqlAppointments, citizen: str = "anna", start: datetime = NINE, service: str = "passport"
) -> Appointment:
    hold = await appointments.hold(citizen, service, "lenina", start)
    return await appointments.book(hold.id, citizen, {"name": "Анна Смирнова"})


async def test_days_count_places_and_say_why_a_day_is_closed(appointments: SqlAppointments) -> None:
    days = await appointments.days("passport", "lenina", TUESDAY, 6)
    assert [day.date.day for day in days] == [17, 18, 19, 20, 21, 22]
    assert [day.free for day in days] == [160, 160, 20, 0, 0, 0]
    assert [day.closed_reason for day in days] == [None, None, None, "центр закрыт", "выходной день", "выходной день"]


async def test_days_end_at_the_horizon_and_begin_today(appointments: SqlAppointments) -> None:
    days = await appointments.days("passport", "lenina", date(2020, 1, 1), 500)
    assert days[0].date == date(2026, 11, 16)
    assert days[-1].date == date(2026, 12, 16)
    assert await appointments.days("passport", "lenina", date(2027, 6, 1), 5) == []


async def test_times_skip_the_break_and_what_has_passed(appointments: SqlAppointments, clock: Clock) -> None:
    today = clock().date()
    times = await appointments.times("passport", "lenina", today)
    assert times[0].start == at(today, 11, 15)
    assert [slot.start.hour for slot in times].count(12) == 0
    assert times[0].free == 5
    assert times[0].start.utcoffset() == timedelta(hours=3)


async def test_times_of_a_closed_day_name_the_reason_and_near_moments(appointments: SqlAppointments) -> None:
    with pytest.raises(CentreClosed) as closed:
        await appointments.times("passport", "lenina", date(2026, 11, 21))
    assert closed.value.reason == "выходной день"
    assert closed.value.alternatives[0].start.date() == date(2026, 11, 23)


async def test_a_centre_in_another_time_zone_keeps_its_own_clock(appointments: SqlAppointments, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # Saturday 08:30 in Vladivostok.
    times = await appointments.times("passport", "east", date(2026, 11, 21))
    assert [slot.start.strftime("%H:%M %z") for slot in times][:2] == ["09:00 +1000", "09:15 +1000"]


async def test_a_visit_of_another_length_takes_its_whole_time(appointments: SqlAppointments, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    saturday = datetime(2026, 11, 21, 9, 0, tzinfo=ZoneInfo("Asia/Vladivostok"))
    await appointments.hold("anna", "land", "east", saturday)
    times = await appointments.times("passport", "east", saturday.date())
    assert [slot.start.minute for slot in times] == [45]


async def test_a_booking_gets_a_number_and_two_reminders(appointments: SqlAppointments, store: Store) -> None:
    appointment = await booked(appointments, start=at(date(2026, 11, 18), 9))
    assert appointment.number == "ТЛ-2026-000001"
    assert appointment.person == {"name": "Анна Смирнова"}
    assert await due_texts(store) == [
        "Завтра, 18 ноября, среда, в 9:00: Паспорт, Центр на Ленина, улица Ленина, 1, ТЛ-2026-000001",
        "Через два часа, в 9:00: ТЛ-2026-000001",
    ]
    assert await event_names(store) == ["appointment_booked"]
    assert "Смирнова" not in repr(appointment)


async def test_a_reminder_whose_time_has_passed_is_not_written(appointments: SqlAppointments, store: Store) -> None:
    await booked(appointments, start=at(date(2026, 11, 16), 16))
    assert await due_texts(store) == ["Через два часа, в 16:00: ТЛ-2026-000001"]


async def test_booking_the_same_hold_twice_is_one_appointment(appointments: SqlAppointments, store: Store) -> None:
    hold = await appointments.hold("anna", "passport", "lenina", at(TUESDAY, 9))
    first = await appointments.book(hold.id, "anna", {})
    assert await appointments.book(hold.id, "anna", {}) == first
    assert len(await appointments.mine("anna", datetime.now(UTC) - timedelta(days=9999))) == 1
    assert await event_names(store) == ["appointment_booked"]


async def test_a_new_hold_gives_the_old_place_back(appointments: SqlAppointments) -> None:
    old = await appointments.hold("anna", "passport", "lenina", at(TUESDAY, 9))
    await appointments.hold("anna", "passport", "lenina", at(TUESDAY, 10))
    free = {slot.start: slot.free for slot in await appointments.times("passport", "lenina", TUESDAY)}
    assert (free[at(TUESDAY, 9)], free[at(TUESDAY, 10)]) == (5, 4)
    with pytest.raises(HoldExpired):
        await appointments.book(old.id, "anna", {})


async def test_a_refused_hold_leaves_the_old_one(appointments: SqlAppointments) -> None:
    old = await appointments.hold("anna", "passport", "lenina", at(TUESDAY, 9))
    with pytest.raises(NotASlot):
        await appointments.hold("anna", "passport", "lenina", at(TUESDAY, 10, 7))
    assert (await appointments.book(old.id, "anna", {})).start == at(TUESDAY, 9)


async def test_release_gives_the_place_back(appointments: SqlAppointments) -> None:
    await appointments.hold("anna", "passport", "lenina", at(TUESDAY, 9))
    await appointments.release("anna")
    assert (await appointments.times("passport", "lenina", TUESDAY))[4].free == 5


async def test_a_taken_moment_offers_the_nearest(appointments: SqlAppointments) -> None:
    for citizen in "abcde":
        await booked(appointments, citizen)
    with pytest.raises(SlotTaken) as taken:
        await appointments.hold("anna", "passport", "lenina", at(TUESDAY, 9))
    assert [slot.start.strftime("%H:%M") for slot in taken.value.alternatives] == ["08:30", "08:45", "09:15"]


async def test_an_expired_hold_goes_to_the_next_citizen(appointments: SqlAppointments, clock: Clock) -> None:
    holds = [await appointments.hold(c, "passport", "lenina", at(TUESDAY, 9)) for c in "abcde"]
    clock.forward(minutes=6)
    await booked(appointments, "anna")
    for citizen in "bcde":
        await booked(appointments, citizen + "2")
    with pytest.raises(HoldExpired) as expired:
        await appointments.book(holds[0].id, "a", {})
    assert expired.value.alternatives


async def test_an_expired_hold_nobody_wanted_is_still_booked(appointments: SqlAppointments, clock: Clock) -> None:
    hold = await appointments.hold("anna", "passport", "lenina", at(TUESDAY, 9))
    clock.forward(minutes=20)
    assert (await appointments.book(hold.id, "anna", {})).number


async def test_moving_keeps_the_number_and_moves_the_reminders(appointments: SqlAppointments, store: Store) -> None:
    old = await booked(appointments)
    new = await appointments.move(old.number.lower().replace("-", " "), "anna", at(date(2026, 11, 18), 10))
    assert (new.number, new.start) == (old.number, at(date(2026, 11, 18), 10))
    assert [text.split(":")[0] for text in await due_texts(store)] == [
        "Завтра, 18 ноября, среда, в 10",
        "Через два часа, в 10",
    ]
    assert (await appointments.times("passport", "lenina", TUESDAY))[4].free == 5
    assert await event_names(store) == ["appointment_booked", "appointment_moved"]


async def test_moving_into_the_own_place_works_when_all_else_is_full(
    appointments: SqlAppointments, clock: Clock
) -> None:
    clock.now = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    east = ZoneInfo("Asia/Vladivostok")
    hold = await appointments.hold("anna", "land", "east", datetime(2026, 11, 21, 9, 0, tzinfo=east))
    number = (await appointments.book(hold.id, "anna", {})).number
    with pytest.raises(NotASlot):
        await appointments.move(number, "anna", datetime(2026, 11, 21, 9, 20, tzinfo=east))
    same = await appointments.move(number, "anna", datetime(2026, 11, 21, 9, 0, tzinfo=east))
    assert same.start.hour == 9


async def test_a_refused_move_leaves_everything(appointments: SqlAppointments, store: Store) -> None:
    old = await booked(appointments)
    with pytest.raises(CentreClosed):
        await appointments.move(old.number, "anna", at(date(2026, 11, 21), 9))
    assert await appointments.find(old.number) == old
    assert len(await due_texts(store)) == 1


async def test_cancelling_frees_the_place_withdraws_reminders_and_counts_once(
    appointments: SqlAppointments, store: Store
) -> None:
    number = (await booked(appointments)).number
    assert (await appointments.cancel(number, "anna")).state == "cancelled"
    assert (await appointments.cancel(number, "anna")).state == "cancelled"
    assert await due_texts(store) == []
    assert (await appointments.times("passport", "lenina", TUESDAY))[4].free == 5
    assert await event_names(store) == ["appointment_booked", "appointment_cancelled"]
    with pytest.raises(AlreadyCancelled):
        await appointments.move(number, "anna", at(TUESDAY, 10))


async def test_someone_elses_appointment_is_refused(appointments: SqlAppointments) -> None:
    number = (await booked(appointments)).number
    hold = await appointments.hold("boris", "passport", "lenina", at(TUESDAY, 11))
    with pytest.raises(NotYours):
        await appointments.cancel(number, "boris")
    with pytest.raises(NotYours):
        await appointments.move(number, "boris", at(TUESDAY, 10))
    with pytest.raises(NotYours):
        await appointments.book(hold.id, "anna", {})
    with pytest.raises(NoSuchAppointment):
        await appointments.cancel("ТЛ-2026-999999", "anna")


async def test_too_late_to_move_or_cancel(appointments: SqlAppointments, clock: Clock) -> None:
    number = (await booked(appointments, start=at(date(2026, 11, 16), 14))).number
    clock.now = at(date(2026, 11, 16), 13, 45).astimezone(UTC)
    with pytest.raises(TooLateToMove):
        await appointments.move(number, "anna", at(TUESDAY, 9))
    clock.forward(minutes=20)
    with pytest.raises(TooLateToMove):
        await appointments.cancel(number, "anna")


@pytest.mark.parametrize(
    ("service", "centre", "start", "error"),
    [
        ("passport", "lenina", at(date(2026, 11, 16), 10), PastMoment),
        ("passport", "lenina", at(date(2027, 3, 1), 10), TooFarAhead),
        ("passport", "lenina", at(TUESDAY, 12, 15), NotASlot),
        ("passport", "lenina", at(TUESDAY, 3), NotASlot),
        ("passport", "lenina", at(date(2026, 11, 20), 10), CentreClosed),
        ("passport", "moon", at(TUESDAY, 10), NoSuchCentre),
        ("online", "lenina", at(TUESDAY, 10), NotServedHere),
        ("tea", "lenina", at(TUESDAY, 10), NotServedHere),
    ],
)
async def test_an_impossible_moment_is_named(
    appointments: SqlAppointments, service: str, centre: str, start: datetime, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await appointments.hold("anna", service, centre, start)


async def test_the_same_service_twice_at_one_time_is_refused(appointments: SqlAppointments) -> None:
    first = await booked(appointments)
    with pytest.raises(AlreadyBooked) as already:
        await appointments.hold("anna", "passport", "lenina", at(TUESDAY, 9))
    assert already.value.appointment == first


async def test_mine_lists_what_lies_ahead(appointments: SqlAppointments, clock: Clock) -> None:
    later = await booked(appointments, start=at(TUESDAY, 15))
    sooner = await booked(appointments, start=at(TUESDAY, 9))
    cancelled = await booked(appointments, start=at(TUESDAY, 10))
    await appointments.cancel(cancelled.number, "anna")
    assert await appointments.mine("anna", clock()) == [sooner, later]
    assert await appointments.mine("anna", at(TUESDAY, 12)) == [later]
    assert await appointments.mine("boris", clock()) == []


async def test_a_number_is_found_in_any_spelling(appointments: SqlAppointments) -> None:
    appointment = await booked(appointments)
    assert await appointments.find("тл 2026 1") == appointment
    assert await appointments.find("TЛ-2026-000001") == appointment
    assert await appointments.find("'; DROP TABLE appointments;--") is None
