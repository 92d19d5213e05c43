"""Searches the articles by the meaning of their questions, by words and by letters; one score that is a chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.services.content import Article
from bot.services.knowledge.letters import LetterIndex
from bot.services.knowledge.words import WordIndex
from bot.services.meaning import Encoder, Vectors, cached_vectors

THRESHOLD = 0.42
"""Hits below this chance of being right are not given: better «не нашла» than an invention."""

# A logistic regression, see tests/services/fit_knowledge.py: run it after many articles have changed.
_BIAS, _MEANING, _LETTERS, _WORDS, _LEAD = -4.5, 4.1, 3.54, 1.31, 4.12
_MOST_WORDS = 1.2


@dataclass(frozen=True)
class Hit:
    """An article and the chance (0–1) that it answers the question."""

    article: Article
    score: float


class Knowledge:
    """The articles of a region, ready to be searched; vectors are computed once and kept in `cache`."""

    def __init__(self, articles: Sequence[Article], encoder: Encoder, cache: Path | None = None) -> None:
        self.articles = tuple(articles)
        self._by_id = {a.id: a for a in self.articles}
        self._encoder = encoder
        documents = [" ".join((a.title, *a.questions, a.text)) for a in self.articles]
        self._words = WordIndex(documents)
        self._letters = LetterIndex(documents)
        asked = [(number, q) for number, a in enumerate(self.articles) for q in (a.title, *a.questions)]
        self._owners = np.array([number for number, _ in asked], dtype=np.int64)
        self._vectors = cached_vectors(encoder, [q for _, q in asked], cache, "knowledge")

    def get(self, article_id: str) -> Article:
        """The article of this id. Raises KeyError."""
        return self._by_id[article_id]

    def search(self, question: str, limit: int = 3, threshold: float = THRESHOLD) -> list[Hit]:
        """Articles that answer the question, best first; an empty list when none is likely enough to."""
        features = self.features(question)
        if features is None:
            return []
        chances = 1 / (1 + np.exp(-(_BIAS + features @ np.array([_MEANING, _LETTERS, _WORDS, _LEAD]))))
        best = [int(n) for n in np.argsort(-chances)[:limit] if chances[n] >= threshold]
        return [Hit(self.articles[n], round(float(chances[n]), 3)) for n in best]

    def features(self, question: str) -> Vectors | None:
        """What the score is made of, a row an article: meaning, letters, words, and the lead over the best other one.

        None when there is nothing to compare.
        """
        if not self.articles or not (vector := self._encoder.encode([question[:1_000]])[0]).any():
            return None
        meaning = np.zeros(len(self.articles), dtype=np.float32)
        np.maximum.at(meaning, self._owners, self._vectors @ vector)
        words = np.minimum(np.array(self._words.scores(question)), _MOST_WORDS)
        letters = np.array(self._letters.scores(question))
        overall = meaning + 0.3 * words + 2 * letters
        order = np.sort(overall)[::-1]
        best, second = order[0], order[1] if len(order) > 1 else 0.0
        lead = overall - np.where(overall >= best, second, best)
        return np.stack([meaning, letters, words, lead], axis=1).astype(np.float32)
