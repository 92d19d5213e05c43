"""A message with spoken numbers and signs written as digits and signs, each tied to its place in the message.

One pattern then finds «дело 2/2/134660» both typed and dictated («два дробь два дробь сто тридцать четыре тысячи …»).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.entities.spans import fold
from nlu.numbers import NumberSpan, dictated_digits, spans

_SIGNS = {"/": r"дробь|слеш|слэш|косая черта|косая", "-": r"тире|дефис|минус|черточка", "+": r"плюс(?=\s*(?:\d|сем))"}
_SIGN = re.compile("|".join(rf"(?P<s{i}>\b(?:{said})\b)" for i, said in enumerate(_SIGNS.values())))


@dataclass(frozen=True)
class View:
    """`text` is folded, with digits for spoken numbers; `numbers` are all numbers of the message, in its offsets."""

    text: str
    numbers: tuple[NumberSpan, ...]
    _starts: tuple[int, ...]
    _ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the message for offsets in `text` (`start` < `end`)."""
        return self._starts[start], self._ends[end - 1]

    def at(self, position: int) -> int:
        """The first offset in `text` that stands for the message's `position` or later."""
        return next((i for i, start in enumerate(self._starts) if start >= position), len(self.text))


def plain(text: str) -> View:
    """The view of a message in which nothing is read as a number."""
    return View(fold(text), (), tuple(range(len(text))), tuple(range(1, len(text) + 1)))


def look(text: str) -> View:
    """The view of a normalised message."""
    numbers = tuple(spans(text))
    pieces = [*_spoken_numbers(text, numbers), *_spoken_signs(fold(text))]
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    folded = fold(text)
    last = 0
    for start, end, written in sorted(pieces):
        if start < last:
            continue
        out.append(folded[last:start])
        starts += range(last, start)
        ends += range(last + 1, start + 1)
        out.append(written)
        starts += [start] * len(written)
        ends += [end] * len(written)
        last = end
    out.append(folded[last:])
    starts += range(last, len(folded))
    ends += range(last + 1, len(folded) + 1)
    return View("".join(out), numbers, tuple(starts), tuple(ends))


def _spoken_numbers(text: str, numbers: tuple[NumberSpan, ...]) -> list[tuple[int, int, str]]:
    pieces = []
    skip = False
    for index, number in enumerate(numbers):
        if skip:
            skip = False
            continue
        if not number.spelled:
            continue
        ahead = numbers[index + 1] if index + 1 < len(numbers) else None
        if ahead and ahead.spelled and ahead.start == number.end + 1 and 2 <= number.value <= 9:
            # «Два ноля» is dictated for «00»: the two numbers are one run of digits.
            together = dictated_digits(text[number.start : ahead.end])
            if together != number.digits + ahead.digits:
                pieces.append((number.start, ahead.end, together))
                skip = True
                continue
        pieces.append((number.start, number.end, number.digits))
    return pieces


def _spoken_signs(folded: str) -> list[tuple[int, int, str]]:
    marks = list(_SIGNS)
    return [(found.start(), found.end(), marks[int((found.lastgroup or "s0")[1:])]) for found in _SIGN.finditer(folded)]
