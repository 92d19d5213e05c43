"""Digits put into the shape in which each kind of number is typed: «22134660» → «2/2/134660», «89123456789» → «+79123456789»."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

import phonenumbers

SERIAL = 6
"""Digits of the last part of a case number, as receipts have it; the two parts before it have one or two."""
_YEAR = re.compile(r"20[2-4]\d")
_UNSURE_YEARS = range(20, 40)
"""Two-digit years of birth whose century only the dialogue's clock can tell."""


def case_number(groups: list[tuple[str, str]], prefix: str = "", default: str = "ЗЯ") -> str | None:
    """The case number that groups with their marks (`Run.groups`) stand for; None when they have no known shape.

    `prefix` is the prefix that was said («ЗЯ»), `default` the one meant when a year came without any.
    """
    digits = "".join(d for _, d in groups)
    own = _own_number(digits, groups, prefix, default)
    if own is not None:
        return own
    for mark in ("/", "-"):
        parts = _parts(groups, mark)
        if len(parts) == 3 and len(parts[0]) <= 3 and len(parts[1]) <= 2 and 3 <= len(parts[2]) <= 9:
            return "/".join(parts)
    if len(digits) == SERIAL + 2:
        cuts = (1, 2)
    elif len(digits) == SERIAL + 4 and (len(groups) == 1 or len(groups[0][1]) <= 2):
        cuts = (2, 4)
    elif len(digits) == SERIAL + 3:
        # Nine digits: the pauses tell which of the first two parts has two.
        size = len(groups[0][1])
        if size == 1 and len(groups) > 1 and len(groups[1][1]) != 2:
            return None
        cuts = (2, 3) if size == 2 else (1, 3)
        if size > 2:
            return None
    else:
        return None
    return f"{digits[: cuts[0]]}/{digits[cuts[0] : cuts[1]]}/{digits[cuts[1] :]}"


def best_case_number(variants: Iterable[list[tuple[str, str]]], prefix: str = "", default: str = "ЗЯ") -> str | None:
    """The first variant with a serial as long as receipts print it, else the first of any known shape, else None."""
    first, *others = variants
    # A number in one breath is never torn apart to reach a length: «триста сорок семь» stays 347.
    merged = [groups for groups in others if len(groups) < len(first)]
    found = [shaped for groups in (first, *merged) if (shaped := case_number(groups, prefix, default)) is not None]
    return next((s for s in found if s[0].isalpha() or len(s.split("/")[-1]) == SERIAL), found[0] if found else None)


def _parts(groups: list[tuple[str, str]], mark: str) -> list[str]:
    parts: list[str] = []
    for before, digits in groups:
        if before == mark or not parts:
            parts.append(digits)
        else:
            parts[-1] += digits
    return parts


def _own_number(digits: str, groups: list[tuple[str, str]], prefix: str, default: str) -> str | None:
    if not _YEAR.match(digits) or not 5 <= len(digits) <= 4 + SERIAL:
        return None
    said_year = groups[0][1] == digits[:4]
    if not prefix and len(digits) != 4 + SERIAL and not said_year:
        return None
    serial = int(digits[4:])
    return f"{prefix or default}-{digits[:4]}-{serial:06d}" if serial else None


def phone(readings: Iterable[str], international: bool = False) -> str | None:
    """The first reading that is a telephone number, as «+79123456789»; Russian unless `international` (a «+» was said)."""
    for digits in readings:
        national = digits[1:] if len(digits) == 11 and digits[0] in "78" else digits
        plain = "+7" + national if len(national) == 10 else "+" + digits if international else None
        if plain is not None and _is_phone(plain):
            return plain
    return None


def _is_phone(text: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, "RU"))
    except phonenumbers.NumberParseException:
        return False


def snils(readings: Iterable[str]) -> str | None:
    """The first reading of eleven digits with a right check number as «112-233-445 95»; else the first of eleven."""
    eleven = [r for r in readings if len(r) == 11]
    if not eleven:
        return None
    digits = next((r for r in eleven if snils_valid(r)), eleven[0])
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"


def snils_valid(digits: str) -> bool:
    """The Pension Fund's rule: weights 9 to 1, modulo 101; no check number up to 001-001-998."""
    if int(digits[:9]) <= 1_001_998:
        return int(digits[:9]) > 0
    return sum(int(d) * (9 - i) for i, d in enumerate(digits[:9])) % 101 % 100 == int(digits[9:])


def birth_date(parts: Iterable[str]) -> str | None:
    """Day, month and year said as groups of digits («24», «0», «8», «62») as «24.08.1962»; None when they are no date.

    A year of two digits that may belong to either century stays as it is: «24.08.28»; the dialogue knows today.
    """
    groups = list(parts)
    if len(groups) == 1 or all(len(g) == 1 for g in groups):
        digits = "".join(groups)
        return _date(digits[:2], digits[2:4], digits[4:]) if len(digits) in (6, 8) else None
    if len(groups[0]) == 4 and len(groups) > 1:
        # «2408» in one breath.
        groups[:1] = [groups[0][:2], groups[0][2:]]
    if (day := _two(groups)) is None or (month := _two(groups)) is None:
        return None
    sizes = [len(g) for g in groups]
    whole = sizes in ([2], [4], [2, 2], [1, 1, 1, 1]) or (sizes == [1, 1] and groups[0] == "0")
    return _date(day, month, "".join(groups)) if whole else None


def _two(groups: list[str]) -> str | None:
    """A day or a month from the front of `groups`: «8», «0» + «8», «08», «24»."""
    if not groups:
        return None
    first = groups.pop(0)
    if first == "0" and groups and len(groups[0]) == 1:
        first += groups.pop(0)
    return first if len(first) <= 2 else None


def _date(day: str, month: str, year: str) -> str | None:
    if len(year) not in (2, 4) or not 1 <= int(month) <= 12:
        return None
    century = 1900 if int(year) >= _UNSURE_YEARS.stop else 2000
    full = int(year) if len(year) == 4 else century + int(year)
    try:
        born = date(full, int(month), int(day))
    except ValueError:
        return None
    if not 1900 <= born.year < 2100:
        return None
    shown = f"{full}" if len(year) == 4 or int(year) not in _UNSURE_YEARS else year
    return f"{int(day):02d}.{int(month):02d}.{shown}"


def day(digits: str) -> str | None:
    """Keys DDMM, DMM or DDMMYYYY as «24.11» or «24.11.2026»; None for a day no calendar has."""
    if len(digits) not in (3, 4, 8):
        return None
    head, year = (digits[:-4], digits[4:]) if len(digits) == 8 else (digits, "")
    number, month = head[:-2], head[-2:]
    try:
        date(int(year or 2028), int(month), int(number))
    except ValueError:
        return None
    return f"{int(number):02d}.{month}" + (f".{year}" if year else "")


def time(digits: str) -> str | None:
    """Keys HHMM, HMM or a bare hour as «14:30»; None for a time no clock shows."""
    if not 1 <= len(digits) <= 4:
        return None
    hour, minute = (digits, "00") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    return f"{int(hour)}:{minute}" if int(hour) < 24 and int(minute) < 60 else None
