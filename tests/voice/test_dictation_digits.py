"""Digits dictated in any Russian manner come back as they were meant."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from voice.dictation.digits import digits_said, runs

SAID = [
    ("два два один три четыре шесть шесть ноль", "22134660"),
    ("двести тридцать пять", "235"),
    ("двадцать три", "23"),
    ("двадцать, три", "203"),
    ("ноль ноль семь", "007"),
    ("нуль семь", "07"),
    ("два нуля семь", "007"),
    ("два ноля", "00"),
    ("2 нуля семь", "007"),
    ("три пятёрки", "555"),
    ("две двойки", "22"),
    ("четыре восьмёрки ноль", "88880"),
    ("двойка тройка семёрка", "237"),
    ("дважды два", "22"),
    ("трижды семь", "777"),
    ("двойной ноль", "00"),
    ("плюс семь девятьсот двенадцать", "7912"),
    ("8 900 триста 45", "8900345"),
    ("триста 45", "345"),
    ("20 три", "23"),
    ("23, 541", "23541"),
    ("23,541", "23541"),
    ("2-2-134660", "22134660"),
    ("2-2-1-3-4-6-6-0", "22134660"),
    ("2 / 2 / 134660", "22134660"),
    ("8,912,345,6789.", "89123456789"),
    ("8-9-1-6-55-5-3-4-2-1", "89165553421"),
    ("112.233.445.95", "11223344595"),
    ("сто тридцать четыре тысячи шестьсот шестьдесят", "134660"),
    ("сто тридцать четыре шестьсот шестьдесят", "134660"),
    ("две тысячи двадцать шесть", "2026"),
    ("тысяча девятьсот восемьдесят пять", "1985"),
    ("сто двадцать тысяч семь", "120007"),
    ("десять пять", "105"),
    ("двадцать тринадцать", "2013"),
    ("девятьсот пять два ноля семь сорок двенадцать", "9050074012"),
    ("двадцать четвёртое ноль восьмое шестьдесят второго", "240862"),
    ("24-го 8-е 62", "24862"),
    ("номер два, ээ, так, два дальше один три", "2213"),
    ("два э-э два мм один", "221"),
    ("два тире четыре тире сто", "24100"),
    ("два дробь семь косая девять слэш один", "2791"),
    ("один два пять, нет, не пять, шесть семь", "1267"),
    ("один два пять ой шесть семь", "1267"),
    ("один два пять, точнее шесть", "126"),
    ("двести три ста восемнадцать", "200318"),
    ("пять сот двенадцать", "512"),
    ("писят два", "52"),
    ("мне пять лет, а сыну десять", "10"),
    ("ничего похожего", ""),
    ("", ""),
    ("нолик один нолик", "010"),
    ("единица семёрка", "17"),
    ("семью восемь", "78"),
    ("сорок тысяч", "40000"),
    ("сколько тысяч", ""),
    ("ноль девять ноль четыре один пять", "090415"),
    ("восемьсот ноль два", "80002"),
    ("восемьсот два", "802"),
    ("ноль два семь четыреста одиннадцать шестьсот восемь тридцать три", "02741160833"),
]


@pytest.mark.parametrize(("said", "digits"), SAID)
def test_dictated_digits_are_read(said: str, digits: str) -> None:
    assert digits_said(said) == digits


def test_another_reading_is_offered_for_what_sounds_the_same() -> None:
    (run,) = runs("плюс 920, 534, 1120, 2")
    assert "9205341122" in list(run.readings())
    (run,) = runs("двадцать три")
    assert list(dict.fromkeys(run.readings())) == ["23", "203"]


def words(group: str) -> str:
    """A group as it is dictated, its leading zeros by name."""
    value = group.lstrip("0")
    zeros = ["ноль"] * (len(group) - len(value))
    return " ".join([*zeros, *([num2words(int(value), lang="ru")] if value else [])])


def sounds_like_one(before: str, after: str) -> bool:
    """«двадцать» + «три», «сто» + «двадцать»: nobody can hear that these are two."""
    if before.startswith("0") and not before.strip("0"):
        return False
    if after.startswith("0") or not before.strip("0"):
        return False
    a, b = int(before), int(after)
    return (a % 100 == 0 and a > 0 and b < 100) or (a % 10 == 0 and a % 100 >= 20 and b < 10)


@settings(max_examples=150, deadline=None)
@given(st.text("0123456789", min_size=4, max_size=14), st.sampled_from([1, 2, 3]), st.sampled_from([" ", ", "]))
def test_any_number_said_by_groups_comes_back(digits: str, size: int, pause: str) -> None:
    groups = [digits[at : at + size] for at in range(0, len(digits), size)]
    said = pause.join(words(g) for g in groups)
    if pause == " " and any(sounds_like_one(a, b) for a, b in pairwise(groups)):
        # Ambiguous by nature: at least nothing but the joint differs, and the read-back asks.
        assert digits_said(said) != ""
        return
    assert digits_said(said) == digits


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_reading_digits_never_fails(text: str) -> None:
    assert all(c.isdigit() for c in digits_said(text))
