"""Numbers and months that stand alone and belong to nothing more telling."""

from __future__ import annotations

import re

from nlu.entities.births import MONTHS
from nlu.entities.spans import Found, fold
from nlu.entities.view import View

_MONTH = re.compile(
    r"(?<!\w)(?:январ[ьяюе]|феврал[ьяюе]|март[ауе]?|апрел[ьяюе]|ма[йяею]|июн[ьяюе]|июл[ьяюе]|август[ауе]?|"
    r"сентябр[ьяюе]|октябр[ьяюе]|ноябр[ьяюе]|декабр[ьяюе]|(?:январ|феврал|апрел|июн|июл|сентябр|октябр|ноябр|декабр)[её]м|"
    r"мартом|августом)(?!\w)"
)
_ONE = {"один", "одна", "одну", "одно", "одного", "одной", "одни", "одних", "одному", "одним", "раз"}


def numbers(text: str, view: View, expected: str | None = None) -> list[Found]:
    """Bare numbers as int or float; «один» counts only as the whole answer, being a pronoun elsewhere."""
    alone = len(view.numbers) == 1 and len(text.split()) <= 2
    return [
        Found("number", number.start, number.end, number.value)
        for number in view.numbers
        if not (number.spelled and number.word in _ONE and number.value == 1) or alone or expected == "number"
    ]


def months(text: str) -> list[Found]:
    """Names of months as numbers 1–12."""
    found = []
    for match in _MONTH.finditer(fold(text)):
        found.append(Found("month", match.start(), match.end(), MONTHS[match.group()[:3]]))
    return found
