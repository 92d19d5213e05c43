"""Calendar dates: «к 3 марта» → «к третьему марта», «24.11.2026», «с 1 по 5 июня», «24 ноября, вторник»."""

from __future__ import annotations

import re
from datetime import date

from bot.services.russian_dates import MONTHS, WEEKDAYS
from voice.ear.clock import WHEN, in_day
from voice.ear.context import governed
from voice.ear.morphology import form
from voice.ear.numerals import ordinal

_DAY = r"(0?[1-9]|[12]\d|3[01])"
_MONTH = "|".join(MONTHS)
_YEAR = r"(?:,?\s+((?:19|20)\d\d)(?:\s+год[ау]?\b|\s*г\.?(?![а-яё]))?)"
_ISO = re.compile(r"(?<![\d-])((?:19|20)\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\d-])")
_NUMERIC = re.compile(
    rf"(?<![\d.,/:]){_DAY}\.(0[1-9]|1[0-2])(?:\.((?:19|20)\d\d))?(?:\s*(?:год[ау]?\b|г\.))?(?![\d/]|\.\d|\s?(?:%|₽|км|кг|млн|тыс))"
)
_NUMERIC_SPAN = re.compile(rf"(?<![\d.,/:]){_DAY}\.(0[1-9]|1[0-2])\s?[–—-]\s?{_DAY}\.(0[1-9]|1[0-2])(?![\d.])")
_SPAN = re.compile(rf"(?<![\d.,/:]){_DAY}\s?[–—-]\s?{_DAY}\s+({_MONTH})\b")
_SERIES = re.compile(rf"(?<![\d.,/:])((?:{_DAY}(?:,\s*|\s+(?:и|или)\s+))+)(?={_DAY}\s+(?:{_MONTH})\b)")
_FROM = re.compile(rf"\b([Сс]о?)\s+{_DAY}\s+(по|до)\s+(?={_DAY}\s+(?:{_MONTH})\b)")
_WRITTEN = re.compile(rf"(?<![\d.,/:]){_DAY}\s+({_MONTH})\b{_YEAR}?(?:,\s+({'|'.join(WEEKDAYS)})\b)?", re.IGNORECASE)
_OF_MONTH = re.compile(r"(?<![\d.,/:-])([1-9]|[12]\d|3[01])\s+(число|числа|числу|числом|числе)\b")

_NAMED = re.compile(
    r"(?:сегодня|завтра|послезавтра|вчера|это|дата|день|число|даты рождения|дата рождения|рождения|например)\W{0,3}$",
    re.IGNORECASE,
)
_AFTER_DAY = re.compile(
    r"(?:понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]|воскресенье),?\x01?\s*$", re.IGNORECASE
)
_BETWEEN = re.compile(rf"между\s+\d\d?\s+(?:{_MONTH})\s+и\s+$", re.IGNORECASE)
_WEEKDAY_WHEN = re.compile(r"\b[вВ]о?\s+[а-я]+,?\s*$")
_OPENS = re.compile(r"(?:^|[:(—–.!?;\x05]|\s-)\s*[«„\"]?$")


def say(line: str, now: date | None = None) -> str:
    """The line with every date in words. `now`: a numeric date of this very year is said without the year."""
    line = _ISO.sub(lambda m: f"{int(m[3])} {MONTHS[int(m[2]) - 1]} {m[1]} года", line)
    line = _NUMERIC_SPAN.sub(
        lambda m: f"с {int(m[1])} {MONTHS[int(m[2]) - 1]} по {int(m[3])} {MONTHS[int(m[4]) - 1]}", line
    )
    line = _NUMERIC.sub(lambda m: _written_out(m, now), line)
    line = _SPAN.sub(_span, line)
    line = _FROM.sub(_from, line)
    line = _SERIES.sub(_series, line)
    line = _WRITTEN.sub(_date, line)
    return _OF_MONTH.sub(_of_month, line)


def _written_out(m: re.Match[str], now: date | None) -> str:
    year = f" {m[3]} года" if m[3] and not (now and now.year == int(m[3])) else ""
    return f"{int(m[1])} {MONTHS[int(m[2]) - 1]}{year}"


def case_here(before: str, after: str) -> str:
    """The case of a day's number: as governed; «приходите 3 марта» genitive, since it says when; alone nominative."""
    before = before[-80:]
    if cases := governed(before):
        if cases[0] == "datv" and len(cases) > 1:
            return "accs"
        return "nomn" if cases == ("accs", "loct") else cases[0]
    if _BETWEEN.search(before):
        return "ablt"
    if _NAMED.search(before):
        return "nomn"
    if day := _AFTER_DAY.search(before):
        # «вт 24.11» of a button and «во вторник, 24 ноября» both say when.
        return "gent" if WHEN in day[0] or _WEEKDAY_WHEN.search(before) else "nomn"
    if _OPENS.search(before):
        return "gent" if re.match(r"\s+[а-яё]", after) else "nomn"
    return "gent"


def _day(number: str, case: str) -> str:
    return ordinal(int(number), case, "n")


def _date(m: re.Match[str]) -> str:
    before, after = m.string[: m.start()], m.string[m.end() :]
    case = case_here(before, "," if m[4] else after)
    said = f"{_day(m[1], case)} {m[2].lower()}"
    if m[3]:
        said += f" {ordinal(int(m[3]), 'gent')} года"
    if m[4]:
        when = case == "gent" and not governed(before)
        said += f", {in_day(m[4].lower()) if when else form(m[4].lower(), case)}"
    return said


def _span(m: re.Match[str]) -> str:
    before = m.string[: m.start()]
    if cases := governed(before):
        case = "nomn" if "accs" in cases else cases[0]
        return f"{_day(m[1], case)} - {_day(m[2], case)} {m[3]}"
    return f"с {_day(m[1], 'gent')} по {_day(m[2], 'nomn')} {m[3]}"


def _from(m: re.Match[str]) -> str:
    return f"{m[1]} {_day(m[2], 'gent')} {m[3]} "


def _series(m: re.Match[str]) -> str:
    case = case_here(m.string[: m.start()], " а")
    if _OPENS.search(m.string[: m.start()]):
        case = "gent"
    return re.sub(r"\d+", lambda d: _day(d[0], case), m[1])


def _of_month(m: re.Match[str]) -> str:
    case = {"число": "nomn", "числа": "gent", "числу": "datv", "числом": "ablt", "числе": "loct"}[m[2]]
    return f"{_day(m[1], case)} {m[2]}"
