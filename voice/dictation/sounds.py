"""How words sound: a key in which the ear's confusions are gone, and how far two keys are apart."""

from __future__ import annotations

import re

# What the ear does not tell apart, in the order of application.
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"ё"), "е"),
    (re.compile(r"ть?ся|т?ц+а"), "ца"),
    (re.compile(r"[сзж]ч|тч|щ"), "ч"),
    (re.compile(r"(?<=[оеи])г(?=о$)"), "в"),
    (re.compile(r"стн"), "сн"),
    (re.compile(r"[ьъ]"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"й$"), ""),
)
_VOICED = str.maketrans("бвгджз", "пфктшс")
_VOWELS = str.maketrans({"о": "а", "е": "и", "э": "и", "я": "и", "ы": "и", "ю": "у"})
VOWELS = frozenset("аиу")
"""The vowels of a key."""
_VOWEL, _GLIDE, _CONSONANT = 0.6, 0.3, 1.0
"""What a sound too many or too few costs."""
_CLOSE = {
    frozenset(pair): cost
    for pair, cost in {
        "аи": 0.4, "ау": 0.5, "иу": 0.5, "мн": 0.5, "лр": 0.6, "кх": 0.6, "пф": 0.6, "тц": 0.6, "сш": 0.5,
        "цч": 0.6, "шч": 0.6, "сц": 0.5, "тч": 0.6, "тк": 0.7, "пт": 0.7, "пк": 0.7, "лф": 0.8, "ий": 0.3,
    }.items()
}  # fmt: skip
"""What it costs to take one sound for another that is near it; others cost 1."""


def sound(text: str) -> str:
    """A key equal for words that sound alike."""
    plain = text.lower()
    for pattern, written in _SOUNDS:
        plain = pattern.sub(written, plain)
    return plain.translate(_VOWELS).translate(_VOICED)


def one(letter: str) -> str:
    """The sound of a single letter, "" for the signs."""
    return "" if letter in "ьъ" else letter.replace("ё", "е").translate(_VOWELS).translate(_VOICED)


def lost(letter: str) -> float:
    """What it costs when this sound is missing or too many."""
    return _VOWEL if letter in VOWELS else _GLIDE if letter == "й" else _CONSONANT


def taken(a: str, b: str) -> float:
    """What it costs to take sound `a` for `b`."""
    return 0.0 if a == b else _CLOSE.get(frozenset((a, b)), 1.0)


_LETTERS = "абвгдежзийклмнопрстуфхцчшщыэюяё"
_LOST = {letter: lost(letter) for letter in _LETTERS}
_TAKEN = {a: {b: taken(a, b) for b in _LETTERS} for a in _LETTERS}


def apart(a: str, b: str, limit: float) -> float:
    """How far two keys are apart in sounds; anything above `limit` may come back as infinity."""
    shorter = min(len(a), len(b))
    # What both begin and end with costs nothing and need not be looked at.
    start = 0
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    a, b = a[start : len(a) - end], b[start : len(b) - end]
    above = [0.0]
    for y in b:
        above.append(above[-1] + _LOST.get(y, 1.0))
    if not a:
        return above[-1]
    for x in a:
        missing, others = _LOST.get(x, 1.0), _TAKEN.get(x, {})
        left = least = above[0] + missing
        row = [left]
        for at, y in enumerate(b):
            here = above[at] + others.get(y, 0.0 if x == y else 1.0)
            if (other := above[at + 1] + missing) < here:
                here = other
            if (other := left + _LOST.get(y, 1.0)) < here:
                here = other
            row.append(here)
            left = here
            if here < least:
                least = here
        if least > limit:
            return float("inf")
        above = row
    return above[-1]
