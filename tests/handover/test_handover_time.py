"""What time brings: urgency, overflow, closing time, offers of a call-back, lost windows; and the guess of the wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.handover.interface import NotYours, Refusal
from bot.services.people import priority
from bot.services.people.tables import HandoverRow, TransferRow
from tests.handover.handover_house import House
from tests.services.conftest import Clock

EVENING = datetime(2026, 11, 16, 16, 55, tzinfo=UTC)
"""19:55 in Moscow, five minutes before everybody goes home."""


async def pass_time(house: House, clock: Clock, alive: tuple[str, ...] = (), **delta: float) -> None:
    """Time passes in steps of a minute at most, as the watch sees it; windows of `alive` are open."""
    until = clock.now + timedelta(**delta)
    while clock.now < until:
        clock.now = min(until, clock.now + timedelta(minutes=1))
        for operator in alive:
            await house.presences.seen(operator)
        await house.handovers.tick()


# urgency


@pytest.mark.parametrize(
    ("profile", "asked", "expected"),
    [
        ({}, 0, priority.ORDINARY),
        ({"segment": "pensioner"}, 0, priority.ORDINARY),
        ({"segment": "disability"}, 0, priority.DISABILITY),
        ({"segment": "disability"}, 100, priority.CRISIS),
        ({}, 10, 10),
    ],
)
async def test_how_urgent_a_wish_is(house: House, profile: dict[str, Any], asked: int, expected: int) -> None:
    conversation = await house.citizen(**profile)
    await house.calls(conversation, priority=asked)
    assert (await house.row(conversation)).priority == expected


async def test_who_waits_long_rises_above_those_who_came_after_her_elsewhere(house: House, clock: Clock) -> None:
    first = await house.waiting("first")
    await pass_time(house, clock, minutes=6)
    angry = await house.waiting("angry", priority=10)
    place = await house.people.place(first)
    assert place is not None and place.position == 2
    await pass_time(house, clock, minutes=1)
    assert (await house.row(first)).priority == priority.LONG_WAIT
    place = await house.people.place(first)
    assert place is not None and place.position == 1
    assert (await house.row(angry)).priority == 10


@pytest.mark.parametrize(
    ("said", "profile", "language"),
    [
        ("Здравствуйте, мне нужна справка", {}, "ru"),
        ("Hello, I need help with my visa", {}, "en"),
        ("Хочу паспорт, form DS-160 on website usvisa", {}, "ru"),
        ("12345", {}, "ru"),
        ("Hello there", {"language": "ru"}, "ru"),
        ("Здравствуйте", {"language": "tt"}, "tt"),
    ],
)
async def test_the_language_is_known_or_guessed(house: House, said: str, profile: Any, language: str) -> None:
    conversation = await house.citizen("u", **profile)
    await house.says(conversation, said)
    await house.calls(conversation)
    row = await house.row(conversation)
    assert (row.language, row.channel, row.line, row.group_since) == (language, "widget", "", row.created_at)


# overflow


async def test_after_a_while_the_stand_in_group_takes_over(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна")
    conversation = await house.waiting(topic="roads")
    await pass_time(house, clock, (anna,), minutes=4)
    assert (await house.row(conversation)).group == "city"
    await pass_time(house, clock, (anna,), minutes=1)
    row = await house.row(conversation)
    assert (row.group, row.operator, row.transfers) == ("general", anna, 0)
    [event] = await house.events("overflowed")
    assert (event["from_group"], event["group"], event["waited_seconds"]) == ("city", "general", 300)
    async with house.store.read() as session:
        assert (await session.scalars(select(TransferRow.kind))).all() == ["overflow"]
    assert await house.heard(conversation) == [house.line("operator_joined", name="Анна")]


async def test_nobody_overflows_to_where_nobody_is(house: House, clock: Clock) -> None:
    zoya = await house.operator("Зоя", ["city"], capacity=0)
    conversation = await house.waiting(topic="roads")
    await pass_time(house, clock, (zoya,), minutes=8)
    assert (await house.row(conversation)).group == "city"


# a call-back


async def test_after_ten_minutes_a_call_back_is_offered_once_and_the_place_is_kept(house: House, clock: Clock) -> None:
    conversation = await house.waiting()
    await pass_time(house, clock, minutes=9)
    assert await house.heard(conversation) == []
    await pass_time(house, clock, minutes=11)
    assert await house.heard(conversation) == [house.line("callback_offer", hours=24)]
    assert (await house.history(conversation))[-1].body["buttons"][0]["payload"] == "/request_callback"
    assert await house.mode(conversation) == "queued"
    [event] = await house.events("callback_offered")
    assert event["waited_seconds"] == 600


@pytest.mark.parametrize(("text", "payload"), [("Перезвоните мне", "/request_callback"), ("перезвоните мне", None)])
async def test_who_takes_the_call_back_leaves_the_queue(
    house: House, clock: Clock, text: str, payload: str | None
) -> None:
    conversation = await house.waiting()
    await pass_time(house, clock, minutes=10)
    said = await house.says(conversation, text, payload)
    assert (said.mode, said.replies[0].body["text"]) == ("robot", "Вы сказали: /request_callback")
    assert (await house.row(conversation)).state == "left"


async def test_callers_are_offered_nothing_in_writing(house: House, clock: Clock) -> None:
    caller = await house.waiting("caller", channel="phone", topic="roads")
    await house.operator("Анна")
    await pass_time(house, clock, ("анна",), minutes=15)
    row = await house.row(caller)
    assert (row.state, row.group, await house.heard(caller)) == ("queued", "city", [])


# closing time


async def test_who_is_on_line_after_hours_still_takes_those_who_wait(house: House, clock: Clock) -> None:
    clock.now = EVENING
    anna = await house.operator("Анна", capacity=1)
    first, second = await house.waiting("first"), await house.waiting("second")
    await house.handovers.tick()
    await pass_time(house, clock, (anna,), minutes=7)
    assert [await house.mode(c) for c in (first, second)] == ["operator", "queued"]
    await house.handovers.close(first, anna, topic="", result="answered")
    await house.handovers.wrapped_up(anna)
    assert (await house.row(second)).operator == anna


async def test_when_everybody_has_gone_home_who_waits_is_told(house: House, clock: Clock) -> None:
    clock.now = EVENING
    anna = await house.operator("Анна", capacity=0)
    conversation = await house.waiting()
    await pass_time(house, clock, (anna,), minutes=6)
    assert await house.mode(conversation) == "queued"
    await house.presences.set(anna, "offline")
    await house.handovers.tick()
    row = await house.row(conversation)
    assert (row.state, await house.mode(conversation)) == ("out_of_hours", "robot")
    assert await house.heard(conversation) == [house.line("closed_while_waiting")]
    assert [b["payload"] for b in (await house.history(conversation))[-1].body["buttons"]] == [
        "/request_callback", "/help",
    ]  # fmt: skip
    [event] = await house.events("handover_out_of_hours")
    assert (event["while_waiting"], event["waited_seconds"]) == (True, 360)


async def test_during_hours_nobody_is_sent_away_though_nobody_is_there(house: House, clock: Clock) -> None:
    conversation = await house.waiting()
    await pass_time(house, clock, minutes=30)
    assert (await house.row(conversation)).state == "queued"


# windows that fall silent


async def test_talks_of_a_lost_operator_go_to_the_head_of_the_queue(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна", capacity=1)
    conversation = await house.waiting("talks")
    await house.handovers.tick()
    before = await house.waiting("waits", priority=30)
    clock.forward(seconds=89)
    await house.handovers.tick()
    assert (await house.row(conversation)).operator == anna
    clock.forward(seconds=1)
    await house.handovers.tick()
    row = await house.row(conversation)
    assert (row.state, row.operator, row.priority) == ("queued", None, priority.RETURNED)
    assert (await house.heard(conversation))[-1] == house.line("operator_lost")
    assert (await house.presences.of(anna)).status == "offline"
    assert (await house.events("operator_status"))[-1]["by"] == "lost"
    assert [e["operator"] for e in await house.events("operator_lost")] == [anna]
    boris = await house.operator("Борис", capacity=1)
    await house.handovers.tick()
    assert (await house.row(conversation)).operator == boris
    assert await house.mode(before) == "queued"


@pytest.mark.parametrize("status", ["pause", "offline"])
async def test_a_status_alone_takes_no_talk_away(house: House, clock: Clock, status: Any) -> None:
    anna = await house.operator("Анна")
    await house.operator("Борис")
    conversation = await house.waiting()
    await house.handovers.take(conversation, anna)
    await house.presences.set(anna, status, "Обед")
    await pass_time(house, clock, (anna, "борис"), minutes=5)
    assert (await house.row(conversation)).operator == anna
    # Now the window is closed as well.
    await pass_time(house, clock, ("борис",), minutes=2)
    assert (await house.row(conversation)).operator == "борис"


async def test_a_call_goes_on_though_the_window_is_silent(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна")
    caller = await house.waiting("caller", channel="phone")
    await house.handovers.taken_by_phone(caller, anna)
    await pass_time(house, clock, minutes=5)
    assert (await house.row(caller)).operator == anna


async def test_a_colleague_who_goes_offline_leaves_what_was_passed_on_to_her_to_the_group(
    house: House, clock: Clock
) -> None:
    anna, boris = await house.operator("Анна", capacity=1), await house.operator("Борис")
    conversation = await house.waiting()
    await house.handovers.take(conversation, anna)
    await house.presences.set(boris, "online")
    house.operators[1] = type(house.operators[1])("борис", "Борис", frozenset(("general",)), capacity=0)
    await house.handovers.transfer(conversation, anna, "вам", to_operator=boris)
    await house.presences.set(boris, "pause", "Обед")
    await house.handovers.tick()
    with pytest.raises(NotYours):
        await house.handovers.take(conversation, anna)
    await house.presences.set(boris, "offline")
    await house.handovers.tick()
    row = await house.row(conversation)
    assert (row.wanted_operator, row.operator) == (None, anna)


# statuses


async def test_statuses_and_what_they_show(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна", capacity=2)
    await house.operator("Борис", online=False)
    await house.presences.set(anna, "pause", "Обед")
    here, away = await house.presences.all()
    assert (here.status, here.reason, here.free, away.status) == ("pause", "Обед", 0, "offline")
    clock.forward(minutes=10)
    await house.presences.set(anna, "online")
    assert (await house.presences.of(anna)).free == 2
    assert [(e["status"], e["seconds"]) for e in await house.events("operator_status")][-1] == ("online", 600)
    with pytest.raises(LookupError):
        await house.presences.set("никто", "online")
    with pytest.raises(LookupError):
        await house.presences.of("никто")
    with pytest.raises(Refusal, match="Такого статуса нет"):
        await house.presences.set(anna, "wrap_up")


async def test_coming_on_line_and_a_higher_capacity_drain_the_queue(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна", capacity=1, online=False)
    waiting = [await house.waiting(f"u{i}") for i in range(3)]
    await house.presences.set(anna, "online")
    await house.handovers.tick()
    assert [await house.mode(c) for c in waiting] == ["operator", "queued", "queued"]
    house.operators[0] = type(house.operators[0])("анна", "Анна", frozenset(("general",)), capacity=3)
    await house.handovers.tick()
    assert [await house.mode(c) for c in waiting] == ["operator"] * 3


# the guess of the wait


async def served(house: House, clock: Clock, operator: str, number: int, minutes: int) -> None:
    for i in range(number):
        conversation = await house.waiting(f"past{i}")
        await house.handovers.take(conversation, operator)
        await pass_time(house, clock, (operator,), minutes=minutes)
        await house.handovers.close(conversation, operator, topic="", result="answered")
        await house.handovers.wrapped_up(operator)


async def test_the_wait_is_guessed_from_the_usual_length_and_those_on_line(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна", capacity=1)
    await served(house, clock, anna, 4, 6)
    await house.waiting("now")
    await house.handovers.tick()
    assert (await house.calls(await house.citizen("fifth"))).wait_minutes is None
    await house.people.leave(await house.citizen("fifth"))
    await house.people.returned(await house.citizen("now"))
    await served(house, clock, anna, 1, 6)
    assert (await house.calls(await house.citizen("a"))).wait_minutes == 1
    await house.handovers.tick()
    found = [(await house.calls(await house.citizen(user))) for user in ("b", "c")]
    assert [(one.position, one.wait_minutes) for one in found] == [(1, 5), (2, 10)]
    assert [one.wait_minutes for one in [await house.calls(await house.citizen(f"n{i}")) for i in range(12)]][
        -1
    ] is None


async def test_no_guess_when_nobody_is_on_line_or_the_figures_are_old(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна", capacity=1)
    await served(house, clock, anna, 5, 6)
    await house.presences.set(anna, "offline")
    assert (await house.calls(await house.citizen("a"))).wait_minutes is None
    await house.presences.set(anna, "online")
    place = await house.people.place(await house.citizen("a"))
    assert place is not None and place.wait_minutes == 1
    async with house.store.write() as session:
        long_ago = clock.now - timedelta(hours=3)
        await session.execute(update(HandoverRow).where(HandoverRow.ended_at.is_not(None)).values(ended_at=long_ago))
    place = await house.people.place(await house.citizen("a"))
    assert place is not None and place.wait_minutes is None
