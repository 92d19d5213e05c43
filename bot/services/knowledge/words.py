"""Word overlap between a question and the articles, with rare words weighing more (BM25 over lemmas)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from bot.services.phrases import lemma, tokens

_K1 = 1.2
_B = 0.5
_SCALE = 1.3
"""Brings a question covered word for word to about 1."""
_STOP_WORDS = (
    "а без бы быть в во вот все вы где да для до если есть еще же за и из или их к как какой ко когда кто ли мне "
    "мой мочь мы на надо нам наш не нет ни но нужно нужный о об он она они от по под при про с сам свой себя "
    "сейчас сказать сколько со так также там то только тот ты у уже хотеть что чтобы это этот я можно "
    "здравствовать пожалуйста подсказать добрый день вопрос"
)
_STOP = frozenset(_STOP_WORDS.split())


def content_words(text: str) -> list[str]:
    """Lemmas of the text without words that say nothing of its subject."""
    return [word for token in tokens(text) if (word := lemma(token.text)) not in _STOP]


class WordIndex:
    """Documents by their words."""

    def __init__(self, documents: Sequence[str]) -> None:
        self._counts = [Counter(content_words(text)) for text in documents]
        self._lengths = [sum(c.values()) for c in self._counts]
        self._mean = sum(self._lengths) / max(1, len(self._lengths))
        seen = Counter(word for counts in self._counts for word in counts)
        total = len(documents)
        self._idf = {word: math.log(1 + (total - n + 0.5) / (n + 0.5)) for word, n in seen.items()}
        self._unknown = math.log(1 + total)

    def scores(self, text: str) -> list[float]:
        """How much of the question each document covers, from 0 to about 1; unknown words count against all."""
        asked = set(content_words(text))
        full = sum(self._idf.get(word, self._unknown) for word in asked)
        if not full:
            return [0.0] * len(self._counts)
        return [self._covered(asked, number) / full for number in range(len(self._counts))]

    def _covered(self, asked: set[str], number: int) -> float:
        counts = self._counts[number]
        norm = _K1 * (1 - _B + _B * self._lengths[number] / self._mean)
        return sum(
            self._idf[word] * counts[word] * (_K1 + 1) / (counts[word] + norm) / _SCALE
            for word in asked
            if word in counts
        )
