"""Dates of birth as they are dictated: in ordinals («двадцать четвёртое ноль восьмое шестьдесят второго»), digits or months."""

from __future__ import annotations

import re

from voice.dictation import shapes
from voice.dictation.digits import Run, runs

_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_MONTH = re.compile(
    r"^[\s,.]*(?P<month>янв|фев|мар|апр|ма(?=[йяе]\b)|июн|июл|авг|сен|окт|ноя|дек)[а-я]*[\s,.]*(?:месяца[\s,.]*)?$",
    re.I,
)
_BIRTH_WORDS = re.compile(r"^[\s,.]*(?:года?|год рождения|г\b\.?)(?:\s+рождения)?", re.I)


def birth_date_in(text: str) -> tuple[int, int, str] | None:
    """Where a dictated date stands in `text` and how it is typed («24.08.1962»); None when there is none.

    «24.08.28» keeps its short year where only the dialogue's own clock can tell the century.
    """
    found = runs(text)
    for at, run in enumerate(found):
        dated = (shapes.birth_date(d for _, d in groups) for groups in run.variants())
        if (written := next((d for d in dated if d is not None), None)) is not None:
            return run.start, _end(text, run), written
        ahead = found[at + 1] if at + 1 < len(found) else None
        if ahead is not None and (written := _with_month(text, run, ahead)) is not None:
            return run.start, _end(text, ahead), written
    return None


def _with_month(text: str, day: Run, year: Run) -> str | None:
    named = _MONTH.match(text[day.end : year.start])
    if named is None:
        return None
    month = str(_MONTHS.index(named["month"].lower()) + 1)
    return shapes.birth_date([*(d for _, d in day.groups()), month, "".join(d for _, d in year.groups())])


def _end(text: str, last: Run) -> int:
    """The end of the date with «года» behind it."""
    tail = _BIRTH_WORDS.match(text[last.end :])
    return last.end + (tail.end() if tail else 0)
