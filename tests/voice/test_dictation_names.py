"""Full names heard in wrong pieces come back whole; well-formed names and whatever is no name are never touched."""

from __future__ import annotations

import random

import pytest

from voice.dictation.given_names import FEMALE, MALE, PATRONYMICS, of_woman
from voice.dictation.normalise import typed
from voice.dictation.person_names import PersonNames
from voice.dictation.sound_alikes import Mender

MISHEARD = [
    ("Смирновая напитровна.", "Смирнова Анна Петровна."),
    ("Смирнова на Петровна", "Смирнова Анна Петровна"),
    ("Михайла в Дмитрии Сергеевич.", "Михайлов Дмитрий Сергеевич."),
    ("Новикова т Атьяна Владимировна", "Новикова Татьяна Владимировна"),
    ("Елен Викторовна Соколова", "Елена Викторовна Соколова"),
    ("Меня зовут Смирновая напитровна", "Меня зовут Смирнова Анна Петровна"),
    ("Иванов а Лексей Петрович", "Иванов Алексей Петрович"),
    ("Кузнецова Ольганиколаевна", "Кузнецова Ольга Николаевна"),
]
HEARD_RIGHT = [
    "Смирнова Анна Петровна",
    "Анна Петровна Смирнова.",
    "Иванов Пётр Ильич",
    "Смирнову Анну Петровну",
    "Меня зовут Ольга Николаевна Попова.",
    "Гусейнов Рашид Али оглы",
    "Ахмедова Зульфия Рашидовна",
    "Ким Яна Сергеевна",
    "Сидорова Инна Петровна",
    "Волкова Ольга",
    "Анна",
    "Иванова",
    "иванова мария петровна",
    "Не хочу называть своё имя",
    "Зачем вам моё имя?",
    "запишите меня на завтра",
    "на 15 число",
    "соедините с человеком",
    "",
]


@pytest.fixture(scope="module")
def people() -> PersonNames:
    return PersonNames()


@pytest.mark.parametrize(("heard", "wanted"), MISHEARD)
def test_a_misheard_name_is_put_right(people: PersonNames, heard: str, wanted: str) -> None:
    assert people.mend(heard) == wanted
    assert people.mend(wanted) == wanted


@pytest.mark.parametrize("heard", HEARD_RIGHT)
def test_a_name_that_is_clear_stays(people: PersonNames, heard: str) -> None:
    assert people.mend(heard) == heard


def test_every_listed_name_stays_in_either_order(people: PersonNames) -> None:
    chance = random.Random(122)
    for patronymic in PATRONYMICS:
        man, woman = chance.choice(MALE), chance.choice(FEMALE)
        for name in (f"Петров {man} {patronymic}", f"{woman} {of_woman(patronymic)} Петрова"):
            assert people.mend(name) == name


def test_names_are_mended_only_where_a_full_name_was_asked_for() -> None:
    mender = Mender(["паспорт"])
    heard = "Смирновая напитровна."
    assert typed(heard, "person_name", (), mender) == "Смирнова Анна Петровна."
    assert all(typed(heard, slot, (), mender) == heard for slot in (None, "surname", "case_proof", "service"))
