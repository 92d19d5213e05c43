"""The number of a case as people say it: whole, in pieces over several messages, or not at all."""

from __future__ import annotations

import re

from actions.turn import Turn

_UNKNOWN = re.compile(
    r"не (?:знаю|помню|наш[её]?л\w*|вижу|могу найти)|потерял|откуда|где (?:его|же|он|мне|взять|искать|смотреть)|нет номера",
    re.I,
)
_LAST_PART = range(4, 10)
"""Digits in the last of the three parts of a case number."""


def number_unknown(turn: Turn) -> bool:
    """Whether the citizen says that she does not know the number or where it is."""
    return bool(_UNKNOWN.search(turn.words))


def number_in_pieces(before: list[str] | None, turn: Turn, asked: bool) -> tuple[str | None, list[str] | None]:
    """The number, and the parts heard so far while it is not whole: «два, два» goes on in the next message.

    `before` are the parts of earlier messages; without `asked` only a whole number counts.
    """
    whole = turn.value("case_number")
    if not asked or (whole and not (before and str(whole).isdigit())):
        return whole, None
    heard = [str(whole)] if whole else [str(n) for n in turn.values("number") if isinstance(n, int)]
    if not heard:
        return None, before
    parts = [*(before or []), *heard]
    last = "".join(parts[2:])
    if not last:
        return None, parts if len("".join(parts)) < _LAST_PART.start else None
    return (f"{parts[0]}/{parts[1]}/{last}", None) if len(last) in _LAST_PART else (None, None)
