"""A citizen reaches a human: the queue, the hours, the promised calls."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import select

from bot.services.errors import ContentError, ServiceUnavailable
from bot.services.people.groups import Groups
from bot.services.people.interface import BadPhone, OutsideHours, PastTime
from bot.services.people.queue import OnLine
from bot.services.people.sql import People
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.store import Store, Vault, journal
from bot.store.conversations import ConversationRow
from bot.store.events import EventRow

CONTENT = Path(__file__).parents[2] / "bot" / "content"
MOSCOW = ZoneInfo("Europe/Moscow")
DAY = [["09:00", "13:00"], ["14:00", "18:00"]]
SMALL: dict[str, Any] = {
    "default": "general",
    "crisis": "duty",
    "groups": [
        {"id": "general", "title": "Общая", "topics": [], "hours": {"mon": DAY, "fri": [["20:00", "02:00"]]}},
        {"id": "roads", "title": "Дороги", "topics": ["roads"], "hours": {"mon": [["10:00", "12:00"]]},
         "fallback": "general"},
        {"id": "duty", "title": "Дежурный", "topics": [], "holidays": "open",
         "hours": {d: [["00:00", "24:00"]] for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}},
    ],
}  # fmt: skip


def local(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=MOSCOW)


@pytest.fixture
def groups() -> Groups:
    return Groups(SMALL, MOSCOW)


@pytest.fixture
def people(store: Store, vault: Vault, clock: Any, groups: Groups) -> People:
    return People(store, vault, clock, groups)


async def talk(store: Store, vault: Vault, user: str = "u1") -> ConversationRow:
    async with store.write() as session:
        return await journal.conversation_of(session, vault, "VK", user, datetime(2026, 11, 16, tzinfo=UTC))


async def mode_of(store: Store, conversation: ConversationRow) -> str:
    async with store.read() as session:
        row = await session.get(ConversationRow, conversation.id)
        assert row is not None
        return row.mode


async def queue(people: People, conversation: ConversationRow, **more: Any) -> Any:
    return await people.request_operator(conversation.id, conversation.citizen_id, "asked", **more)


async def test_in_hours_the_conversation_is_queued_at_once(store: Store, vault: Vault, people: People) -> None:
    conversation = await talk(store, vault)
    handover = await queue(people, conversation, topic="passport", summary={"просьба": "перенести запись"})
    assert (handover.state, handover.position, handover.wait_minutes) == ("queued", 1, None)
    assert await mode_of(store, conversation) == "queued"
    async with store.read() as session:
        row = (await session.scalars(select(HandoverRow))).one()
        event = (await session.scalars(select(EventRow).where(EventRow.name == "handed_over"))).one()
    assert "перенести" not in row.summary and vault.open(row.summary) == {"просьба": "перенести запись"}
    assert event.data == {
        "handover": row.id, "group": "general", "reason": "asked", "topic": "passport", "priority": 0,
    }  # fmt: skip


async def test_out_of_hours_the_robot_stays_and_the_opening_is_told(
    store: Store, vault: Vault, people: People, clock: Any
) -> None:
    clock.now = local(16, 22)
    conversation = await talk(store, vault)
    handover = await queue(people, conversation)
    assert handover.state == "out_of_hours" and handover.next_opening == local(20, 20)
    assert await mode_of(store, conversation) == "robot"


async def test_asking_again_keeps_the_place(store: Store, vault: Vault, people: People) -> None:
    first, second = await talk(store, vault, "a"), await talk(store, vault, "b")
    await queue(people, first)
    await queue(people, second)
    again = await queue(people, first, summary={"ещё": 1})
    assert (again.position, again.repeated) == (1, True)
    async with store.read() as session:
        assert len((await session.scalars(select(HandoverRow))).all()) == 2


async def test_a_crisis_goes_first_and_at_any_hour(store: Store, vault: Vault, people: People, clock: Any) -> None:
    clock.now = local(15, 3)
    conversation = await talk(store, vault)
    handover = await queue(people, conversation, topic="roads", priority=100)
    assert (handover.state, handover.group) == ("queued", "duty")


async def test_priority_outranks_the_order_of_coming(store: Store, vault: Vault, people: People) -> None:
    talks = [await talk(store, vault, f"u{i}") for i in range(3)]
    for conversation in talks:
        await queue(people, conversation)
    angry = await talk(store, vault, "angry")
    assert (await queue(people, angry, priority=10)).position == 1
    place = await people.place(talks[2].id)
    assert place is not None and place.position == 4


async def test_whoever_went_back_to_the_robot_is_not_counted(store: Store, vault: Vault, people: People) -> None:
    first, second = await talk(store, vault, "a"), await talk(store, vault, "b")
    await queue(people, first)
    assert await people.leave(first.id) is True
    assert (await queue(people, second)).position == 1
    back = await queue(people, first)
    assert (back.position, back.repeated) == (2, False)


async def test_the_wait_is_guessed_only_from_enough_talks_and_with_somebody_on_line(
    store: Store, vault: Vault, people: People, clock: Any
) -> None:
    async def one_at_once(_group: str) -> OnLine:
        return OnLine(slots=1, free=0)

    for i in range(6):
        conversation = await talk(store, vault, f"past{i}")
        await queue(people, conversation)
        clock.forward(minutes=5)
        await people.taken(conversation.id, "op")
        clock.forward(minutes=8)
        await people.returned(conversation.id)
    clock.forward(minutes=1)
    handover = await queue(people, await talk(store, vault, "new"))
    assert handover.wait_minutes is None
    people.staffed(one_at_once)
    place = await people.place((await talk(store, vault, "new")).id)
    assert place is not None and place.wait_minutes == 10
    async with store.read() as session:
        joined = (await session.scalars(select(EventRow).where(EventRow.name == "operator_joined"))).all()
    assert [e.data["waited_seconds"] for e in joined] == [300] * 6


async def test_a_callers_wait_is_guessed_from_those_taken_in_the_last_hour(
    store: Store, vault: Vault, people: People, clock: Any
) -> None:
    for i in range(6):
        conversation = await talk(store, vault, f"past{i}")
        await queue(people, conversation)
        clock.forward(minutes=5)
        await people.taken(conversation.id, "phone:201")
    async with store.write() as session:
        caller = await journal.conversation_of(session, vault, "phone", "caller", clock())
    clock.forward(minutes=1)
    assert (await queue(people, caller)).wait_minutes == 10


async def test_a_conversation_with_an_operator_is_not_queued_again(store: Store, vault: Vault, people: People) -> None:
    conversation = await talk(store, vault)
    await queue(people, conversation)
    await people.taken(conversation.id, "op")
    assert (await queue(people, conversation)).state == "operator"
    assert await people.leave(conversation.id) is False
    await people.returned(conversation.id)
    assert await mode_of(store, conversation) == "robot"
    assert await people.place(conversation.id) is None


async def test_parallel_wishes_make_one_place(store: Store, vault: Vault, people: People) -> None:
    conversation = await talk(store, vault)
    results = await asyncio.gather(*(queue(people, conversation) for _ in range(8)))
    assert {r.position for r in results} == {1} and sum(not r.repeated for r in results) == 1


async def test_an_unknown_conversation_is_refused(people: People) -> None:
    with pytest.raises(LookupError):
        await people.request_operator("нет", "нет", "asked")


async def test_a_callback_as_soon_as_possible(store: Store, vault: Vault, people: People, clock: Any) -> None:
    clock.now = local(16, 13, 20)
    conversation = await talk(store, vault)
    promised = await people.request_callback(conversation.citizen_id, "8 (912) 345-67-89")
    assert (promised.number, promised.starts_at) == ("ПЗ-2026-000001", local(16, 14))
    async with store.read() as session:
        row = (await session.scalars(select(CallbackRow))).one()
    assert vault.open(row.phone) == "+79123456789" and "912" not in row.phone


async def test_a_callback_within_the_wanted_interval(people: People) -> None:
    promised = await people.request_callback("c", "+79123456789", (local(16, 12), local(16, 15)))
    assert (promised.starts_at, promised.ends_at) == (local(16, 12), local(16, 15))
    again = await people.request_callback("c", "+79123456789", (local(16, 12), local(16, 15)))
    assert again.number == promised.number


@pytest.mark.parametrize("phone", ["", "привет", "123", "+7000", "8-912"])
async def test_a_phone_that_cannot_be_called_is_refused(people: People, phone: str) -> None:
    with pytest.raises(BadPhone):
        await people.request_callback("c", phone)


async def test_a_past_or_closed_time_is_refused_with_the_next_opening(people: People) -> None:
    with pytest.raises(PastTime):
        await people.request_callback("c", "+79123456789", local(16, 8))
    with pytest.raises(OutsideHours) as refused:
        await people.request_callback("c", "+79123456789", local(17, 10))
    assert refused.value.next_opening == local(20, 20)


async def test_a_video_visit_gets_a_link_or_waits_for_one(
    store: Store, vault: Vault, clock: Any, groups: Groups
) -> None:
    class Rooms:
        async def link(self, number: str, starts_at: datetime) -> str:
            return f"https://video.example.invalid/{number}"

    class Away:
        async def link(self, number: str, starts_at: datetime) -> str:
            raise ServiceUnavailable("video", "down")

    visit = await People(store, vault, clock, groups, Rooms()).request_video("c", local(16, 15))
    assert visit.link == "https://video.example.invalid/ВК-2026-000001"
    assert (await People(store, vault, clock, groups, Away()).request_video("d", local(16, 16))).link is None


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (local(16, 8, 59), False),
        (local(16, 9), True),
        (local(16, 13), False),
        (local(16, 14), True),
        (local(16, 18), False),
        (local(20, 23), True),
        (local(21, 1, 59), True),
        (local(21, 2), False),
    ],
)
def test_hours_with_a_break_and_a_shift_past_midnight(groups: Groups, moment: datetime, is_open: bool) -> None:
    assert groups.is_open(groups.get("general"), moment) is is_open


def test_holidays_close_all_but_the_duty_group(groups: Groups) -> None:
    first_of_january = datetime(2027, 1, 1, 22, tzinfo=MOSCOW)  # a Friday
    assert not groups.is_open(groups.get("general"), first_of_january)
    assert groups.is_open(groups.get("duty"), first_of_january)


def test_a_stand_in_answers_when_the_own_group_is_closed(groups: Groups) -> None:
    assert groups.on_duty("roads.potholes", local(16, 11))[0].id == "roads"
    assert groups.on_duty("roads", local(16, 15)) == (groups.get("general"), True)
    assert groups.on_duty("roads", local(16, 23)) == (groups.get("roads"), False)


def test_the_real_content_covers_every_topic() -> None:
    real = Groups.load(CONTENT / "groups.yml", MOSCOW)
    topics = yaml.safe_load((CONTENT / "topics.yml").read_text("utf-8"))["topics"]
    known = {t for g in real._groups.values() for t in g.topics}
    assert {t["id"] for t in topics} <= known
    assert real.is_open(real.for_topic("", crisis=True), local(1, 3) + timedelta(days=3))


@pytest.mark.parametrize(
    "hours", [{"mon": [["9", "18:00"]]}, {"mon": [["09:00", "14:00"], ["13:00", "18:00"]]}, {"пн": []}]
)
def test_wrong_hours_name_the_group(hours: dict[str, Any]) -> None:
    with pytest.raises(ContentError, match="general"):
        Groups({"default": "general", "crisis": "general", "groups": [{"id": "general", "hours": hours}]}, MOSCOW)
