"""Misspelt words come right, and what is right stays."""

from __future__ import annotations

import time

import pytest

from nlu.spelling import Speller

SPELLER = Speller.learn(
    [
        "хочу записаться на приём в центр",
        "позвоните мне пожалуйста",
        "какие документы нужны на паспорт",
        "мой паспорт готов",
        "отмените запись ко врачу",
        "сегодня обещали перенести регистрацию",
    ]
)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("запсь", "запись"),  # a letter lost
        ("докумнеты", "документы"),  # neighbours swapped
        ("пасспорт", "паспорт"),  # a letter doubled
        ("парпорт", "паспорт"),  # a wrong key
        ("записаца", "записаться"),  # as it is heard
        ("пазваните", "позвоните"),
        ("дакументы", "документы"),
        ("севодня", "сегодня"),
        ("регестрацыю", "регистрацию"),
    ],
)
def test_slips_are_corrected(wrong: str, right: str) -> None:
    assert SPELLER.correct(wrong) == right


@pytest.mark.parametrize("word", ["кот", "дом", "ель", "гаврилин", "сафиуллина", "борщ", "телефоном"])
def test_short_words_names_and_words_of_the_dictionary_stay(word: str) -> None:
    assert SPELLER.correct(word) == word


def test_everything_but_the_words_stays() -> None:
    assert SPELLER.correct("дакументы: 2/2/134660, sms?!") == "документы: 2/2/134660, sms?!"


def test_the_commoner_of_two_words_that_sound_alike_wins() -> None:
    speller = Speller({"плод": 1, "плот": 5, "каток": 1})
    assert speller.correct("плодд") == "плот"


def test_a_long_message_is_corrected_at_once() -> None:
    started = time.perf_counter()
    SPELLER.correct(" ".join(f"дакумент{'абвгд'[i % 5]}{'ежзик'[i // 5 % 5]}ов" for i in range(200)))
    assert time.perf_counter() - started < 20


def test_no_words_no_corrections() -> None:
    assert Speller.learn([]).correct("привет") == "привет"
