"""Appointments, applications and consents of an agency over real HTTP: the contract of docs/services-http.md."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.services.applications import Locked, NoSuchApplication, NotFoundOrWrongProof, NotOverdue, Proof
from bot.services.applications.http import HttpApplications
from bot.services.applications.wording import Wording
from bot.services.appointments import (
    AlreadyBooked,
    AlreadyCancelled,
    Appointments,
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
from bot.services.appointments.http import HttpAppointments
from bot.services.appointments.reminders import Reminders
from bot.services.appointments.schedule import Schedule
from bot.services.consents import Consents
from bot.services.consents.http import HttpConsents
from bot.services.consents.texts import Texts
from bot.services.errors import ServiceUnavailable
from bot.services.http_client import ServiceHttp
from bot.store import Store, Vault
from tests.services.agency import Agency, Answer, running
from tests.services.conftest import CONTENT, REMINDERS, Clock, due_texts, event_names

MOSCOW = ZoneInfo("Europe/Moscow")
START = datetime(2026, 11, 18, 9, 0, tzinfo=MOSCOW)
APPOINTMENT = {
    "number": "ТЛ-2026-000077",
    "citizen_id": "anna",
    "service_id": "passport",
    "centre_id": "lenina",
    "start": "2026-11-18T09:00:00+03:00",
    "end": "2026-11-18T09:15:00+03:00",
    "state": "booked",
    "window": 4,
}
APPLICATION = {
    "number": "2/2/134660",
    "service_id": "passport",
    "state": "approved",
    "stage_text": "Передано на выдачу",
    "filed_on": "2026-11-02",
    "due_on": "2026-11-20",
    "decided_on": "2026-11-13",
    "history": [{"at": "2026-11-02T10:00:00+03:00", "state": "accepted"}],
}
CONSENT = {
    "id": 1,
    "citizen_id": "anna",
    "purpose": "notifications",
    "scope": None,
    "given": True,
    "text_version": "2026-11-01",
    "at": "2026-11-16T11:00:00+03:00",
    "channel": "vk",
}


@pytest.fixture
async def agency() -> AsyncIterator[Agency]:
    async with running() as agency:
        yield agency


@pytest.fixture
async def http(agency: Agency) -> AsyncIterator[ServiceHttp]:
    async with ServiceHttp("agency", agency.url, timeout=0.3, deadline=1.0, attempts=2, pause=0.01) as http:
        yield http


@pytest.fixture
def remote_appointments(http: ServiceHttp, store: Store, clock: Clock, schedule: Schedule) -> HttpAppointments:
    return HttpAppointments(http, store, clock, schedule, Reminders(REMINDERS, schedule))


@pytest.fixture
def remote_applications(
    http: ServiceHttp, store: Store, vault: Vault, clock: Clock, wording: Wording
) -> HttpApplications:
    return HttpApplications(http, store, vault, clock, wording, MOSCOW)


@pytest.fixture
def remote_consents(http: ServiceHttp, store: Store, clock: Clock) -> HttpConsents:
    return HttpConsents(http, store, clock, Texts(yaml.safe_load((CONTENT / "consents.yml").read_text("utf-8"))))


def test_the_providers_keep_the_interfaces(remote_appointments: Appointments, remote_consents: Consents) -> None:
    """Checked by mypy: the fixtures fit the protocols."""


async def test_days_and_times(remote_appointments: HttpAppointments, agency: Agency) -> None:
    agency.will(
        Answer(
            {
                "days": [
                    {"date": "2026-11-18", "free": 3},
                    {"date": "2026-11-22", "free": 0, "closed_reason": "выходной"},
                ]
            }
        )
    )
    days = await remote_appointments.days("passport", "lenina", date(2026, 11, 18), 5)
    assert [(d.date.day, d.free, d.closed_reason) for d in days] == [(18, 3, None), (22, 0, "выходной")]
    assert agency.calls[0].params == {
        "service_id": "passport",
        "centre_id": "lenina",
        "start": "2026-11-18",
        "limit": "5",
    }
    agency.will(Answer({"times": [{"start": "2026-11-18T09:00:00+03:00", "free": 2}]}))
    assert (await remote_appointments.times("passport", "lenina", date(2026, 11, 18)))[0].start == START


async def test_booking_moving_and_cancelling_with_our_reminders(
    remote_appointments: HttpAppointments, agency: Agency, store: Store, clock: Clock
) -> None:
    hold = {"id": "h1", "start": APPOINTMENT["start"], "end": APPOINTMENT["end"], "expires_at": "2026-11-16T08:05:00Z"}
    agency.will(Answer(hold))
    assert (await remote_appointments.hold("anna", "passport", "lenina", START)).id == "h1"
    agency.will(Answer(status=503), Answer(APPOINTMENT))
    booked = await remote_appointments.book("h1", "anna", {"name": "Анна"})
    assert (booked.number, booked.window, booked.start) == ("ТЛ-2026-000077", 4, START)
    assert [call.key for call in agency.calls] == ["book%3Ah1"] * 2
    assert len(await due_texts(store)) == 2
    agency.will(Answer(APPOINTMENT))
    await remote_appointments.book("h1", "anna", {})
    assert len(await due_texts(store)) == 2
    moved = {**APPOINTMENT, "start": "2026-11-19T10:00:00+03:00", "end": "2026-11-19T10:15:00+03:00"}
    agency.will(Answer(APPOINTMENT), Answer(moved))
    await remote_appointments.move("тл 2026 77", "anna", START)
    assert agency.calls[-1].body["number"] == "ТЛ-2026-000077"
    assert all("10:00" in text for text in await due_texts(store))
    agency.will(Answer({**moved, "state": "cancelled"}))
    assert (await remote_appointments.cancel("ТЛ-2026-000077", "anna")).state == "cancelled"
    assert await due_texts(store) == []
    agency.will(Answer({"appointments": [moved, {**APPOINTMENT, "number": "x", "state": "cancelled"}]}))
    assert [a.start.day for a in await remote_appointments.mine("anna", clock())] == [19]
    assert (await event_names(store))[-2:] == ["appointment_moved", "appointment_cancelled"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": "slot_taken", "alternatives": [{"start": "2026-11-18T09:15:00+03:00", "free": 1}]}, SlotTaken),
        ({"code": "not_a_slot"}, NotASlot),
        ({"code": "hold_expired"}, HoldExpired),
        ({"code": "centre_closed", "reason": "санитарный день"}, CentreClosed),
        ({"code": "too_far_ahead", "last": "2026-12-16"}, TooFarAhead),
        ({"code": "past_moment"}, PastMoment),
        ({"code": "no_such_centre"}, NoSuchCentre),
        ({"code": "not_served_here"}, NotServedHere),
        ({"code": "no_such_appointment"}, NoSuchAppointment),
        ({"code": "not_yours"}, NotYours),
        ({"code": "already_cancelled"}, AlreadyCancelled),
        ({"code": "too_late", "start": "2026-11-18T09:15:00+03:00"}, TooLateToMove),
        ({"code": "already_booked", "appointment": APPOINTMENT}, AlreadyBooked),
        ({"code": "coffee_break"}, ServiceUnavailable),
        ({"code": "too_late"}, ServiceUnavailable),
        ({}, ServiceUnavailable),
    ],
)
async def test_every_refusal_has_its_name(
    remote_appointments: HttpAppointments, agency: Agency, error: dict[str, Any], expected: type[Exception]
) -> None:
    agency.will(Answer({"error": error}, status=409))
    with pytest.raises(expected) as refused:
        await remote_appointments.hold("anna", "passport", "lenina", START)
    assert type(refused.value) is expected
    assert len(agency.calls) == 1


async def test_an_unknown_appointment_is_none(remote_appointments: HttpAppointments, agency: Agency) -> None:
    agency.will(Answer({"error": {"code": "no_such_appointment"}}, status=404))
    assert await remote_appointments.find("ТЛ-2026-1") is None


async def test_a_status_is_told_in_our_words(
    remote_applications: HttpApplications, agency: Agency, store: Store
) -> None:
    agency.will(Answer(APPLICATION))
    shown = await remote_applications.status("2 / 2 / 134660", Proof("surname", "Смирнова"), "anna")
    assert (shown.state_title, shown.come, shown.by_when) == ("Одобрено", "yes", date(2026, 12, 13))
    assert shown.history[0].state_title == "Принято"
    assert agency.calls[0].params == {}
    assert agency.calls[0].body["number"] == "2/2/134660"
    assert await event_names(store) == ["status_shown"]


async def test_five_wrong_proofs_lock_on_our_side_too(
    remote_applications: HttpApplications, agency: Agency, clock: Clock
) -> None:
    agency.will(Answer({"error": {"code": "not_found_or_wrong_proof"}}, status=404))
    for i in range(5):
        with pytest.raises(Locked if i == 4 else NotFoundOrWrongProof):
            await remote_applications.status("2/2/134660", Proof("surname", "Иванова"), "eve")
    with pytest.raises(Locked):
        await remote_applications.status("2/2/134660", Proof("surname", "Смирнова"), "anna")
    assert len(agency.calls) == 5
    clock.forward(minutes=16)
    agency.will(Answer({"error": {"code": "locked", "until": "2026-11-16T09:00:00+00:00"}}, status=423))
    with pytest.raises(Locked) as locked:
        await remote_applications.status("2/2/134660", Proof("surname", "Смирнова"), "anna")
    assert locked.value.until == datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


async def test_an_outage_is_not_a_wrong_proof(remote_applications: HttpApplications, agency: Agency) -> None:
    agency.will(Answer(status=500))
    for _ in range(6):
        with pytest.raises(ServiceUnavailable):
            await remote_applications.status("2/2/134660", Proof("surname", "Смирнова"), "anna")


async def test_registering_listing_and_inquiring(
    remote_applications: HttpApplications, agency: Agency, store: Store
) -> None:
    agency.will(Answer(cut=True), Answer({"number": "ЗЯ-2026-000500"}))
    number = await remote_applications.register(
        "anna",
        "social_aid",
        {"income": 1},
        service_id="social_aid",
        proofs={"surname": "Смирнова"},
        key="social_aid:d1",
    )
    assert number == "ЗЯ-2026-000500"
    assert {call.key for call in agency.calls} == {"social_aid%3Ad1"}
    agency.will(Answer({"applications": [APPLICATION]}))
    assert [shown.number for shown in await remote_applications.mine("anna")] == ["2/2/134660"]
    agency.will(Answer({"number": "ЗП-1", "application_number": "2/2/134660", "due_on": "2026-11-20"}))
    assert (await remote_applications.file_inquiry("2/2/134660", "anna")).due_on == date(2026, 11, 20)
    agency.will(Answer({"error": {"code": "not_overdue", "due_on": "2026-11-20"}}, status=409))
    with pytest.raises(NotOverdue):
        await remote_applications.file_inquiry("2/2/134660", "anna")
    agency.will(Answer({"error": {"code": "no_such_application"}}, status=404))
    with pytest.raises(NoSuchApplication):
        await remote_applications.set_state("2/2/1", "approved")
    assert await event_names(store) == ["application_registered", "inquiry_filed"]


async def test_consents_of_a_registry(remote_consents: HttpConsents, agency: Agency, store: Store) -> None:
    agency.will(Answer(CONSENT))
    given = await remote_consents.give("anna", "notifications", channel="vk", ip="10.0.0.1", proof={"tick": True})
    assert given.given
    assert agency.calls[0].body["text_version"] == "2026-11-22"
    agency.will(Answer({"history": [CONSENT]}))
    assert await remote_consents.has("anna", "notifications")
    assert not await remote_consents.has("anna", "personal_data")
    agency.will(Answer({"consents": [CONSENT]}))
    assert len(await remote_consents.withdraw("anna", "notifications", channel="vk")) == 1
    agency.will(Answer({"history": [CONSENT, {**CONSENT, "id": 2, "given": False}]}))
    assert await remote_consents.active("anna") == []
    agency.will(Answer({"number": "УД-1", "requested_on": "2026-11-16", "due_on": "2026-11-30"}))
    request = await remote_consents.request_deletion("anna", channel="vk")
    assert request.number == "УД-1" and "30 ноября 2026 года" in request.explanation
    assert await event_names(store) == ["consent_given", "consent_withdrawn", "deletion_requested"]


Calling = Callable[[HttpAppointments, HttpApplications, HttpConsents], Awaitable[Any]]
CALLS: dict[str, Calling] = {
    "days": lambda a, _b, _c: a.days("passport", "lenina", date(2026, 11, 18), 5),
    "times": lambda a, _b, _c: a.times("passport", "lenina", date(2026, 11, 18)),
    "hold": lambda a, _b, _c: a.hold("anna", "passport", "lenina", START),
    "book": lambda a, _b, _c: a.book("h1", "anna", {}),
    "move": lambda a, _b, _c: a.move("ТЛ-2026-000077", "anna", START),
    "cancel": lambda a, _b, _c: a.cancel("ТЛ-2026-000077", "anna"),
    "mine": lambda a, _b, _c: a.mine("anna", START),
    "find": lambda a, _b, _c: a.find("ТЛ-2026-000077"),
    "status": lambda _a, b, _c: b.status("2/2/134660", Proof("surname", "Смирнова"), "anna"),
    "my_applications": lambda _a, b, _c: b.mine("anna"),
    "register": lambda _a, b, _c: b.register("anna", "f", {}, service_id="s", proofs={}),
    "set_state": lambda _a, b, _c: b.set_state("2/2/134660", "approved"),
    "file_inquiry": lambda _a, b, _c: b.file_inquiry("2/2/134660", "anna"),
    "give": lambda _a, _b, c: c.give("anna", "notifications", channel="vk"),
    "withdraw": lambda _a, _b, c: c.withdraw("anna", "notifications", channel="vk"),
    "history": lambda _a, _b, c: c.history("anna"),
    "has": lambda _a, _b, c: c.has("anna", "notifications"),
    "request_deletion": lambda _a, _b, c: c.request_deletion("anna", channel="vk"),
}
NONSENSE = [
    Answer(raw="<html>Ведутся работы</html>"),
    Answer({"days": [{}], "times": [1], "appointments": "x", "applications": [[]], "history": [{}], "consents": 5}),
    Answer({**APPOINTMENT, **APPLICATION, "start": "завтра", "state": "lost", "id": {}, "number": "1"}),
    Answer({"error": {"code": "teapot"}}, status=418),
]


@pytest.mark.parametrize("name", list(CALLS))
async def test_nonsense_of_any_kind_is_unavailable(
    name: str,
    agency: Agency,
    remote_appointments: HttpAppointments,
    remote_applications: HttpApplications,
    remote_consents: HttpConsents,
) -> None:
    for nonsense in NONSENSE:
        if name == "register" and isinstance(nonsense.body, dict) and "number" in nonsense.body:
            continue
        agency.will(nonsense)
        with pytest.raises(ServiceUnavailable):
            await CALLS[name](remote_appointments, remote_applications, remote_consents)
