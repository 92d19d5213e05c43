"""Times of day: «в 9:05» → «в девять ноль пять», «с 9:00 до 18:00» → «с девяти до восемнадцати часов»."""

from __future__ import annotations

import re

from voice.ear.context import governed
from voice.ear.morphology import counted
from voice.ear.numerals import cardinal

_COLON = r"(?<![\d:.,/])([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d)?(?![\d:/])"
_SPAN = re.compile(rf"(?:\b([Сс]о?)\s+)?{_COLON}\s*(?:[–—-]|до)\s*{_COLON}(?:\s*(?:час(?:ов|а)|ч)\b\.?)?")
_ONE = re.compile(rf"{_COLON}(?:\s*(?:час(?:ов|а)|ч)\b\.?)?")
_DOTTED = re.compile(r"(?<=\b[вВкК] )([01]?\d|2[0-4])\.([0-5]\d)(?![\d.])(?!\s?(?:%|₽|км|кг|м\b|тыс|млн))")
_DAY_SHORT = {
    "пн": "понедельник", "вт": "вторник", "ср": "среда", "чт": "четверг", "пт": "пятница", "сб": "суббота", "вс": "воскресенье",
}  # fmt: skip
WHEN = "\x01"
"""Stands after the day of «вт 24.11», so that the date says when: «вторник, двадцать четвёртого ноября»."""
_ACCUSATIVE = {"среда": "среду", "пятница": "пятницу", "суббота": "субботу"}
_GENITIVE = {
    "понедельник": "понедельника", "вторник": "вторника", "среда": "среды", "четверг": "четверга", "пятница": "пятницы",
    "суббота": "субботы", "воскресенье": "воскресенья",
}  # fmt: skip
_SHORT = "|".join(_DAY_SHORT)
_DAYS_SPAN = re.compile(rf"(?<![а-яё])({_SHORT})\.?\s?[–—-]\s?({_SHORT})\b\.?", re.IGNORECASE)
_DAY_HOURS = re.compile(
    rf"(?<![а-яё-])((?:{_SHORT})(?:(?:, | и )(?:{_SHORT}))*)\.?:?(?=\s+(?:с\s+)?\d\d?(?::\d\d)?\s?(?:[–—-]|до))", re.I
)
_DAY_ONE = re.compile(rf"(?<![а-яё-])({_SHORT})(?![а-яё-])\.?(?=\s+\d|\s*[,;—–)]|\s*$|\s+(?:и|или)\b)", re.IGNORECASE)


def say(line: str) -> str:
    """The line with weekdays and times in words; dates must still be digits."""
    line = _DAYS_SPAN.sub(lambda m: f"{_capital(m, 'с')} {_GENITIVE[_day(m[1])]} по {_accusative(_day(m[2]))}", line)
    line = _DAY_HOURS.sub(_day_hours, line)
    line = _DAY_ONE.sub(_day_one, line)
    line = _SPAN.sub(_span, line)
    line = _ONE.sub(_one, line)
    return _DOTTED.sub(_one, line)


def _day(short: str) -> str:
    return _DAY_SHORT[short.lower()]


def _accusative(day: str) -> str:
    return _ACCUSATIVE.get(day, day)


def _capital(m: re.Match[str], word: str) -> str:
    return word.capitalize() if m[1][0].isupper() else word


def in_day(day: str) -> str:
    """«во вторник», «в среду»."""
    return f"{'во' if day == 'вторник' else 'в'} {_accusative(day)}"


def _day_hours(m: re.Match[str]) -> str:
    """«сб 9:00–17:00»: the day is when, not what."""
    days = [_day(d) for d in re.findall(r"[а-я]+", m[1].lower()) if d in _DAY_SHORT]
    said = " и ".join([", ".join(in_day(d) for d in days[:-1]), in_day(days[-1])]) if len(days) > 1 else in_day(days[0])
    return said.capitalize() if m[1][0].isupper() else said


def _day_one(m: re.Match[str]) -> str:
    before = m.string[: m.start()]
    cases = governed(before)
    day = _day(m[1])
    comma = "," if re.match(r"\s+\d", m.string[m.end() :]) else ""
    if "accs" in cases:
        return _accusative(day) + comma
    if "gent" in cases:
        return _GENITIVE[day] + comma
    return f"{day},{WHEN}" if comma else day


def moment(hour: int, minute: int, case: str, *, named: bool = True) -> str:
    """«девять ноль пять», «девяти часов»; a full hour is named as hours unless `named` is False."""
    if not minute:
        word = f" {counted('час', hour, case)}" if named else ""
        return f"{cardinal(hour, case)}{word}"
    tens = "ноль " if minute < 10 else ""
    return f"{cardinal(hour, case)} {tens}{cardinal(minute, case, 'f')}"


def _span(m: re.Match[str]) -> str:
    first, last = (int(m[2]), int(m[3])), (int(m[4]), int(m[5]))
    start = moment(*first, "gent", named=last[1] != 0)
    return f"{m[1] or 'с'} {start} до {moment(*last, 'gent')}"


def _one(m: re.Match[str]) -> str:
    cases = governed(m.string[: m.start()])
    case = cases[0] if cases else "nomn"
    if case == "datv" and len(cases) > 1:
        case = "accs"
    return moment(int(m[1]), int(m[2]), case)
