"""Names of people and dates of birth."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities.births import birth_dates
from nlu.entities.people import person_names
from nlu.entities.view import look

NOW = datetime.fromisoformat("2026-11-23T10:00:00+03:00")


def names(text: str, expected: str | None = None) -> list[str]:
    return [f.value["text"] for f in person_names(text, expected)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Иванов Петр Ильич", "Иванов Петр Ильич"),
        ("гордеева инна львовна", "Гордеева Инна Львовна"),
        ("запишите иванову анну сергеевну на завтра", "Иванова Анна Сергеевна"),
        ("справка для Ахмедова Рамазана Али оглы", "Ахмедов Рамазан Али оглы"),
        ("Анна Сергеевна Коваленко", "Коваленко Анна Сергеевна"),
        ("меня зовут анна", "Анна"),
        ("моя фамилия шевчук", "Шевчук"),
        ("фамилия сидорчук имя антон отчество олегович", "Сидорчук Антон Олегович"),
        ("я иванов", "Иванов"),
        ("это мария", "Мария"),
        ("на имя Ивановой Ольги", "Иванова Ольга"),
        ("прошу помочь кузнецову ивану", "Кузнецов Иван"),
        ("пишет Кузнецов И.П.", "Кузнецов И. П."),
    ],
)
def test_a_name_is_found_and_put_in_the_nominative(text: str, name: str) -> None:
    assert names(text) == [name]


def test_parts_of_a_name_are_told_apart() -> None:
    (item,) = person_names("анна сергеевна коваленко")
    assert item.value["surname"] == "Коваленко"
    assert item.value["name"] == "Анна"
    assert item.value["patronymic"] == "Сергеевна"


@pytest.mark.parametrize(
    "text",
    [
        "улица ленина",
        "на улице карла маркса яма",
        "проспект Н. Плевицкой",
        "вера в людей пропала",
        "надежда умерла последней",
        "роман прочитал",
        "я белый и пушистый",
        "это хорошо",
        "сидоров",
        "спасибо любовь и мир",
    ],
)
def test_streets_and_ordinary_words_are_no_names(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("сидоров", "Сидоров"),
        ("жук", "Жук"),
        ("кржижановский", "Кржижановский"),
        ("бабаджанян гурген", "Бабаджанян Гурген"),
        ("ну иванова мария петровна", "Иванова Мария Петровна"),
        ("меня зовут толстая татьяна", "Толстая Татьяна"),
        ("анна", "Анна"),
    ],
)
def test_a_bare_word_is_a_name_when_one_was_asked_for(text: str, name: str) -> None:
    assert names(text, "person_name") == [name]


@pytest.mark.parametrize("text", ["не знаю", "оператор", "завтра", "хорошо", "паспорт", "какие документы нужны", "123"])
def test_other_answers_are_no_names_even_then(text: str) -> None:
    assert names(text, "person_name") == []


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("родился 12.05.85", "1985-05-12"),
        ("дата рождения первое мая тысяча девятьсот восемьдесят пятого года", "1985-05-01"),
        ("Иванов И. И., 12 мая 1961 г.р.", "1961-05-12"),
        ("двенадцатого ноль пятого восемьдесят пятого года рождения", "1985-05-12"),
        ("с мая 2026 на учете, дочь родилась 2.10.2026", "2026-10-02"),
        ("сын родился 17 ноября", "2026-11-17"),
        ("сын родился 30 ноября", "2025-11-30"),
        ("02.06.1988", "1988-06-02"),
    ],
)
def test_a_date_of_birth_is_found(text: str, born: str) -> None:
    assert [f.value for f in birth_dates(look(text), NOW)] == [born]


@pytest.mark.parametrize(
    "text", ["паспорт выдан 12.05.2006", "запишите на 12.12.2026", "договор от 3 марта 2005", "31.02.1985"]
)
def test_other_dates_are_no_dates_of_birth(text: str) -> None:
    assert birth_dates(look(text), NOW) == []


def test_a_bare_date_is_one_when_it_was_asked_for() -> None:
    assert [f.value for f in birth_dates(look("12 5 15"), NOW, "birth_date")] == ["2015-05-12"]


@given(
    st.text(alphabet="иванова нсергей.ИП-,", max_size=120) | st.text(max_size=120), st.sampled_from([None, "surname"])
)
def test_any_text_is_survived(text: str, expected: str | None) -> None:
    for item in person_names(text, expected) + birth_dates(look(text), NOW, expected):
        assert 0 <= item.start < item.end <= len(text)
