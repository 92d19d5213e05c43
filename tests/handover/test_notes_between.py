"""Notes between colleagues: kept, sealed, told to open windows."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.handover.interface import Refusal
from bot.handover.tables import NoteRow
from tests.handover.handover_house import House
from tests.handover.seeing import Window


@pytest.fixture
def window(house: House) -> Window:
    return Window(house)


async def test_notes_are_kept_in_order_for_talk_and_citizen(window: Window) -> None:
    here, there = await window.house.citizen("a", "vk"), await window.house.citizen("b", "widget")
    citizen = (await window.house.conversation(here)).citizen_id
    await window.set(there, citizen_id=citizen)
    first = await window.notes.add(here, "анна", "Анна", " Документы приняты \x00")
    second = await window.notes.add(there, "вера", "Вера", "Попробуй спросить адрес", "whisper")
    assert (first.text, first.kind, first.author_name) == ("Документы приняты", "note", "Анна")
    assert await window.notes.of(here) == [first]
    assert await window.notes.of_citizen(citizen) == [first, second]


async def test_open_windows_hear_of_a_note_but_not_its_words(window: Window) -> None:
    conversation = await window.house.citizen()
    async with window.house.bulletin.listen() as news:
        await window.notes.add(conversation, "анна", "Анна", "секрет")
    one = news.get_nowait()
    assert (one.kind, one.conversation, one.data) == ("note", conversation, {"kind": "note"})


async def test_notes_are_sealed(window: Window) -> None:
    conversation = await window.house.citizen()
    await window.notes.add(conversation, "анна", "Анна", "секрет")
    async with window.house.store.read() as session:
        stored = await session.scalar(select(NoteRow.text))
    assert stored and "секрет" not in stored and window.house.vault.open(stored) == "секрет"


@pytest.mark.parametrize("text", ["", " \n", "а" * 4001])
async def test_empty_and_endless_notes_are_refused(window: Window, text: str) -> None:
    with pytest.raises(Refusal):
        await window.notes.add(await window.house.citizen(), "анна", "Анна", text)


async def test_a_note_needs_a_conversation(window: Window) -> None:
    with pytest.raises(LookupError):
        await window.notes.add("нет", "анна", "Анна", "куда?")
