"""An opened conversation: who may look, what the window is told of it, and the summary."""

from __future__ import annotations

from typing import Any

import pytest

from bot.handover.summary import Told, summary
from bot.handover.words import Titles
from tests.handover.handover_house import House
from tests.handover.seeing import Window


@pytest.fixture
def window(house: House) -> Window:
    return Window(house)


async def test_a_group_sees_its_conversations_and_no_others(window: Window) -> None:
    conversation = await window.house.waiting(topic="roads")
    assert await window.views.may_see(conversation, ("city",), "")
    assert not await window.views.may_see(conversation, ("general",), "анна")
    assert not await window.views.may_see(conversation, (), "")


async def test_whoever_holds_a_talk_sees_it_whatever_its_group(window: Window) -> None:
    conversation, anna = await window.talk()
    assert await window.views.may_see(conversation, (), anna)
    assert not await window.views.may_see(conversation, (), "вера")


async def test_a_conversation_that_never_asked_for_a_human_is_nobodys(window: Window) -> None:
    assert not await window.views.may_see(await window.house.citizen(), ("general",), "анна")
    assert not await window.views.may_see("нет", ("general",), "анна")


async def test_the_newest_handover_decides_who_may_look(window: Window) -> None:
    house = window.house
    conversation, anna = await window.talk(topic="")
    await house.handovers.close(conversation, anna, topic="", result="answered")
    await house.calls(conversation, topic="roads")
    assert await window.views.may_see(conversation, ("city",), "")
    assert not await window.views.may_see(conversation, ("general",), anna)


async def test_a_talk_says_who_holds_it_and_what_its_channel_may_carry(window: Window) -> None:
    conversation, anna = await window.talk(channel="telegram")
    talk = await window.views.talk(conversation)
    assert talk is not None
    assert (talk.state, talk.mode, talk.operator, talk.operator_name) == ("taken", "operator", anna, "Анна")
    assert (talk.group, talk.group_title, talk.personal_data, talk.channel) == ("general", "Общая", False, "telegram")
    assert talk.handover_id and talk.since == window.house.clock()


async def test_a_conversation_with_the_robot_has_no_handover(window: Window) -> None:
    talk = await window.views.talk(await window.house.citizen())
    assert talk is not None and (talk.handover_id, talk.state, talk.group, talk.summary) == (None, "", "", ())
    assert await window.views.talk("нет") is None


async def test_the_summary_tells_who_what_for_what_was_gathered_and_tried(window: Window) -> None:
    house = window.house
    conversation = await house.citizen("u", "widget", surname="Петрова", name="Нина", segment="pensioner")
    await window.writes(conversation, "Хочу поменять паспорт, но робот не понимает про прописку")
    await window.happens(conversation, "status_shown", number="ЗЯ-2026-000001")
    house.clock.forward(seconds=5)
    await window.writes(conversation, "оператор")
    await window.set(
        conversation, mood=[{"name": "irritation", "intensity": 0.7}, {"name": "neutral", "intensity": 0.0}]
    )
    row = await house.conversation(conversation)
    slots = {
        "service": "passport",
        "centre": "lenina",
        "appointment_day": "2026-11-20",
        "appointment_time": "10:30",
        "case_number": "ЗЯ-1",
    }
    await house.people.request_operator(
        conversation, row.citizen_id, "misunderstood", "roads", summary={"slots": slots}
    )
    talk = await window.views.talk(conversation)
    assert talk is not None and talk.summary == (
        "Кто: Петрова Нина, на пенсии",
        "Почему человек: робот дважды не понял, тема «Дороги»",
        "Слова гражданина: «Хочу поменять паспорт, но робот не понимает про прописку»",
        "Услуга: Замена паспорта",
        "Приём: Центр на Ленина, 20 ноября, пятница, 10:30",
        "Дело: ЗЯ-1",
        "Что уже было: показан статус дела ЗЯ-2026-000001; робот дважды не понял",
        "Настроение: сначала раздражение, сейчас спокойствие",
    )


async def test_a_colleagues_word_at_the_transfer_is_in_the_summary(window: Window) -> None:
    await window.house.operator("Вера")
    conversation, anna = await window.talk()
    await window.house.handovers.transfer(conversation, anna, "Ждёт справку", to_operator="вера")
    talk = await window.views.talk(conversation)
    assert talk is not None and "Коллега: Ждёт справку" in talk.summary


@pytest.mark.parametrize(
    ("moods", "line"),
    [
        ([("anger", 0.9), ("neutral", 0)], "Настроение: сначала гнев, сейчас спокойствие"),
        ([("neutral", 0), ("anger", 0.9)], "Настроение: сначала спокойствие, сейчас гнев"),
        ([("worry", 0.6), ("worry", 0.7)], "Настроение: тревога"),
        ([("worry", 0.1)], ""),
        ([], ""),
    ],
)
def test_the_mood_is_told_over_the_talk(moods: list[tuple[str, float]], line: str) -> None:
    assert _lines(moods=[{"name": name, "intensity": value} for name, value in moods]) == ([line] if line else [])


def test_a_mere_call_for_a_human_is_no_wish() -> None:
    assert _lines(wishes=["оператор!", "Не пришла выплата за октябрь"]) == [
        "Слова гражданина: «Не пришла выплата за октябрь»"
    ]
    assert _lines(wishes=["Позовите человека", "да"]) == []


def test_a_bad_date_and_an_address_in_parts_break_nothing() -> None:
    slots = {
        "appointment_day": "скоро",
        "problem_address": {"street": "Садовая", "house": "12"},
        "problem_text": "мусор",
    }
    assert _lines(gathered={"slots": slots}) == ["Приём: скоро", "Жалоба: мусор", "Адрес: Садовая, 12"]


def _lines(**given: Any) -> list[str]:
    told: dict[str, Any] = {
        "profile": {}, "channel": "widget", "reason": "", "topic": "", "gathered": {}, "wishes": [], "events": [], "moods": [],
    }  # fmt: skip
    return list(summary(Told(**told | given), Titles(), str))
