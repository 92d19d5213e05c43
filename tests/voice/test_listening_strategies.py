"""Every named strategy of turn taking, by table."""

import pytest

from voice.listening.strategies import (
    ENDPOINTS,
    INTERRUPTIONS,
    Endpoints,
    Interruption,
    Overlap,
    Strategies,
    Timeouts,
    endpoint_ms,
)
from voice.listening.wording import backchannel, digits_in, finished, hanging

BY_QUESTION = Endpoints(strategy="by_question")
FIXED = Endpoints(strategy="fixed", plain_ms=500)


@pytest.mark.parametrize(
    ("expected", "yes_no", "waits"),
    [
        (None, False, 600),
        (None, True, 350),
        ("appointment_confirmed", False, 350),
        ("personal_data_consent", False, 350),
        ("service", False, 600),
        ("appointment_day", False, 600),
        ("case_number", False, 1200),
        ("phone", False, 1200),
        ("person_name", False, 800),
        ("address", False, 800),
        ("spelling", False, 1200),
        ("problem_text", False, 1000),
    ],
)
def test_a_silence_for_each_kind_of_question(expected: str | None, yes_no: bool, waits: int) -> None:
    assert endpoint_ms(expected, yes_no, "мой номер", numbers=BY_QUESTION) == waits
    assert endpoint_ms(expected, yes_no, None) == waits
    assert endpoint_ms(expected, yes_no, "") == waits
    assert endpoint_ms(expected, yes_no, "да", numbers=FIXED) == 500


@pytest.mark.parametrize(
    ("expected", "yes_no", "words", "choices", "waits"),
    [
        (None, False, "Да.", (), 350),
        (None, False, "Нет, спасибо.", (), 350),
        (None, False, "да всё верно", (), 350),
        ("problem_text", False, "нет", (), 350),
        ("centre", False, "На Ленина", ("на Ленина", "на Мира"), 350),
        ("centre", False, "Ленина пять", ("Ленина пять", "Мира семь"), 350),
        ("centre", False, "Ленина, наверное", ("на Ленина",), 600),
        (None, False, "спасибо", (), 600),
        (None, False, "я хочу записаться на", (), 1400),
        (None, False, "Мне нужен паспорт и", (), 1400),
        (None, False, "мой номер", (), 1400),
        (None, False, "Ну, э-э", (), 1400),
        (None, True, "я не", (), 1400),
        (None, False, "Я хотела бы...", (), 1400),
        (None, False, "я хочу узнать, готов ли паспорт", (), 600),
        (None, False, "моё дело два два один", (), 1200),
        (None, False, "дело 23, 541", (), 1200),
        ("phone", False, "восемь 903 123", (), 1200),
        ("phone", False, "8 903 123-45-67", (), 700),
        ("case_number", False, "2 2 1 3 4 6 6 0", (), 1200),
        ("case_number", False, "2026 000123", (), 700),
        ("case_number", False, "2/2/134660", (), 1200),
    ],
)
def test_words_shorten_and_lengthen(
    expected: str | None, yes_no: bool, words: str, choices: tuple[str, ...], waits: int
) -> None:
    assert endpoint_ms(expected, yes_no, words, choices=choices) == waits


def test_words_stay_within_their_bounds() -> None:
    numbers = Endpoints()
    for words in ("да", "и", "два", "8 903 123-45-67", "просто слова", "…"):
        for expected in (None, "phone", "case_number", "problem_text", "person_name"):
            assert numbers.shortest_ms <= endpoint_ms(expected, False, words) <= numbers.hanging_ms


@pytest.mark.parametrize(
    ("strategy", "speech_ms", "words", "yields"),
    [
        ("by_speech", 240, None, False),
        ("by_speech", 260, None, True),
        ("by_speech", 260, "угу", True),
        ("by_words", 600, None, False),
        ("by_words", 600, "", False),
        ("by_words", 600, "Угу.", False),
        ("by_words", 600, "да-да", False),
        ("by_words", 600, "Ага, понятно", False),
        ("by_words", 600, "Подождите", True),
        ("by_words", 600, "да подождите вы", True),
        ("by_words", 1200, None, True),
        ("never", 9000, "Подождите", False),
    ],
)
def test_what_interrupts(strategy: str, speech_ms: int, words: str | None, yields: bool) -> None:
    assert INTERRUPTIONS[strategy](Interruption(strategy=strategy), Overlap(speech_ms, words)) is yields


def test_words_are_read_plainly() -> None:
    assert finished("ЕЩЁ РАЗ", ["ещё раз"]) and not finished("", [""]) and not finished("понятно")
    assert hanging("в доме номер") and not hanging("да, верно") and not hanging("")
    assert digits_in("два, 35 и ноль") == 4
    assert backchannel("") and not backchannel("нет")


def test_numbers_that_cannot_work_are_refused() -> None:
    assert set(ENDPOINTS) == {"by_question", "fixed", "by_words"}
    with pytest.raises(ValueError, match="loudest"):
        Strategies(endpoints=Endpoints(strategy="loudest"))
    with pytest.raises(ValueError, match="politely"):
        Strategies(interruption=Interruption(strategy="politely"))
    with pytest.raises(ValueError, match="pause_ms"):
        Strategies(timeouts=Timeouts(pause_ms=400))
