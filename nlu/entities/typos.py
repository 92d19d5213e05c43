"""Finds a known word one slip of the finger away; used for names of services, districts and streets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

MIN_LENGTH = 6
"""Letters. In shorter words one slip too often makes another real word."""


class TypoIndex:
    """Known words by all their forms with one letter left out (symmetric delete), for look-up without a scan."""

    def __init__(self, known: Iterable[str]) -> None:
        self._by_delete: dict[str, set[str]] = defaultdict(set)
        for word in known:
            if len(word) >= MIN_LENGTH - 1:
                for shorter in _deletes(word):
                    self._by_delete[shorter].add(word)

    def nearest(self, word: str) -> str | None:
        """The known word one insertion, deletion, replacement or swap away; None for short or ambiguous words."""
        if len(word) < MIN_LENGTH:
            return None
        near = {known for form in _deletes(word) for known in self._by_delete.get(form, ()) if _one_slip(word, known)}
        return near.pop() if len(near) == 1 else None


def _deletes(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _one_slip(one: str, other: str) -> bool:
    """True if the words differ by at most one insertion, deletion, replacement or swap of neighbours."""
    if abs(len(one) - len(other)) > 1:
        return False
    head = 0
    while head < min(len(one), len(other)) and one[head] == other[head]:
        head += 1
    a, b = one[head:], other[head:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
