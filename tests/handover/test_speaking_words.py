"""What operators say: once, only by whoever holds the talk, and nothing personal where it must not go."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot.handover.interface import Gone, NotYours, Refusal
from bot.handover.private_words import found_in
from bot.messages import Attachment
from bot.store.outbox import OutboxRow
from tests.handover.handover_house import House
from tests.handover.seeing import Window


@pytest.fixture
def window(house: House) -> Window:
    return Window(house)


async def test_a_word_is_stored_and_reaches_every_open_door(window: Window) -> None:
    conversation, anna = await window.talk()
    async with window.house.turns.listen(conversation) as heard:
        message = await window.speaking.say(conversation, anna, "Анна", "Здравствуйте!\u200b", key="k1")
        assert heard.get_nowait() == message
    assert (message.author, message.body["text"], message.body["name"], message.body["by"]) == (
        "operator", "Здравствуйте!", "Анна", anna
    )  # fmt: skip
    assert [m.body["text"] for m in await window.house.history(conversation) if m.author == "operator"] == [
        "Здравствуйте!"
    ]
    row = await window.house.row(conversation)
    assert row.first_reply_at == window.house.clock()
    [event] = await window.house.events("operator_replied")
    assert event["operator"] == anna and "text" not in event


async def test_the_same_key_twice_is_one_message(window: Window) -> None:
    conversation, anna = await window.talk()
    both = await asyncio.gather(
        *(window.speaking.say(conversation, anna, "Анна", "Один раз", key="k1") for _ in range(4))
    )
    assert len({m.seq for m in both}) == 1
    assert len(await window.house.events("operator_replied")) == 1


async def test_a_repeat_after_the_end_gets_the_first_message_back(window: Window) -> None:
    conversation, anna = await window.talk()
    first = await window.speaking.say(conversation, anna, "Анна", "До свидания", key="k1")
    await window.house.handovers.close(conversation, anna, topic="", result="answered")
    assert (await window.speaking.say(conversation, anna, "Анна", "До свидания", key="k1")).seq == first.seq
    with pytest.raises(Gone):
        await window.speaking.say(conversation, anna, "Анна", "И ещё", key="k2")


async def test_nobody_else_speaks(window: Window) -> None:
    conversation, _ = await window.talk()
    vera = await window.house.operator("Вера")
    with pytest.raises(NotYours):
        await window.speaking.say(conversation, vera, "Вера", "Привет", key="k1")
    waiting = await window.house.waiting()
    with pytest.raises(Gone):
        await window.speaking.say(waiting, vera, "Вера", "Привет", key="k1")
    with pytest.raises(Gone):
        await window.speaking.say("нет", vera, "Вера", "Привет", key="k1")


@pytest.mark.parametrize("text", ["", "  \u200b ", "а" * 4001])
async def test_empty_and_endless_texts_are_refused(window: Window, text: str) -> None:
    conversation, anna = await window.talk()
    with pytest.raises(Refusal):
        await window.speaking.say(conversation, anna, "Анна", text, key="k1")


async def test_a_file_may_go_without_words(window: Window) -> None:
    conversation, anna = await window.talk()
    file = Attachment("памятка.pdf", "application/pdf", 5, "r1")
    message = await window.speaking.say(conversation, anna, "Анна", "", [file], key="k1")
    assert message.body["attachments"] == [
        {"name": "памятка.pdf", "media_type": "application/pdf", "size": 5, "ref": "r1"}
    ]
    with pytest.raises(Refusal):
        await window.speaking.say(conversation, anna, "Анна", "", [file] * 11, key="k2")


async def test_a_messenger_gets_it_through_the_outbox_and_is_told_who_speaks(window: Window) -> None:
    conversation, anna = await window.talk(channel="vk")
    first = await window.speaking.say(conversation, anna, "Анна", "Здравствуйте", key="k1")
    second = await window.speaking.say(conversation, anna, "Анна", "Смотрю", key="k2")
    async with window.house.store.read() as session:
        waiting = list(await session.scalars(select(OutboxRow.seq).order_by(OutboxRow.seq)))
    assert {first.seq, second.seq} <= set(waiting)
    assert (first.body.get("introduces"), second.body.get("introduces")) == (True, None)


async def test_a_colleague_who_takes_over_introduces_herself(window: Window) -> None:
    conversation, anna = await window.talk(channel="vk")
    await window.house.operator("Вера")
    await window.speaking.say(conversation, anna, "Анна", "Здравствуйте", key="k1")
    await window.house.handovers.transfer(conversation, anna, "Помоги", to_operator="вера")
    assert (await window.speaking.say(conversation, "вера", "Вера", "Я с вами", key="k2")).body["introduces"]


async def test_the_telephone_cannot_be_written_to(window: Window) -> None:
    conversation, anna = await window.talk()
    await window.set(conversation, channel="phone")
    with pytest.raises(Refusal, match="по телефону"):
        await window.speaking.say(conversation, anna, "Анна", "Алло", key="k1")


async def test_whoever_blocked_us_is_not_written_to(window: Window) -> None:
    conversation, anna = await window.talk(channel="vk")
    await window.set(conversation, blocked_at=window.house.clock())
    with pytest.raises(Refusal, match="запретил"):
        await window.speaking.say(conversation, anna, "Анна", "Привет", key="k1")


async def test_personal_data_stay_out_of_a_foreign_messenger(window: Window) -> None:
    conversation, anna = await window.talk(channel="telegram")
    with pytest.raises(Refusal, match="ссылку"):
        await window.speaking.say(conversation, anna, "Анна", "Ваш номер +7 916 123-45-67?", key="k1")
    await window.speaking.say(conversation, anna, "Анна", "Дело ЗЯ-2026-000123, звоните 8 (4800) 55-10-01", key="k2")
    own, _ = await window.talk(channel="vk")
    await window.speaking.say(own, anna, "Анна", "Ваш номер +7 916 123-45-67?", key="k1")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("+7 (916) 123-45-67", "телефон"),
        ("перезвоню на 89161234567", "телефон"),
        ("112-233-445 95", "СНИЛС"),
        ("снилс 11223344595", "СНИЛС"),
        ("паспорт 4510 123456", "паспорт"),
        ("45 10 123456", "паспорт"),
        ("anna@mail.example", "почту"),
        ("карта 2200 1234 5678 9012", "длинный номер"),
        ("Дело ЗЯ-2026-000123 и 2/2/134660", ""),
        ("Приём 20.11.2026 в 10:30, окно 5", ""),
        ("Горячая линия 8 800 100-70-10", ""),
        ("https://assistant.example/c/12345678901234567890", ""),
        ("Нужно 1500 рублей и 3 справки", ""),
    ],
)
def test_personal_data_are_recognised_and_numbers_of_cases_are_not(text: str, kind: str) -> None:
    assert found_in(text) == kind


async def test_a_correction_is_a_message_of_its_own(window: Window) -> None:
    conversation, anna = await window.talk()
    wrong = await window.speaking.say(conversation, anna, "Анна", "В 10:00", key="k1")
    right = await window.speaking.correct(wrong.seq, anna, "В 11:00")
    assert (right.body["text"], right.body["corrects"]) == ("Исправление: В 11:00", wrong.seq)
    assert (await window.speaking.correct(wrong.seq, anna, "В 11:00")).seq == right.seq
    assert (await window.house.history(conversation))[-2].body["text"] == "В 10:00"


async def test_only_own_messages_are_corrected(window: Window) -> None:
    conversation, anna = await window.talk()
    asked = await window.writes(conversation, "вопрос")
    foreign = await window.writes(conversation, "чужое", "operator", by="вера", name="Вера")
    for seq in (asked, foreign, 10**6):
        with pytest.raises(Refusal):
            await window.speaking.correct(seq, anna, "нет")


async def test_read_marks_never_go_back(window: Window) -> None:
    conversation, anna = await window.talk()
    first, second = await window.writes(conversation, "раз"), await window.writes(conversation, "два")
    await window.speaking.read(conversation, anna, second)
    async with window.house.bulletin.listen() as news:
        await window.speaking.read(conversation, anna, first)
        await window.speaking.read(conversation, anna, 10**8)
    assert news.empty()
    assert (await window.views.mine(anna))[0].unread == 0


async def test_many_windows_mark_at_once(window: Window) -> None:
    conversation, anna = await window.talk()
    seqs = [await window.writes(conversation, str(n)) for n in range(5)]
    await asyncio.gather(*(window.speaking.read(conversation, anna, seq) for seq in reversed(seqs)))
    assert (await window.views.mine(anna))[0].unread == 0


async def test_typing_is_shown_until_the_word_is_sent(window: Window) -> None:
    conversation, anna = await window.talk(channel="vk")
    async with window.house.turns.listen(conversation) as heard:
        for _ in range(3):
            window.speaking.typing(conversation, anna)
        assert await asyncio.wait_for(heard.get(), 30) == {"typing": True}
        await window.speaking.say(conversation, anna, "Анна", "Готово", key="k1")
        assert heard.get_nowait() == {"typing": False}
        assert heard.get_nowait().body["text"] == "Готово"  # type: ignore[union-attr]
        assert heard.empty()
    assert [channel for channel, _ in window.typed] == ["vk"]


async def test_typing_goes_out_by_itself(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handover.typing_signs.LASTS", 0.05)
    conversation, anna = await window.talk()
    async with window.house.turns.listen(conversation) as heard:
        window.speaking.typing(conversation, anna)
        assert [await asyncio.wait_for(heard.get(), 30) for _ in range(2)] == [{"typing": True}, {"typing": False}]


async def test_nobody_else_seems_to_type(window: Window) -> None:
    conversation, anna = await window.talk()
    async with window.house.turns.listen(conversation) as heard:
        window.speaking.typing(conversation, "вера")
        await asyncio.sleep(0.05)
        window.speaking.typing(conversation, anna)
        assert await asyncio.wait_for(heard.get(), 30) == {"typing": True}
        assert heard.empty()
