"""What is read back, in which words, and what the answer to it means."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.dictation.readback import Again, Confirmed, Corrected, Outcome, Unclear, after, check

ALOUD = [
    ("case_number", "2/2/134660", "Правильно: два, два, один три четыре шесть шесть ноль?"),
    ("case_number", "мой номер 2/2/134660.", "Правильно: два, два, один три четыре шесть шесть ноль?"),
    ("case_number", "12/1/330010", "Правильно: один два, один, три три ноль ноль один ноль?"),
    ("case_number", "ЗЯ-2026-000123", "Правильно: зэ я, две тысячи двадцать шесть, номер сто двадцать три?"),
    ("appointment_number", "ТЛ-2026-012345", "Правильно: тэ эль, две тысячи двадцать шесть, ноль один два три четыре пять?"),
    ("phone", "+79123456789", "Правильно: восемь, девятьсот двенадцать, триста сорок пять, шестьдесят семь, восемьдесят девять?"),
    ("phone", "+79030011704", "Правильно: восемь, девятьсот три, ноль ноль один, семнадцать, ноль четыре?"),
    ("snils", "112-233-445 95", "Правильно: сто двенадцать, двести тридцать три, четыреста сорок пять, девяносто пять?"),
    ("birth_date", "24.08.1962", "Правильно: двадцать четвёртое августа тысяча девятьсот шестьдесят второго года?"),
    ("case_proof", "родилась 05.06.1962", "Правильно: пятое июня тысяча девятьсот шестьдесят второго года?"),
    ("passport", "4510123456", "Правильно: четыре пять один, ноль один два, три четыре пять, шесть?"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "value", "question"), ALOUD)
def test_values_are_read_back_as_people_say_them(expected: str, value: str, question: str) -> None:
    asked = check(expected, value)
    assert asked is not None and asked.question == question and asked.complete
    assert not any(c.isdigit() for c in asked.question + asked.keys)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (None, "2/2/134660"), ("service", "загранпаспорт"), ("appointment_day", "24.11"), ("person_name", "Анна Иванова"),
        ("case_number", "не знаю"), ("case_proof", "Ясноцветова"), ("birth_date", "31.02.1970"), ("phone", "нет"),
    ],
)  # fmt: skip
def test_other_answers_are_not_read_back(expected: str | None, value: str) -> None:
    assert check(expected, value) is None


def test_a_spelt_surname_is_read_back_by_letters() -> None:
    asked = after("case_proof", "Константин Ольга Зинаида", "Коз")
    assert asked is not None and asked.question == "Записала: Коз. По буквам: ка, о, зэ. Верно?"
    assert asked.answer("да") == Confirmed("Коз")
    assert after("case_proof", "Ясноцветова", "Ясноцветова") is None


ANSWERS: list[tuple[str, str, str, Outcome]] = [
    ("case_number", "2/2/134660", "да", Confirmed("2/2/134660")),
    ("case_number", "2/2/134660", "Да, всё верно.", Confirmed("2/2/134660")),
    ("case_number", "2/2/134660", "Ага.", Confirmed("2/2/134660")),
    ("case_number", "2/2/134660", "угу", Confirmed("2/2/134660")),
    ("case_number", "2/2/134660", "правильно", Confirmed("2/2/134660")),
    ("case_number", "2/2/134660", "1", Confirmed("2/2/134660")),
    ("case_number", "2/2/134660", "2", Again()),
    ("case_number", "2/2/134660", "нет", Again()),
    ("case_number", "2/2/134660", "Неверно.", Again()),
    ("case_number", "2/2/134660", "не правильно", Again()),
    ("case_number", "2/2/134660", "так, нет", Unclear()),
    ("case_number", "2/2/134660", "давайте заново", Unclear()),
    ("case_number", "2/2/134660", "позовите человека", Unclear()),
    ("case_number", "2/2/134660", "", Unclear()),
    ("case_number", "2/2/134660", "нет, в конце девять", Corrected("2/2/134669")),
    ("case_number", "2/2/134660", "Нет, последние две цифры девять один.", Corrected("2/2/134691")),
    ("case_number", "2/2/134660", "нет, не три, а восемь", Corrected("2/2/184660")),
    ("case_number", "2/2/134660", "вместо четырёх пять", Corrected("2/2/135660")),
    ("case_number", "2/2/134660", "нет, первая цифра три", Corrected("3/2/134660")),
    ("case_number", "2/2/134660", "вторая цифра пять", Corrected("2/5/134660")),
    ("case_number", "2/2/134660", "нет, два два один три четыре пять шесть ноль", Corrected("2/2/134560")),
    ("case_number", "2/2/134660", "да, два два один три четыре шесть шесть ноль", Confirmed("2/2/134660")),
    ("phone", "+79123456789", "да", Confirmed("+79123456789")),
    ("phone", "+79123456789", "нет, в конце восемьдесят", Corrected("+79123456780")),
    ("phone", "+79123456789", "нет, восемь девятьсот тринадцать триста сорок пять 67 89", Corrected("+79133456789")),
    ("snils", "112-233-445 95", "нет", Again()),
    ("snils", "112-233-445 95", "верно", Confirmed("112-233-445 95")),
    ("birth_date", "24.08.1962", "да", Confirmed("24.08.1962")),
    ("birth_date", "24.08.1962", "нет, двадцать пятое августа шестьдесят второго", Corrected("25.08.1962")),
    ("birth_date", "24.08.1962", "нет, год другой", Again()),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "value", "said", "outcome"), ANSWERS)
def test_the_answer_confirms_corrects_or_asks_again(expected: str, value: str, said: str, outcome: Outcome) -> None:
    asked = check(expected, value)
    assert asked is not None
    assert asked.answer(said) == outcome


def test_a_number_that_lost_a_digit_is_asked_for_and_can_be_mended() -> None:
    asked = check("case_number", "2213460")
    assert asked is not None and not asked.complete
    assert asked.question.startswith("Услышала семь цифр: два два один, три четыре шесть, ноль.")
    assert asked.answer("да") == Again()
    assert asked.answer("шесть шесть ноль в конце") == Corrected("2/2/134660")
    assert asked.answer("два два один три четыре шесть шесть ноль") == Corrected("2/2/134660")


def test_a_snils_that_cannot_be_is_said_so() -> None:
    asked = check("snils", "112-233-445 96")
    assert asked is not None and not asked.complete and "не бывает" in asked.question


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=50))
def test_any_answer_has_a_meaning(said: str) -> None:
    for expected, value in (("case_number", "2/2/134660"), ("phone", "+79123456789"), ("birth_date", "24.08.1962")):
        asked = check(expected, value)
        assert asked is not None
        assert isinstance(asked.answer(said), Confirmed | Corrected | Again | Unclear)
