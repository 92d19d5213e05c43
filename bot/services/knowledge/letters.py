"""Likeness by pieces of words (3–5 letters): finds an article in spite of typos and other forms of a word."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from bot.services.phrases import tokens

_SHORTEST, _LONGEST = 3, 5


class LetterIndex:
    """Documents by their pieces, weighted as tf-idf; the score is a cosine."""

    def __init__(self, documents: Sequence[str]) -> None:
        counts = [Counter(_pieces(text)) for text in documents]
        seen = Counter(piece for c in counts for piece in c)
        self._count = len(documents)
        self._idf = {piece: math.log((1 + self._count) / (1 + n)) + 1 for piece, n in seen.items()}
        self._unknown = math.log(1 + self._count) + 1
        self._index: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, count in enumerate(counts):
            weights = self._weights(count)
            length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
            for piece, weight in weights.items():
                self._index[piece].append((number, weight / length))

    def scores(self, text: str) -> list[float]:
        """The cosine of the text with each document; pieces no document has do not count."""
        weights = self._weights(Counter(p for p in _pieces(text) if p in self._idf))
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        result = [0.0] * self._count
        for piece, weight in weights.items():
            for number, own in self._index[piece]:
                result[number] += weight * own / length
        return result

    def _weights(self, counts: Counter[str]) -> dict[str, float]:
        return {piece: (1 + math.log(n)) * self._idf.get(piece, self._unknown) for piece, n in counts.items()}


def _pieces(text: str) -> Iterator[str]:
    for token in tokens(text):
        word = f" {token.text} "
        for size in range(_SHORTEST, _LONGEST + 1):
            for start in range(max(1, len(word) - size + 1)):
                yield word[start : start + size]
