"""The spelling check: what is wrong is found with the right suggestion, and names, places and codes are left alone."""

from __future__ import annotations

import timeit

import pytest

from app.paths import HERE
from bot.services.content import load
from bot.spelling import Spelling

SLIPS = {
    "Здраствуйте": "Здравствуйте", "записатся": "записаться", "завтро": "завтра", "пасспорт": "паспорт",
    "принемает": "принимает", "Извените": "Извините", "ожедание": "ожидание", "заевление": "заявление",
    "расмотрят": "рассмотрят", "вазьмите": "возьмите", "удостоверенее": "удостоверение", "агенство": "агентство",
    "рассписка": "расписка", "комисия": "комиссия", "будующий": "будущий", "госпошлена": "госпошлина", "Сдесь": "Здесь",
}  # fmt: skip


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling.of_content(load(HERE.root / "bot" / "content"))


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found_and_the_right_word_comes_first(spelling: Spelling, slip: str) -> None:
    found = spelling.check(f"{slip} сегодня")
    assert [m.word for m in found] == [slip]
    assert found[0].suggestions[0] == SLIPS[slip]


@pytest.mark.parametrize(
    "text",
    [
        "Приходите в МФЦ со СНИЛС, 16 ноября в 9:05, номер ТЛ-2026-000017.",
        "Пишите на mail@пример.рф или https://приреченск.рф/записъ, код абв123, /превет, {имя_отчество}.",
        "Центр на Садовой и в Приреченске, кв. 5, ул. Ленина.",
        "Ещё и еще, всё и все, кое-что, по-моему, онлайн-запись, загранпаспорт, госуслуги.",
        "К вам придёт Забельченко Аграфена.",
        "Ок, спасибо)",
    ],
)
def test_what_is_right_is_left_alone(spelling: Spelling, text: str) -> None:
    assert spelling.check(text) == []


def test_the_name_of_the_citizen_is_known(spelling: Spelling) -> None:
    assert [m.word for m in spelling.check("Забельченко, приходите")] == ["Забельченко"]
    assert spelling.check("Забельченко, приходите", ["Забельченко Анна"]) == []


def test_a_misspelled_street_is_found(spelling: Spelling) -> None:
    found = spelling.check("Центр на улице Садавой")
    assert [m.word for m in found] == ["Садавой"] and found[0].suggestions[0] == "Садовой"


def test_places_are_those_of_the_text(spelling: Spelling) -> None:
    text = "Добрый день 🙂, вам нужен пасспорт и ещё один пасспорт"
    assert [text[m.start : m.end] for m in spelling.check(text)] == ["пасспорт", "пасспорт"]


def test_nonsense_gets_no_suggestion(spelling: Spelling) -> None:
    assert spelling.check("щыфтъгр")[0].suggestions == ()


def test_five_hundred_characters_with_a_few_slips_are_checked_in_time(spelling: Spelling) -> None:
    text = ("Здраствуйте, записатся на приём можно завтра утром. Возьмите паспорт и две фотографии. " * 6)[:500]
    spelling.check(text)
    assert min(timeit.repeat(lambda: spelling.check(text), number=1, repeat=10)) < 0.03
