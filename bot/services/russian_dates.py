"""Dates and times the way a Russian reader expects them, for texts that services write ahead (reminders, news)."""

from __future__ import annotations

import re
from datetime import date, datetime

MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")

ON_WEEKDAYS = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")


def day_text(day: date) -> str:
    """«21 ноября, суббота»."""
    return f"{day.day} {MONTHS[day.month - 1]}, {WEEKDAYS[day.weekday()]}"


def on_day_text(day: date) -> str:
    """«в субботу, 21 ноября», inside a sentence."""
    return f"{ON_WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]}"


def long_day_text(day: date) -> str:
    """«21 ноября 2026 года», for terms that may fall into another year."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year} года"


def time_text(moment: datetime) -> str:
    """«9:05», in the moment's own time zone."""
    return f"{moment.hour}:{moment.minute:02d}"


_DIGITS = re.compile(r"^(\d{1,2})[\s./\-]+(\d{1,2})[\s./\-]+(\d{4})$")
_WORDS = re.compile(r"^(\d{1,2})\s+([а-я]{3,})\s+(\d{4})$")
_GLUED = re.compile(r"^(\d{2})(\d{2})(\d{4})$")


def parse_date(text: str) -> date | None:
    """A full date as people type it: «12.03.1985», «12 марта 1985 г.», «12031985» or ISO. None for anything else."""
    plain = re.sub(r"\s*(года|год|г\.?)?\s*(рождения|р\.?)?\s*$", "", text.strip().lower())
    try:
        return date.fromisoformat(plain) if "-" in plain else _parse(plain)
    except ValueError:
        try:
            return _parse(plain)
        except ValueError:
            return None


def _parse(plain: str) -> date | None:
    if found := _DIGITS.match(plain) or _GLUED.match(plain):
        return date(int(found[3]), int(found[2]), int(found[1]))
    if found := _WORDS.match(plain):
        months = [i for i, month in enumerate(MONTHS, 1) if month[:3] == found[2][:3] or found[2] == "май" and i == 5]
        return date(int(found[3]), months[0], int(found[1])) if months else None
    return None
