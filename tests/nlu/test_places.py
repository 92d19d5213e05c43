"""Addresses, streets, settlements and sums of money."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities.gazetteer import Gazetteer
from nlu.entities.money import sums
from nlu.entities.places import places
from nlu.entities.spans import Found
from nlu.entities.view import look

GAZETTEER = Gazetteer.from_folder(Path(__file__).parent / "content")


def find(text: str, expected: str | None = None) -> list[Found]:
    settlements = [f for f in GAZETTEER.find(text) if f.entity == "settlement"]
    return places(text, look(text), GAZETTEER.street_index, settlements, expected)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ул. Ленина, д. 5 корп. 2 кв 12", "улица Ленина, дом 5, корпус 2, квартира 12"),
        ("ленина пять", "улица Ленина, дом 5"),
        ("на садовой 14б не горит фонарь", "Садовая улица, дом 14б"),
        ("на садовой четырнадцать бэ", "Садовая улица, дом 14б"),
        ("проспект победы дом десять", "проспект Победы, дом 10"),
        ("садовая улица дом двадцать два квартира сто один", "Садовая улица, дом 22, квартира 101"),
        ("карла маркса 12/3", "улица Карла Маркса, дом 12/3"),
        ("К. Маркса, 12", "улица Карла Маркса, дом 12"),
        ("во дворе дома 5 по улице Ленина", "улица Ленина, дом 5"),
        ("ул. Парковая, 7 «А»", "Парковая улица, дом 7а"),
        ("на Парковой 14", "Парковая улица, дом 14"),
        ("улица 8 марта 5", "улица 8 Марта, дом 5"),
        ("ул. 50 лет Октября, д. 3", "улица 50 лет Октября, дом 3"),
        ("невский проспект 20", "Невский проспект, дом 20"),
        ("проспект мира дом десять", "проспект Мира, дом 10"),
        ("г. Курск, ул. Парковая, д. 7", "город Курск, Парковая улица, дом 7"),
        ("село Красная Горка, ул. Лесная 5", "село Красная Горка, Лесная улица, дом 5"),
        ("в деревне камышино на лесной 5 нет света", "деревня Камышино, Лесная улица, дом 5"),
        ("деревня Слобода", "деревня Слобода"),
    ],
)
def test_an_address_is_read(text: str, address: str) -> None:
    assert [f.value["text"] for f in find(text)] == [address]


def test_parts_of_an_address_are_told_apart() -> None:
    (item,) = find("ул. Ленина, д. 5 корп. 2 кв 12")
    assert {name: item.value[name] for name in ("street", "house", "building", "flat", "settlement")} == {
        "street": "Ленина",
        "house": "5",
        "building": "2",
        "flat": "12",
        "settlement": None,
    }


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("на улице ленина не убирают снег", "улица Ленина"),
        ("на ленина не убирают снег", "улица Ленина"),
        ("на школьной яма", "Школьная улица"),
        ("на ленина 5 декабря приду", "улица Ленина"),
        ("на садовой 3 часа нет света", "Садовая улица"),
    ],
)
def test_a_known_street_without_a_house_is_its_id(text: str, street: str) -> None:
    assert [(f.entity, f.value) for f in find(text)] == [("street", street)]


@pytest.mark.parametrize(
    "text",
    [
        "на школьной площадке",
        "школьная форма",
        "победы над собой",
        "на нашей улице нет света",
        "на улице температура минус двадцать",
        "проезд платный",
        "площадь квартиры 40 метров",
        "в школе 5",
        "д. 5",
    ],
)
def test_ordinary_words_are_no_streets(text: str) -> None:
    assert find(text) == []


def test_a_bare_answer_is_a_place_when_one_was_asked_for() -> None:
    assert [f.value for f in find("садовая", "street")] == ["Садовая улица"]
    assert [f.value["text"] for f in find("кукушкина дом 7 кв 3", "address")] == ["улица Кукушкина, дом 7, квартира 3"]


@pytest.mark.parametrize(
    ("text", "roubles"),
    [
        ("15 тысяч рублей", 15_000),
        ("5 000 р", 5_000),
        ("полторы тысячи", 1_500),
        ("350р", 350),
        ("350 руб. 50 коп.", 350),
        ("1,5 млн руб", 1_500_000),
        ("2.5 тыс. рублей", 2_500),
        ("пять тысяч двести рублей", 5_200),
        ("1.500 ₽", 1_500),
    ],
)
def test_a_sum_is_whole_roubles(text: str, roubles: int) -> None:
    assert {f.value for f in sums(text, look(text))} == {roubles}


@pytest.mark.parametrize("text", ["пять тысяч человек", "две тысячи двадцать шестого года", "350 раз", "дом 5 района"])
def test_other_amounts_are_no_money(text: str) -> None:
    assert sums(text, look(text)) == []


_PIECES = (
    "ул.", "улица", "д.", "5", "кв", "ленина", "садовой", "/", "14б", "на",
    "г.", "с.", "П.", "проспект", "8", "марта", "лет", "-", ",", "корп",
)  # fmt: skip
_WORDS = st.lists(st.sampled_from(_PIECES))


@given(_WORDS.map(" ".join) | st.text(max_size=150), st.sampled_from([None, "address", "money"]))
def test_any_text_is_survived(text: str, expected: str | None) -> None:
    for item in find(text, expected) + sums(text, look(text), expected):
        assert 0 <= item.start < item.end <= len(text)
