"""What a caller changes in a number that was read back: «нет, в конце девять», «не пять, а шесть», «вторая цифра три»."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from voice.dictation.digits import digits_said, runs
from voice.dictation.number_words import vocabulary

_END = re.compile(r"\b(?:в конце|на конце|последн\w+|конец|заканчивается(?: на)?|оканчивается(?: на)?)\b", re.I)
_START = re.compile(r"\b(?:в начале|сначала|начинается(?: с| на)?|перв(?:ые|ая цифра)(?=\b))", re.I)
_PLACE = re.compile(r"\b(?P<place>[а-яё]+)\s+(?:цифра|цифру|по счёту|по счету)\b", re.I)
_INSTEAD = re.compile(r"\bне\s+(?P<wrong>.+?)[\s,]+а\s+(?P<right>.+)$", re.I)
_FOR = re.compile(r"\bвместо\s+(?P<wrong>\S+)[\s,]+(?P<right>.+)$", re.I)
_COUNT = re.compile(r"\b(?:две|три|четыре|пять)\s+(?:последние\s+)?цифр\w*", re.I)

Fits = Callable[[str], bool]
"""Whether a string of digits has a shape that this kind of number may have."""


def corrected(said: str, digits: str, fits: Fits) -> str | None:
    """The digits as the caller wants them, None when what was said changes nothing clearly.

    `digits` is what was read back. A whole new number counts when it fits; a tail or a head when the result fits.
    """
    return next((new for new in _wishes(said, digits, fits) if new != digits and fits(new)), None)


def _wishes(said: str, digits: str, fits: Fits) -> Iterator[str]:
    if (found := _INSTEAD.search(said)) or (found := _FOR.search(said)):
        wrong, right = digits_said(found["wrong"]), digits_said(found["right"])
        if wrong and right and digits.count(wrong) == 1:
            yield digits.replace(wrong, right)
        return
    if (place := _ordinal(said)) and (right := digits_said(said[place[1] :])) and len(right) == 1:
        if place[0] <= len(digits):
            yield digits[: place[0] - 1] + right + digits[place[0] :]
        return
    plain = _COUNT.sub(" ", said)
    if end := _END.search(plain):
        tail = digits_said(plain[end.end() :]) or digits_said(plain[: end.start()])
        yield from (digits[: len(digits) - size] + tail for size in _sizes(tail))
        return
    if start := _START.search(plain):
        head = digits_said(plain[start.end() :])
        yield from (head + digits[size:] for size in _sizes(head))
        return
    for run in runs(plain):
        yield from (r for r in run.readings() if fits(r) and len(r) >= 4)


def _sizes(piece: str) -> Iterator[int]:
    """How many digits a piece replaces: as many as it has; else one fewer or more, for Whisper loses doubled digits."""
    if piece:
        yield from (len(piece), len(piece) - 1, len(piece) + 1)


def _ordinal(said: str) -> tuple[int, int] | None:
    """The place named and where the words after it begin."""
    found = _PLACE.search(said)
    word = vocabulary().get(found["place"].lower().replace("ё", "е")) if found else None
    return (word.value, found.end()) if found and word and word.ordinal and word.value > 0 else None
