"""Recognises what a question is about by the editor's phrases of aspects.yml; the longest phrase wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar, cast

from bot.services.phrases import PhraseBook, Token

A = TypeVar("A", bound=str)

IGNORE = "ignore"
"""The name of the list of phrases that look like a question and are none."""


class AspectBook(Generic[A]):
    """Phrases by aspect."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self._book = PhraseBook([(phrase, aspect) for aspect, listed in phrases.items() for phrase in listed])

    def find(self, words: Sequence[Token]) -> list[A]:
        """Aspects named in the text, each once, in the order of their first words."""
        first: dict[A, int] = {}
        for aspect, at, _ in self.spans(words):
            first[aspect] = min(first.get(aspect, at), at)
        return sorted(first, key=lambda aspect: first[aspect])

    def spans(self, words: Sequence[Token]) -> list[tuple[A, int, int]]:
        """Every phrase of an aspect with its first and last word; no word belongs to two."""
        found = sorted(self._book.find(words), key=lambda f: (f.first - f.last, f.first))
        taken: set[int] = set()
        chosen = []
        for one in found:
            own = range(one.first, one.last + 1)
            if taken.isdisjoint(own):
                taken.update(own)
                if one.value != IGNORE:
                    chosen.append((cast(A, one.value), one.first, one.last))
        return chosen
