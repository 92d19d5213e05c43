"""Case numbers, SNILS, phones, e-mail addresses and code words, typed and dictated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities.contacts import emails, phones
from nlu.entities.identifiers import case_numbers, code_words
from nlu.entities.snils import snils, snils_valid
from nlu.entities.view import look


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2/2/134660", "2/2/134660"),
        ("что с делом № 2/2/134660?", "2/2/134660"),
        ("2-2-134660", "2/2/134660"),
        ("2 / 2 / 134660", "2/2/134660"),
        ("дело 2 2 134660", "2/2/134660"),
        ("дело 8.2.3371", "8/2/3371"),
        ("два дробь два дробь сто тридцать четыре тысячи шестьсот шестьдесят", "2/2/134660"),
        ("два слеш два слеш один три четыре шесть шесть ноль", "2/2/134660"),
        ("номер заявления 7712345", "7712345"),
        ("ЗЯ-2026-000123", "ЗЯ-2026-000123"),
        ("зя 2026 123", "ЗЯ-2026-000123"),
        ("3я-2026-123", "ЗЯ-2026-000123"),
        ("зя две тысячи двадцать шесть сто двадцать три", "ЗЯ-2026-000123"),
        ("обращение OБ-2026-000045", "ОБ-2026-000045"),
        ("тл2026000077", "ТЛ-2026-000077"),
    ],
)
def test_a_case_number_gets_its_canonical_form(text: str, value: str) -> None:
    assert [f.value for f in case_numbers(look(text))] == [value]


@pytest.mark.parametrize(
    "text", ["12/05/2026", "12-05-2026", "об 2026 годе", "8-920-1234567", "112-233-445 95", "2 2 134660", "134660"]
)
def test_other_numbers_are_no_case_numbers(text: str) -> None:
    assert case_numbers(look(text)) == []


@pytest.mark.parametrize(("text", "value"), [("134660", "134660"), ("2 2 134660", "2/2/134660")])
def test_bare_digits_are_a_case_number_when_one_was_asked_for(text: str, value: str) -> None:
    assert [f.value for f in case_numbers(look(text), "case_number")] == [value]


def test_the_span_of_a_dictated_number_covers_the_words_said() -> None:
    text = "запишите два дробь два дробь сто тридцать тысяч пожалуйста"
    (item,) = case_numbers(look(text))
    assert text[item.start : item.end] == "два дробь два дробь сто тридцать тысяч"


@pytest.mark.parametrize(
    "text",
    [
        "112-233-445 95",
        "112 233 445 95",
        "снилс 11223344595",
        "снилс сто двенадцать двести тридцать три четыреста сорок пять девяносто пять",
        "снилс один один два два три три четыре четыре пять девять пять",
    ],
)
def test_a_snils_gets_its_canonical_form(text: str) -> None:
    assert [(f.value, f.problem) for f in snils(look(text))] == [("112-233-445 95", None)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [("112-233-445 96", "checksum"), ("мой снилс 11223344596", "checksum"), ("снилс 112 233", "length")],
)
def test_a_wrong_snils_is_found_without_a_value(text: str, problem: str) -> None:
    assert [(f.value, f.problem) for f in snils(look(text))] == [(None, problem)]


def test_a_phone_beside_a_snils_is_not_another_snils() -> None:
    view = look("снилс 112-233-445 95, телефон 89201234567")
    assert len(snils(view)) == 1
    assert [f.value for f in phones(view)] == ["+79201234567"]


@pytest.mark.parametrize(("digits", "valid"), [("11223344595", True), ("08765430300", True), ("00000000000", False)])
def test_snils_check_number(digits: str, valid: bool) -> None:
    assert snils_valid(digits) is valid


@pytest.mark.parametrize(
    "text",
    [
        "+7 920 123-45-67",
        "8 (920) 123-45-67",
        "89201234567",
        "9201234567",
        "8-920-1234567",
        "восемь девятьсот двадцать сто двадцать три сорок пять шестьдесят семь",
        "плюс семь девятьсот двадцать сто двадцать три сорок пять шестьдесят семь",
        "девять два ноль один два три четыре пять шесть семь",
    ],
)
def test_a_phone_is_found_typed_and_dictated(text: str) -> None:
    assert [f.value for f in phones(look(text))] == ["+79201234567"]


def test_a_foreign_phone_needs_its_plus() -> None:
    assert [f.value for f in phones(look("+375 29 123-45-67"))] == ["+375291234567"]
    assert phones(look("375291234567")) == []


def test_digits_that_are_no_phone_are_named_when_one_was_asked_for() -> None:
    assert [(f.value, f.problem) for f in phones(look("12345"), "phone")] == [(None, "invalid")]
    assert phones(look("12345")) == []


def test_an_email_is_lower_case_and_ends_before_the_full_stop() -> None:
    assert [f.value for f in emails(look("пишите на Ivan.Petrov@Ya.ru."))] == ["ivan.petrov@ya.ru"]


@pytest.mark.parametrize(
    ("text", "expected", "value"),
    [
        ("кодовое слово: Солнце12", None, "Солнце12"),
        ("мое кодовое слово березка", None, "березка"),
        ("кодовое слово «Ромашка7»", None, "Ромашка7"),
        ("солнышко", "code_word", "солнышко"),
        ("это солнышко", "code_word", "солнышко"),
    ],
)
def test_a_code_word_is_kept_as_written(text: str, expected: str | None, value: str) -> None:
    assert [f.value for f in code_words(text, look(text), expected)] == [value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("забыл кодовое слово помогите", None),
        ("как поменять кодовое слово онлайн", None),
        ("солнышко", None),
        ("кот", "code_word"),
        ("оператор", "code_word"),
    ],
)
def test_talk_about_code_words_is_no_code_word(text: str, expected: str | None) -> None:
    assert code_words(text, look(text), expected) == []


_DIGITS = st.text(alphabet="0123456789 -/.+()№", max_size=200)


@given(_DIGITS | st.text(max_size=200), st.sampled_from([None, "case_number", "snils", "phone", "code_word"]))
def test_any_text_is_survived(text: str, expected: str | None) -> None:
    view = look(text)
    found = case_numbers(view, expected) + snils(view, expected) + phones(view, expected) + emails(view)
    for item in found + code_words(text, view, expected):
        assert 0 <= item.start < item.end <= len(text)
