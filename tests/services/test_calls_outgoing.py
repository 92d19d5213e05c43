"""The robot rings up only whom it may, by day, once at a time, and no more often than the schedule says."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import select

from bot.services.appointments.sql import SqlAppointments
from bot.services.calls.hours import CallingHours
from bot.services.calls.lines import Lines, load_lines
from bot.services.calls.outgoing import OutgoingCalls
from bot.services.calls.planned import BadPlan, NoConsent, OutgoingCall, Standing
from bot.services.calls.registry import Calls
from bot.services.calls.standing import appointment_standing
from bot.services.calls.tables import OutgoingCallRow
from bot.services.consents.sql import SqlConsents
from bot.services.consents.texts import Texts
from bot.services.errors import ServiceUnavailable
from bot.services.production_calendar import ProductionCalendar
from bot.store import Store, Vault
from bot.store.events import EventRow

CONTENT = Path(__file__).parents[2] / "bot" / "content"
MOSCOW = ZoneInfo("Europe/Moscow")
ANNA = "89123456789"


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


@pytest.fixture
def lines() -> Lines:
    return load_lines(CONTENT / "lines.yml", ("crisis", "general", "social", "city", "health", "technical"))


@pytest.fixture
def hours(lines: Lines) -> CallingHours:
    return CallingHours(lines.outgoing, MOSCOW, ProductionCalendar())


@pytest.fixture
def consents(store: Store, vault: Vault, clock: Any) -> SqlConsents:
    return SqlConsents(
        store,
        vault,
        clock,
        Texts(yaml.safe_load((CONTENT / "consents.yml").read_text("utf-8"))),
        ProductionCalendar(),
        MOSCOW,
    )


class Matter:
    """Whoever keeps what a call is about."""

    def __init__(self) -> None:
        self.standing: Standing | None = "holds"
        self.asked: list[str] = []

    async def __call__(self, call: OutgoingCall) -> Standing:
        self.asked.append(call.ref)
        if self.standing is None:
            raise ServiceUnavailable("appointments", "down")
        return self.standing


@pytest.fixture
def matter() -> Matter:
    return Matter()


@pytest.fixture
def outgoing(
    store: Store, vault: Vault, clock: Any, lines: Lines, hours: CallingHours, matter: Matter
) -> OutgoingCalls:
    return OutgoingCalls(store, vault, clock, lines, hours, matter)


@pytest.fixture
async def agreed(consents: SqlConsents) -> None:
    await consents.give("anna", "notifications", channel="widget")


async def plan(outgoing: OutgoingCalls, key: str = "a:24h", **more: Any) -> OutgoingCall:
    facts: dict[str, Any] = {
        "due_at": local(16, 11),
        "ref": "ТЛ-2026-000001",
        "answers": [{"title": "да", "payload": "/affirm"}],
    }
    return await outgoing.plan("anna", ANNA, "reminder", "Завтра вас ждут в 15:30.", key=key, **facts | more)


async def events(store: Store) -> list[tuple[str, str, str]]:
    async with store.read() as session:
        rows = await session.scalars(select(EventRow).where(EventRow.name.like("outgoing_%")).order_by(EventRow.id))
        return [(e.name, e.data.get("state", ""), e.data.get("outcome") or "") for e in rows]


async def test_without_a_consent_nobody_is_called(outgoing: OutgoingCalls, consents: SqlConsents) -> None:
    with pytest.raises(NoConsent) as refused:
        await plan(outgoing)
    assert refused.value.purpose == "notifications"
    await consents.give("anna", "notifications", channel="widget")
    planned = await plan(outgoing)
    assert planned.consent_ref.startswith("consent:") and planned.state == "waiting"


async def test_no_calls_may_be_wished_apart_from_written_news(outgoing: OutgoingCalls, consents: SqlConsents) -> None:
    await consents.give("anna", "notifications", channel="widget")
    await consents.withdraw("anna", "notifications", scope="phone", channel="widget")
    with pytest.raises(NoConsent):
        await plan(outgoing)
    await consents.give("anna", "notifications", scope="phone", channel="phone")
    assert (await plan(outgoing)).state == "waiting"


async def test_a_consent_taken_back_before_the_call_ends_it(
    outgoing: OutgoingCalls, consents: SqlConsents, agreed: None
) -> None:
    planned = await plan(outgoing)
    await consents.withdraw("anna", "notifications", channel="widget")
    assert await outgoing.take_due() == []
    found = await outgoing.get(planned.id)
    assert found is not None and (found.state, found.outcome) == ("cancelled", "no_consent")


async def test_phone_and_text_are_sealed_and_opened(store: Store, outgoing: OutgoingCalls, agreed: None) -> None:
    planned = await plan(outgoing)
    assert (planned.phone, planned.text) == ("+79123456789", "Завтра вас ждут в 15:30.")
    assert "912" not in repr(planned) and "ждут" not in repr(planned)
    async with store.read() as session:
        row = (await session.scalars(select(OutgoingCallRow))).one()
    assert "912345" not in row.phone and "ждут" not in row.text


async def test_the_same_call_is_planned_once(store: Store, outgoing: OutgoingCalls, agreed: None) -> None:
    found = await asyncio.gather(*(plan(outgoing) for _ in range(5)))
    assert len({c.id for c in found}) == 1
    moved = await plan(outgoing, due_at=local(17, 12))
    assert moved.id == found[0].id and moved.next_try_at == local(17, 12)
    assert [name for name, *_ in await events(store)] == ["outgoing_planned"]


@pytest.mark.parametrize(
    "wrong",
    [{"key": ""}, {"until": local(16, 10)}, {"due_at": local(16, 21), "until": local(17, 9)}],
)
async def test_what_cannot_be_planned_is_refused(outgoing: OutgoingCalls, agreed: None, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadPlan):
        await plan(outgoing, **wrong)
    with pytest.raises(BadPlan):
        await outgoing.plan("anna", "112", "reminder", "текст", local(16, 12), key="x")


async def test_each_due_call_is_taken_once(outgoing: OutgoingCalls, agreed: None, clock: Any) -> None:
    for number in range(12):
        await plan(outgoing, f"k{number}", due_at=local(16, 12) + timedelta(minutes=number))
    assert await outgoing.take_due() == []
    clock.now = local(16, 13)
    taken = await asyncio.gather(*(outgoing.take_due(3) for _ in range(6)))
    ids = [c.id for some in taken for c in some]
    assert len(ids) == len(set(ids)) and (await outgoing.take_due(99) != [] or len(ids) == 12)


async def test_two_processes_never_take_the_same(
    store: Store, vault: Vault, clock: Any, lines: Lines, hours: CallingHours, outgoing: OutgoingCalls, agreed: None
) -> None:
    for number in range(10):
        await plan(outgoing, f"k{number}")
    stores = [Store(store.url) for _ in range(3)]
    others = [OutgoingCalls(one, vault, clock, lines, hours) for one in stores]
    taken = [c.id for some in await asyncio.gather(*(o.take_due(5) for o in others for _ in range(3))) for c in some]
    while more := await outgoing.take_due(5):
        taken += [c.id for c in more]
    assert sorted(taken) == sorted(set(taken)) and len(taken) == 10
    for one in stores:
        await one.close()


async def test_a_missed_call_is_tried_by_the_schedule_and_then_given_up(
    store: Store, outgoing: OutgoingCalls, agreed: None, clock: Any
) -> None:
    planned = await plan(outgoing)
    for pause, outcome in ((15, "no_answer"), (120, "busy")):
        [call] = await outgoing.take_due()
        assert await outgoing.outcome(call.id, outcome) == "waiting"  # type: ignore[arg-type]
        clock.forward(minutes=pause - 1)
        assert await outgoing.take_due() == []
        clock.forward(minutes=1)
    [last] = await outgoing.take_due()
    assert last.tries == 3
    assert await outgoing.outcome(planned.id, "no_answer") == "failed"
    clock.forward(days=3)
    assert await outgoing.take_due() == []
    assert await events(store) == [
        ("outgoing_planned", "", ""),
        ("outgoing_missed", "waiting", "no_answer"),
        ("outgoing_missed", "waiting", "busy"),
        ("outgoing_closed", "failed", "no_answer"),
    ]


async def test_an_answered_call_is_done_when_it_was_said(outgoing: OutgoingCalls, agreed: None, clock: Any) -> None:
    await plan(outgoing)
    [call] = await outgoing.take_due()
    assert await outgoing.outcome(call.id, "answered") == "answered"
    assert await outgoing.finished(call.id, "confirmed") == "done"
    # Late news changes nothing.
    assert await outgoing.outcome(call.id, "busy") == "done"
    assert await outgoing.finished(call.id, "broken", heard=False) == "done"
    with pytest.raises(LookupError):
        await outgoing.outcome(999, "busy")


async def test_a_call_that_was_not_heard_is_tried_again(outgoing: OutgoingCalls, agreed: None) -> None:
    await plan(outgoing)
    [call] = await outgoing.take_due()
    await outgoing.outcome(call.id, "answered")
    assert await outgoing.finished(call.id, "broken", heard=False) == "waiting"


async def test_a_retry_that_would_fall_into_the_night_waits_for_the_morning(
    outgoing: OutgoingCalls, agreed: None, clock: Any
) -> None:
    clock.now = local(20, 19, 50)  # a Friday
    await plan(outgoing, due_at=clock.now)
    [call] = await outgoing.take_due()
    await outgoing.outcome(call.id, "no_answer")
    found = await outgoing.get(call.id)
    assert found is not None and found.next_try_at == local(21, 10)  # Saturdays begin later


async def test_a_call_overtaken_by_the_night_is_put_off_without_a_try(
    outgoing: OutgoingCalls, agreed: None, clock: Any
) -> None:
    planned = await plan(outgoing, due_at=local(16, 19, 59))
    clock.now = local(16, 20)
    assert await outgoing.take_due() == []
    found = await outgoing.get(planned.id)
    assert found is not None and (found.next_try_at, found.tries) == (local(17, 9), 0)


async def test_no_call_after_the_matter_is_over(outgoing: OutgoingCalls, agreed: None, clock: Any) -> None:
    planned = await plan(outgoing, until=local(16, 11, 10))
    [call] = await outgoing.take_due()
    assert await outgoing.outcome(call.id, "no_answer") == "expired"
    late = await plan(outgoing, "late", due_at=local(16, 12), until=local(16, 15))
    clock.now = local(16, 15)
    assert await outgoing.take_due() == []
    states = [found.state for i in (planned.id, late.id) if (found := await outgoing.get(i))]
    assert states == ["expired", "expired"]


async def test_the_matter_is_asked_right_before_the_dial(
    outgoing: OutgoingCalls, matter: Matter, agreed: None, clock: Any
) -> None:
    planned = await plan(outgoing)
    matter.standing = None
    assert await outgoing.take_due() == []
    found = await outgoing.get(planned.id)
    assert found is not None and (found.state, found.tries) == ("waiting", 0)
    clock.forward(minutes=5)
    matter.standing = "cancelled"
    assert await outgoing.take_due() == [] and matter.asked == ["ТЛ-2026-000001"] * 2
    found = await outgoing.get(planned.id)
    assert found is not None and (found.state, found.tries) == ("cancelled", 0)
    other = await plan(outgoing, "other", due_at=clock.now)
    matter.standing = "over"
    assert await outgoing.take_due() == []
    found = await outgoing.get(other.id)
    assert found is not None and found.state == "expired"


async def test_a_reminder_follows_its_appointment(
    store: Store,
    vault: Vault,
    lines: Lines,
    hours: CallingHours,
    appointments: SqlAppointments,
    agreed: None,
    clock: Any,
) -> None:
    outgoing = OutgoingCalls(store, vault, clock, lines, hours, appointment_standing(appointments, clock))

    async def visit(hour: int) -> Any:
        hold = await appointments.hold("anna", "passport", "lenina", local(17, hour))
        return await appointments.book(hold.id, "anna", {})

    stays, goes, moves = await visit(9), await visit(10), await visit(11)
    for one in (stays, goes, moves):
        await plan(outgoing, one.number, ref=one.number, until=one.start)
    await appointments.cancel(goes.number, "anna")
    await appointments.move(moves.number, "anna", local(17, 14))
    assert [c.ref for c in await outgoing.take_due()] == [stays.number]
    await plan(outgoing, "gone", ref="ТЛ-2026-999999")
    await plan(outgoing, "other", ref="")
    assert [c.ref for c in await outgoing.take_due()] == [""]


async def test_a_matter_can_be_withdrawn(outgoing: OutgoingCalls, agreed: None) -> None:
    await plan(outgoing, "a", due_at=local(17, 12))
    await plan(outgoing, "b", due_at=local(18, 12))
    assert await outgoing.withdraw("ТЛ-2026-000001") == 2 and await outgoing.withdraw("ТЛ-2026-000001") == 0


async def test_what_a_dead_process_left_is_settled(
    store: Store, vault: Vault, outgoing: OutgoingCalls, lines: Lines, agreed: None, clock: Any
) -> None:
    unheard, talked = await plan(outgoing, "a"), await plan(outgoing, "b")
    calls = Calls(store, vault, clock, lines, 5)
    assert len(await outgoing.take_due()) == 2
    call = await calls.register(ANNA, direction="out", purpose="reminder", outgoing_id=talked.id)
    assert (call.text, call.citizen_id, call.answers) == (talked.text, "anna", talked.answers)
    await calls.begin(call.id)
    assert await outgoing.recover() == 0
    clock.forward(minutes=11)
    assert await outgoing.recover() == 1
    found = await outgoing.get(unheard.id)
    assert found is not None and (found.state, found.outcome) == ("waiting", "broken")
    clock.forward(hours=1)
    assert await outgoing.recover() == 1
    found = await outgoing.get(talked.id)
    assert found is not None and (found.state, found.outcome) == ("done", "unknown")


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        (local(16, 9), local(16, 9)),
        (local(16, 19, 59), local(16, 19, 59)),
        (local(16, 20), local(17, 9)),
        (local(17, 3), local(17, 9)),
        (local(20, 23), local(21, 10)),
        (local(21, 9), local(21, 10)),
        (local(22, 20), local(23, 9)),
        (local(4, 9), local(4, 10)),  # a holiday on a Wednesday
        (datetime(2026, 11, 16, 5, 30, tzinfo=UTC), local(16, 9)),
    ],
)
def test_calls_are_made_by_day_only(hours: CallingHours, moment: datetime, allowed: datetime) -> None:
    assert hours.next_allowed(moment) == allowed
