"""Numbers in words and digits, and dictation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.lemmas import lemma, lemmas
from nlu.numbers import dictated_digits, spans

VALUES = [
    ("тридцатого", [30]),
    ("двадцать первое", [21]),
    ("двадцать-первое", [21]),
    ("сто тридцать четыре тысячи шестьсот шестьдесят", [134660]),
    ("полтора", [1.5]),
    ("полторы тысячи", [1500]),
    ("два с половиной часа", [2.5]),
    ("пять четыре три", [5, 4, 3]),
    ("восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь", [8, 916, 123, 45, 67]),
    ("двенадцатого третьего пятьдесят восьмого", [12, 3, 58]),
    ("тысяча девятьсот пятьдесят восьмого года", [1958]),
    ("две тысячи двадцать шестого", [2026]),
    ("двухтысячного", [2000]),
    ("к одиннадцати", [11]),
    ("с двумястами пятьюдесятью рублями", [250]),
    ("миллион двести тысяч", [1_200_000]),
    ("5 тысяч", [5000]),
    ("1,5 млн", [1_500_000]),
    ("134 660", [134660]),
    ("1 000 000 рублей", [1_000_000]),
    ("8 916 123 45 67", [8, 916, 123, 45, 67]),
    ("15-го", [15]),
    ("3-его марта", [3]),
    ("12.03.1958", [12, 3, 1958]),
    ("10.30", [10.3]),
    ("в двадцать ноль ноль", [20, 0, 0]),
    ("двацать пядесят", [20, 50]),
    ("пять-шесть", [5, 6]),
    ("двести пятого", [205]),
    ("мою семью", []),
    ("во-первых", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "values"), VALUES)
def test_reads_numbers(text: str, values: list[float]) -> None:
    assert [number.value for number in spans(text)] == values


ORDINALS = [("пятого", True), ("пять", False), ("15-го", True), ("15", False), ("двадцать первое", True)]


@pytest.mark.parametrize(("text", "ordinal"), ORDINALS)
def test_tells_ordinals_from_amounts(text: str, ordinal: bool) -> None:
    assert spans(text)[0].ordinal is ordinal


def test_offsets_cover_the_words() -> None:
    text = "нас сорок пять, а их 7"
    assert [text[number.start : number.end] for number in spans(text)] == ["сорок пять", "7"]


DICTATED = [
    ("пять четыре три", "543"),
    ("мой номер пять четыре три", "543"),
    ("восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь", "89161234567"),
    ("два дробь два дробь сто тридцать четыре шестьсот шестьдесят", "2/2/134660"),
    ("два слеш два слэш сто тридцать четыре тысячи шестьсот шестьдесят", "2/2/134660"),
    ("2/2/134660", "2/2/134660"),
    ("пять тире два", "5-2"),
    ("12-34", "12-34"),
    ("ноль ноль семь", "007"),
    ("два ноля семь", "007"),
    ("три пятерки", "555"),
    ("007", "007"),
    ("сорок пять ноль семь", "4507"),
    ("112-233-445 95", "112-233-44595"),
    ("шесть семью", "67"),
    ("нет номера", ""),
]


@pytest.mark.parametrize(("text", "digits"), DICTATED)
def test_runs_dictated_digits_together(text: str, digits: str) -> None:
    assert dictated_digits(text) == digits


_WORDS = "ноль один два семью сорок пятого сто тысяча миллион полтора с половиной дробь 5 12,5 3-го тыс - / .".split()


@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_is_survived(text: str) -> None:
    ends = [0]
    for number in spans(text):
        assert ends[-1] <= number.start < number.end <= len(text)
        ends.append(number.end)
    assert set(dictated_digits(text)) <= set("0123456789/-.,") or not text.isascii()


LEMMAS = [("паспорта", "паспорт"), ("запишите", "записать"), ("детьми", "ребенок"), ("МФЦ", "мфц"), ("ещё", "еще")]


@pytest.mark.parametrize(("word", "form"), LEMMAS)
def test_gives_dictionary_forms(word: str, form: str) -> None:
    assert lemma(word) == form


def test_lemmas_skip_punctuation() -> None:
    assert lemmas("Потеряла паспорт, срочно!") == ["потерять", "паспорт", "срочно"]
