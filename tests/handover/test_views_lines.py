"""Lines of a conversation: everything said in every channel, notes and events, each in its place and once."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.handover.views import Line
from bot.store import outbox
from bot.store.conversations import ConversationRow
from bot.store.outbox import OutboxRow
from tests.handover.handover_house import House
from tests.handover.seeing import Window


@pytest.fixture
def window(house: House) -> Window:
    return Window(house)


async def test_all_channels_of_the_citizen_stand_in_one_order(window: Window) -> None:
    house = window.house
    here, there = await house.citizen("a", "widget"), await house.citizen("b", "vk")
    citizen = (await house.conversation(here)).citizen_id
    await window.set(there, citizen_id=citizen)
    for conversation, text in ((here, "один"), (there, "два"), (here, "три")):
        await window.writes(conversation, text)
        house.clock.forward(seconds=1)
    lines = await window.said(here)
    assert [(one.text, one.channel) for one in lines] == [("один", "widget"), ("два", "vk"), ("три", "widget")]
    assert [one.text for one in await window.said(there)] == ["один", "два", "три"]


async def test_pages_meet_without_a_gap_and_without_a_double(window: Window) -> None:
    house = window.house
    conversation = await house.citizen()
    for number in range(25):
        await window.writes(conversation, f"{number}")
        await window.happens(conversation, "status_shown", number=f"ЗЯ-{number}")
        house.clock.forward(seconds=1)
    newest = await window.views.lines(conversation, limit=10)
    middle = await window.views.lines(conversation, before=_first(newest), limit=10)
    oldest = await window.views.lines(conversation, before=_first(middle), limit=10)
    whole = [*oldest, *middle, *newest]
    assert [one.text for one in whole if one.seq] == [str(n) for n in range(25)]
    assert len({one.key for one in whole}) == len(whole)
    assert sum(one.kind == "event" for one in whole) == 25


async def test_after_a_number_come_the_newer_ones_page_by_page(window: Window) -> None:
    conversation = await window.house.citizen()
    numbers = []
    for text in ("а", "б", "в", "г"):
        numbers.append(await window.writes(conversation, text))
        window.house.clock.forward(seconds=1)
    assert [one.text for one in await window.said(conversation, after=numbers[1])] == ["в", "г"]
    assert [one.text for one in await window.said(conversation, after=numbers[0], limit=2)] == ["б", "в"]
    assert await window.said(conversation, after=numbers[3]) == []


async def test_notes_and_events_stand_between_messages(window: Window) -> None:
    house = window.house
    conversation, anna = await window.talk()
    await window.writes(conversation, "вопрос")
    house.clock.forward(seconds=1)
    await window.notes.add(conversation, anna, "Анна", "Проверить адрес")
    house.clock.forward(seconds=1)
    await window.writes(conversation, "ответ", "robot")
    lines = await window.views.lines(conversation)
    assert [(one.kind, one.text) for one in lines if one.author != "robot" or one.text == "ответ"] == [
        ("event", "Позвали специалиста: просьба позвать человека → Общая"),
        ("event", "Разговор ведёт специалист: Анна, ожидание 0 с"),
        ("message", "вопрос"),
        ("note", "Проверить адрес"),
        ("message", "ответ"),
    ]
    note = next(one for one in lines if one.kind == "note")
    assert (note.name, note.seq, note.author) == ("Анна", 0, "operator")


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("appointment_booked",
         {"number": "ТЛ-1", "service_id": "passport", "centre_id": "lenina", "start": "2026-11-20T07:30:00+00:00"},
         "Запись на приём ТЛ-1 «Замена паспорта», Центр на Ленина, 20 ноября, пятница, 10:30"),
        ("ticket_filed", {"number": "ОБ-1", "topic": "roads"}, "Принято обращение ОБ-1: Дороги"),
        ("ticket_state", {"number": "ОБ-1", "state": "answered"}, "Обращение ОБ-1: дан ответ"),
        ("consent_given", {"purpose": "personal_data"}, "Дано согласие: обработка персональных данных"),
        ("transferred", {"to_group": "city", "group": "city"}, "Разговор передан: Город"),
        ("callback_requested", {"number": "ПЗ-1", "starts_at": "2026-11-16T12:00:00+00:00"},
         "Обещан звонок ПЗ-1 16 ноября, понедельник, 15:00"),
        ("call_started", {"direction": "in"}, "Начался звонок"),
        ("call_ended", {"seconds": 200}, "Звонок закончен, 3 мин"),
        ("talk_closed", {"result": "answered"}, "Разговор завершён: Ответили на вопрос"),
        ("returned_to_robot", {"by": "operator", "task": "/book_appointment"},
         "Разговор вернулся к роботу, его задача: Записать на приём"),
        ("feedback_given", {"satisfaction": 4}, "Отзыв гражданина: оценка 4 из 4"),
    ],
)  # fmt: skip
async def test_events_are_told_in_plain_words(window: Window, name: str, data: dict[str, object], text: str) -> None:
    conversation = await window.house.citizen()
    await window.happens(conversation, name, **data)
    assert [one.text for one in await window.views.lines(conversation) if one.kind == "event"] == [text]


async def test_events_of_no_interest_are_left_out(window: Window) -> None:
    conversation = await window.house.citizen()
    await window.happens(conversation, "call_turn", confidence=0.5)
    await window.happens(conversation, "returned_to_robot", by="citizen")
    assert await window.views.lines(conversation) == []


async def test_delivery_is_shown(window: Window) -> None:
    conversation = await window.house.citizen("u", "vk")
    async with window.house.store.write() as session:
        row = await session.get_one(ConversationRow, conversation)
    sent, failed = (
        await window.writes(conversation, "первое", "robot"),
        await window.writes(conversation, "второе", "robot"),
    )
    async with window.house.store.write() as session:
        for seq in (sent, failed):
            outbox.enqueue(session, "vk", row.user, seq, window.house.clock())
        await session.flush()
        await outbox.ticked(session, sent, ["1"], window.house.clock(), last=True)
        await outbox.close(session, failed, "failed", "too_long")
    assert [(one.status, one.failure) for one in await window.said(conversation)] == [
        ("sent", ""),
        ("failed", "too_long"),
    ]
    async with window.house.store.write() as session:
        await session.execute(update(OutboxRow).where(OutboxRow.seq == sent).values(state="waiting"))
    assert (await window.said(conversation))[0].status == "waiting"


async def test_what_the_citizen_has_read_is_marked(window: Window) -> None:
    conversation = await window.house.citizen()
    first = await window.writes(conversation, "первое", "robot")
    await window.writes(conversation, "второе", "robot")
    assert [one.status for one in await window.said(conversation)] == ["", ""]
    await window.speaking.read(conversation, "citizen", first)
    assert [one.status for one in await window.said(conversation)] == ["read", ""]


async def test_voice_files_places_edits_and_buttons_are_shown_as_such(window: Window) -> None:
    conversation = await window.house.citizen()
    file = {"name": "скан.pdf", "media_type": "application/pdf", "size": 5, "ref": "r1"}
    await window.writes(conversation, "это голосом", kind="voice", attachments=[file])
    await window.writes(conversation, "исправленный текст", edited=True)
    await window.writes(conversation, "", kind="location", location=[55.75, 37.6])
    await window.writes(conversation, "Выберите", "robot", buttons=[{"title": "Да", "payload": "/affirm"}])
    voice, edited, place, offered = await window.said(conversation)
    assert voice.voice and voice.text == "это голосом" and voice.attachments == (file,)
    assert edited.edited and not voice.edited
    assert place.text == "Место на карте: 55.75000, 37.60000"
    assert offered.buttons == ("Да",) and offered.author == "robot"


async def test_a_correction_stands_beside_the_wrong_message(window: Window) -> None:
    conversation, anna = await window.talk()
    wrong = await window.speaking.say(conversation, anna, "Анна", "Приём в 10:00", key="k1")
    await window.speaking.correct(wrong.seq, anna, "Приём в 11:00")
    lines = [one for one in await window.said(conversation) if one.author == "operator"]
    assert [(one.text, one.corrects, one.name) for one in lines] == [
        ("Приём в 10:00", 0, "Анна"),
        ("Исправление: Приём в 11:00", wrong.seq, "Анна"),
    ]


async def test_an_unknown_conversation_has_no_lines(window: Window) -> None:
    assert await window.views.lines("нет") == []


def _first(lines: list[Line]) -> int:
    return min(one.seq for one in lines if one.seq)
