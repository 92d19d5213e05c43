"""Tells what in a phrase looks like personal data, which has no place among training phrases."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.services.phrases import analyser

_SIGNS = (
    ("СНИЛС", re.compile(r"\b\d{3}-?\d{3}-?\d{3}[ -]?\d{2}\b")),
    ("телефон", re.compile(r"(?<!\d)(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)")),
    ("почта", re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")),
    ("номер дела", re.compile(r"\b[А-ЯЁ]{2}-\d{4}-\d{6}\b|\b\d{1,3}/\d{1,3}/\d{4,}\b", re.I)),
    ("паспорт", re.compile(r"(?<!\d)\d{2} ?\d{2} ?(?:№ ?)?\d{6}(?!\d)")),
    ("длинный номер", re.compile(r"(?<!\d)\d{9,}(?!\d)")),
)
_WORD = re.compile(r"[а-яё]+(?:-[а-яё]+)?", re.I)
_PARTS = ("Surn", "Name", "Patr")
_STREET = re.compile(r"(?:улиц\w*|ул\.?|проспект\w*|пр-т\w*|площад\w*|пер\w*|бульвар\w*|имени|им\.?|на|по)\s*$", re.I)
"""Before a name that is a street's: «улица Карла Маркса», «на Юрия Гагарина»."""


def personal_marks(phrase: str) -> tuple[str, ...]:
    """What is there, in Russian («телефон», «имя и фамилия»); () for nothing."""
    found: list[str] = []
    for name, sign in _SIGNS:
        if sign.search(phrase):
            found.append(name)
            # One number is one thing: a telephone is a long number too.
            phrase = sign.sub(" ", phrase)
    return (*found, "имя и фамилия") if _has_full_name(phrase) else tuple(found)


def _has_full_name(phrase: str) -> bool:
    """Two different parts of a name side by side; in small letters only with a patronymic, since many surnames are words."""
    words = list(_WORD.finditer(phrase))
    for left, right in pairwise(words):
        if phrase[left.end() : right.start()].strip(" ") or _STREET.search(phrase[: left.start()]):
            continue
        capitals = left[0].istitle() and right[0].istitle()
        if (capitals or _PATRONYMIC.search(left[0]) or _PATRONYMIC.search(right[0])) and _different(left[0], right[0]):
            return True
    return False


_PATRONYMIC = re.compile(r"(?:вич|вн|чн)(?:а|у|е|ы|ой|ем)?$", re.I)


def _different(left: str, right: str) -> bool:
    return any(a != b for a in _parts(left) for b in _parts(right))


def _parts(word: str) -> set[str]:
    return {part for parse in analyser().parse(word.lower())[:4] for part in _PARTS if part in parse.tag}
