"""A choice may be typed: which button a citizen's words mean."""

from __future__ import annotations

import pytest

from bot.choices import chosen

SERVICES = ("Замена паспорта РФ", "Загранпаспорт нового образца на 10 лет", "СНИЛС")
DAYS = ("пн 23.11", "вт 24.11", "ср 25.11")
TIMES = ("10:00", "11:20", "13:00")
GRADES = tuple(str(i) for i in range(11))


def meant(text: str, titles: tuple[str, ...]) -> str | None:
    button = chosen(text, [{"title": t, "payload": f"/{i}"} for i, t in enumerate(titles)])
    return button["title"] if button else None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("замена паспорта рф", "Замена паспорта РФ"),
        ("Снилс.", "СНИЛС"),
        ("2", "Загранпаспорт нового образца на 10 лет"),
        ("второй вариант", "Загранпаспорт нового образца на 10 лет"),
        ("давайте третий", "СНИЛС"),
        ("вариант 1", "Замена паспорта РФ"),
        ("4", None),
        ("шестой", None),
        ("загранпаспорт", "Загранпаспорт нового образца на 10 лет"),
        ("за", None),
        ("а сколько это стоит", None),
    ],
)
def test_a_title_its_beginning_or_its_place_in_the_list(text: str, title: str | None) -> None:
    assert meant(text, SERVICES) == title


def test_the_words_of_a_title_in_another_order() -> None:
    assert meant("нечего добавить", ("Добавить нечего",)) == "Добавить нечего"


def test_a_number_among_days_is_the_day_of_the_month() -> None:
    assert meant("24", DAYS) == "вт 24.11"
    assert meant("2", DAYS) is None


def test_a_number_among_times_is_left_to_the_robot() -> None:
    assert meant("10", TIMES) is None
    assert meant("11:20", TIMES) == "11:20"


def test_a_grade_is_itself_and_not_a_place_in_the_list() -> None:
    assert meant("10", GRADES) == "10"
    assert meant("0", GRADES) == "0"


def test_nothing_is_chosen_where_nothing_is_offered() -> None:
    assert chosen("1", []) is None
    assert chosen("1", [{"title": "Сайт", "url": "https://example.org"}]) is None
