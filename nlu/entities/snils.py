"""SNILS, the number of a personal pension account, with its check number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.entities.spans import Found
from nlu.entities.view import View

_ELEVEN = re.compile(r"(?<![\d+/])\d(?:[\s\-–—.]{0,3}\d){10}(?![\d/])")
_SNILS_SHAPE = re.compile(r"\d{3}[\s\-–—]\d{3}[\s\-–—]\d{3}[\s\-–—]\d{2}")
_SNILS_WORD = re.compile(r"снилс\w*|страхов\w+ (?:номер\w*|свидетельств\w*)|пенсионн\w+ свидетельств\w*")
_SNILS_DIGITS = re.compile(r"\d(?:[\s\-–—.]{0,3}\d){5,14}")
_REACH = 40
"""Characters after the word «СНИЛС» within which its digits are looked for."""


def snils_valid(digits: str) -> bool:
    """Whether 11 digits carry the right check number (the Pension Fund's rule: weights 9 to 1, modulo 101)."""
    number, check = digits[:9], int(digits[9:])
    # Check numbers exist only above 001-001-998.
    if int(number) <= 1_001_998:
        return int(number) > 0
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    return total % 101 % 100 == check


def snils(view: View, expected: str | None = None) -> list[Found]:
    """SNILS as "112-233-445 95"; a wrong one has value None and problem "checksum" or (too few digits) "length"."""
    found = []
    for match in _ELEVEN.finditer(view.text):
        digits = re.sub(r"\D", "", match.group())
        named = expected == "snils" or _is_named(view.text[max(0, match.start() - _REACH) : match.start()])
        shaped = bool(_SNILS_SHAPE.fullmatch(match.group()))
        if named or shaped or (snils_valid(digits) and digits[0] not in "78"):
            start, end = view.span(*match.span())
            if snils_valid(digits):
                value = f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"
                found.append(Found("snils", start, end, value))
            else:
                found.append(Found("snils", start, end, None, "checksum"))
    return found or list(_short_snils(view, expected))


def _is_named(before: str) -> bool:
    """True if «СНИЛС» was said before, and no other digits since."""
    called = list(_SNILS_WORD.finditer(before))
    return bool(called) and not re.search(r"\d", before[called[-1].end() :])


def _short_snils(view: View, expected: str | None) -> Iterator[Found]:
    """Digits called a SNILS that are too few or too many."""
    places = [m.end() for m in _SNILS_WORD.finditer(view.text)] or ([0] if expected == "snils" else [])
    for place in places:
        match = _SNILS_DIGITS.search(view.text, place, place + _REACH)
        if match:
            start, end = view.span(*match.span())
            yield Found("snils", start, end, None, "length")
