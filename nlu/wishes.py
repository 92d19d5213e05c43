"""Two wishes in one message: «до скольки вы работаете и какие документы на загранпаспорт»."""

from __future__ import annotations

import re
from collections.abc import Callable

_JOINT = re.compile(
    r"[.!?;]\s+|[,\s]+(?:(?:а|и)\s+)?(?:ещ[её]|также|заодно)\s+|[,\s]+и\s+|,\s+(?=(?:как|где|до|сколько|когда)\w*\s)",
    re.I,
)
_MOST_PARTS = 4
_CLEAR = 0.6
"""A part below this probability names no wish of its own: «сын и дочь» is no pair of wishes."""
_OF_A_SERVICE = frozenset(("ask_documents", "ask_fee", "ask_service_info"))
"""The answer about a service meets all aspects asked of it at once."""
BEGINNING = "book_appointment"
"""A scenario, so the question beside it is answered first."""
QUESTIONS = _OF_A_SERVICE | {"ask_working_hours", "ask_address", "my_appointments", "ask_privacy"}
"""Wishes that one answer settles."""

Ranking = list[tuple[str, float]]


def two_wishes(text: str, whole: Ranking, read: Callable[[str], Ranking]) -> tuple[str, str] | None:
    """The first and the second wish of a normalised message, or None when it has one; `read` ranks a part of it."""
    if not whole or whole[0][0] not in QUESTIONS | {BEGINNING}:
        return None
    parts = [part for part in _JOINT.split(text) if len(part.split()) > 1]
    if not 1 < len(parts) <= _MOST_PARTS:
        return None
    best = [ranked[0] for part in parts if (ranked := read(part))]
    wishes = list(dict.fromkeys(name for name, sure in best if sure >= _CLEAR and name in QUESTIONS | {BEGINNING}))
    if len(wishes) != 2 or whole[0][0] not in wishes or _OF_A_SERVICE.issuperset(wishes):
        return None
    first, second = sorted(wishes, key=lambda name: name == BEGINNING)
    return first, second
