"""Dates of birth. Unlike other dates they lie in the past and may have years of two digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from nlu.entities.spans import Found
from nlu.entities.view import View

MONTHS = {
    "янв": 1, "фев": 2, "мар": 3, "апр": 4, "мая": 5, "май": 5, "мае": 5, "маю": 5, "июн": 6, "июл": 7, "авг": 8,
    "сен": 9, "окт": 10, "ноя": 11, "дек": 12,
}  # fmt: skip
_MONTH = r"(?P<month>янв\w*|фев\w*|мар(?:т\w*)?|апр\w*|ма[йяе]|июн\w*|июл\w*|авг\w*|сен\w*|окт\w*|ноя\w*|дек\w*)"
_DAY = r"(?P<day>[12]\d|3[01]|0\s?[1-9]|[1-9])(?:-?[а-я]{1,3})?"
_YEAR = r"(?P<year>(?:19|20)\s?\d\d|\d\d)(?!\s?\d)"
_GAP = r"\s*[./\-–,\s]\s*"
_FORMS = (
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)(?!\d)"),
    re.compile(rf"(?<![\d./]){_DAY}{_GAP}(?P<number>1[012]|0\s?[1-9]|[1-9]){_GAP}{_YEAR}"),
    re.compile(rf"(?<![\d./]){_DAY}\s*{_MONTH}\.?,?\s*{_YEAR}"),
)
_THIS_YEAR = re.compile(rf"(?<![\d./]){_DAY}\s*{_MONTH}(?!\w|\.?,?\s*\d{{2,4}}(?!\d))")
_BIRTH = re.compile(r"родил|родив|рожд|\bд\.?\s?р\b|\bг\.?\s?р\b|появил\w* на свет")
_OTHER_EVENT = re.compile(
    r"выда|получ|пода[лнвю]|купл|приобр|умер|смерт|брак|поженил|свадьб|зарегистр|регистрац|договор|заявлен|справк|прожива|"
    r"\b(?:от|с|до|по|после)\s*$"
)
_YEAR_TAIL = re.compile(r"\s*(?:-?\w{1,3}\s)?\s*(?:года?|г)\b\.?")
_BEFORE, _AFTER = 45, 25
"""Characters around a date in which words tell what it is the date of."""
_OLDEST = 120
_ADULT = 14
"""Years. A full date at least this old, with nothing said about it, is taken for a date of birth."""


def birth_dates(view: View, now: datetime, expected: str | None = None) -> list[Found]:
    """Dates of birth as "YYYY-MM-DD": said to be one, asked for, or a full date long past with no other event named."""
    found = []
    taken = -1
    for pattern in _FORMS:
        for match in pattern.finditer(view.text):
            born = _date(match, now)
            if born is None or match.start() < taken:
                continue
            if expected == "birth_date" or _is_birth(view.text, match.start(), match.end(), born, now):
                tail = _YEAR_TAIL.match(view.text, match.end())
                start, end = view.span(match.start(), tail.end() if tail else match.end())
                found.append(Found("birth_date", start, end, born.isoformat()))
                taken = match.end()
    if not found:
        found += _of_a_baby(view, now)
    return found


def _of_a_baby(view: View, now: datetime) -> Iterator[Found]:
    """«Дочка родилась 17 ноября»: a day without a year, right after a word of birth, is the last such day."""
    for match in _THIS_YEAR.finditer(view.text):
        words_before = re.split(r"[.,;!?]", view.text[max(0, match.start() - _BEFORE) : match.start()])[-1]
        if not re.search(r"родил[асиь]\w*|дата рождения", words_before):
            continue
        for year in (now.year, now.year - 1):
            born = _calendar_date(year, MONTHS[match.group("month")[:3]], match.group("day"))
            if born and born <= now.date():
                start, end = view.span(*match.span())
                yield Found("birth_date", start, end, born.isoformat())
                break


def _date(match: re.Match[str], now: datetime) -> date | None:
    groups = match.groupdict()
    number = groups.get("number")
    month = int(number.replace(" ", "")) if number else MONTHS[groups["month"][:3]]
    year = int(groups["year"].replace(" ", ""))
    if year < 100:
        year += 2000 if year <= now.year % 100 else 1900
    born = _calendar_date(year, month, groups["day"])
    return born if born and born <= now.date() and born.year >= now.year - _OLDEST else None


def _calendar_date(year: int, month: int, day: str) -> date | None:
    try:
        return date(year, month, int(day.replace(" ", "")))
    except ValueError:
        return None


def _is_birth(text: str, start: int, end: int, born: date, now: datetime) -> bool:
    before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
    births, others = list(_BIRTH.finditer(before)), list(_OTHER_EVENT.finditer(before))
    if births or others:
        # The word nearest to the date names its event: «родилась 2 мая 1961, паспорт выдан 12.05.2006».
        return bool(births) and (not others or births[-1].end() > others[-1].end() or _BIRTH.search(after) is not None)
    return _BIRTH.search(after) is not None or born.year <= now.year - _ADULT
