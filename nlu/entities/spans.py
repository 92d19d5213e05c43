"""What a finder returns, and how overlapping finds are settled. Used by every finder of this package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")

# Which find stays when two overlap: the more specific shape first, a bare number last.
PRIORITY = {
    "email": 90,
    "case_number": 85,
    "snils": 84,
    "phone": 80,
    "code_word": 78,
    "birth_date": 75,
    "money": 70,
    "address": 65,
    "centre": 62,
    "interval": 60,
    "datetime": 60,
    "date": 60,
    "time": 60,
    "service": 56,
    "district": 54,
    "street": 53,
    "person_name": 52,
    "topic": 50,
    "month": 40,
    "number": 10,
}
_EXPECTED_BONUS = 30


@dataclass(frozen=True)
class Word:
    """One word of a message: its span in the text and its folded form (lower case, «ё» as «е»)."""

    start: int
    end: int
    form: str


@dataclass(frozen=True)
class Found:
    """One entity in a text; `start` and `end` are character offsets, `value` is the canonical form.

    `problem` names why a value cannot be trusted ("checksum", "length", …; `value` is then None).
    `candidates` lists every id that fits equally well, when there are several. `grain` and `moment` belong to dates and
    times: how exact it is, and the ISO 8601 moment with its offset that a bare day or hour stands for.
    """

    entity: str
    start: int
    end: int
    value: Any
    problem: str | None = None
    candidates: tuple[str, ...] = ()
    grain: str | None = None
    moment: str | None = None

    def to_dict(self, text: str) -> dict[str, Any]:
        """The entity as a dictionary for Rasa; `text` is the message the offsets belong to."""
        result: dict[str, Any] = {
            "entity": self.entity,
            "start": self.start,
            "end": self.end,
            "text": text[self.start : self.end],
            "value": self.value,
        }
        if self.problem:
            result["problem"] = self.problem
        if len(self.candidates) > 1:
            result["candidates"] = list(self.candidates)
        if self.grain:
            result["grain"] = self.grain
        if self.moment:
            result["moment"] = self.moment
        return result


def fold(text: str) -> str:
    """Lower case with «ё» as «е», of exactly the same length, so that offsets stay valid."""
    lowered = text.lower()
    if len(lowered) != len(text):
        # A few letters («İ») grow when lowered; offsets matter more than their case.
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.replace("ё", "е")


def words(text: str) -> list[Word]:
    """The words of a text in order; a hyphenated word is one word, punctuation is dropped."""
    folded = fold(text)
    return [Word(m.start(), m.end(), m.group()) for m in WORD.finditer(folded)]


def overlaps(one: Found, other: Found) -> bool:
    """True if the two spans share a character."""
    return one.start < other.end and other.start < one.end


def resolve(found: Iterable[Found], expected: str | None = None) -> list[Found]:
    """Keeps the best of overlapping finds (by priority, then length) and orders them by position.

    The entity the dialogue has just asked for (`expected`) is preferred. A centre named only by its street
    («на Ленина») stays beside that street or address: which one is meant is known to the dialogue alone.
    """

    def rank(item: Found) -> tuple[int, int, int]:
        bonus = _EXPECTED_BONUS if item.entity == expected else 0
        return (-(PRIORITY.get(item.entity, 0) + bonus), item.start - item.end, item.start)

    kept: list[Found] = []
    for item in sorted(found, key=rank):
        if item.end > item.start and all(not overlaps(item, other) or _may_share(item, other) for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: (item.start, item.end))


def _may_share(one: Found, other: Found) -> bool:
    """True for a centre and the street or address it is named by; a preposition may be the only difference."""
    kinds = {one.entity, other.entity}
    if "centre" not in kinds or not kinds & {"street", "address"}:
        return False
    return abs(one.start - other.start) <= 4 and one.end == other.end
