"""Finds which of many named things a text means: by the words of their names and by meaning."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.services.meaning import Encoder, cached_vectors
from bot.services.phrases import lemma, tokens

_NEAR = 0.45
"""Cosine from which meaning begins to count."""
_TRUST = 0.72
"""The most that meaning without a common word can score."""
_NEIGHBOURS = 40

_STOP_WORDS = (
    "в во на за по с со из у к о об от до для и или а но не ли бы же я мы вы он она они мой свой ваш наш это этот "
    "как что где когда сколько какой который нужно надо можно быть хотеть мочь подсказать сказать пожалуйста "
    "здравствовать вопрос такой еще уже"
)
_STOP = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True)
class Named:
    """A thing by its names; `about` are sentences that tell its meaning but are not said as names."""

    id: str
    names: tuple[str, ...]
    about: tuple[str, ...] = ()


class NameSearch:
    """An index over named things. Without an encoder only the words count."""

    def __init__(
        self, things: Sequence[Named], encoder: Encoder | None = None, cache: Path | None = None, kind: str = "names"
    ) -> None:
        """`cache` is the folder where vectors are kept between starts, in a file named after `kind`."""
        names = [(t.id, name) for t in things for name in t.names]
        self._names = [(owner, frozenset(_content(name))) for owner, name in names]
        counts = Counter(word for t in things for word in {w for name in t.names for w in _content(name)})
        self._weight = {word: math.log(1 + len(things) / count) for word, count in counts.items()}
        self._encoder = encoder
        meant = names + [(t.id, text) for t in things for text in t.about]
        self._owners = [owner for owner, _ in meant]
        if encoder is not None:
            self._vectors = cached_vectors(encoder, [text for _, text in meant], cache, kind)

    def search(self, text: str, limit: int = 5, least: float = 0.35) -> list[tuple[str, float]]:
        """Ids with a score from 0 to 1, best first; above 0.6 it is safe to take the first."""
        scores = self._by_words(text)
        for owner, score in self._by_meaning(text).items():
            # Agreement of both counts more than either.
            said = scores.get(owner, 0.0)
            scores[owner] = max(said, score) + 0.25 * min(said, score)
        found = sorted(scores.items(), key=lambda item: -item[1])[:limit]
        return [(owner, round(min(score, 1.0), 3)) for owner, score in found if score >= least]

    def _by_words(self, text: str) -> dict[str, float]:
        said = set(_content(text))
        asked = sum(self._weight.get(word, 1.0) for word in said) or 1.0
        scores: dict[str, float] = {}
        for owner, name in self._names:
            if not (common := name & said):
                continue
            met = sum(self._weight[word] for word in common)
            share = met / sum(self._weight[word] for word in name)
            # A name met whole is nearly enough; of two such names the longer one says more.
            score = share**2 * (0.55 + 0.25 * min(1.0, met / 7.0) + 0.2 * min(1.0, met / asked))
            scores[owner] = max(scores.get(owner, 0.0), score)
        return scores

    def _by_meaning(self, text: str) -> dict[str, float]:
        if self._encoder is None or not self._owners:
            return {}
        near = self._vectors @ self._encoder.encode([text])[0]
        scores: dict[str, float] = {}
        for index in np.argsort(-near)[:_NEIGHBOURS]:
            if near[index] <= _NEAR:
                break
            score = min(_TRUST, _TRUST * (float(near[index]) - _NEAR) / (1 - _NEAR) + 0.2)
            owner = self._owners[index]
            scores[owner] = max(scores.get(owner, 0.0), score)
        return scores


def _content(text: str) -> list[str]:
    """Lemmas that carry meaning."""
    return [word for token in tokens(text) if (word := lemma(token.text)) not in _STOP]
