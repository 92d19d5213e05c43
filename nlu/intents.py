"""The intent model: reads a message by its letters, words and meaning, whole and sentence by sentence.

Kernel ridge regression: every training phrase pulls a message towards its intent by how alike the two are. Letters and
words count by their cosine; meaning by an exponent of it, so that a near paraphrase says much and a vague likeness little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from nlu.meaning import vectors
from nlu.signs import sign_intent
from nlu.spelling import Speller
from nlu.text import sentences

# How much each likeness counts. Chosen by cross-validation over whole themes, see docs/nlu.md; all are flat optima.
LETTERS, WORDS, MEANING = 1.0, 0.7, 3.0
SOFTNESS = 0.4
"""The smaller, the nearer two meanings must be to count as alike."""
RIDGE = 0.3
"""How little a single training phrase is trusted."""
TEMPERATURE = 0.06
"""Turns scores into probabilities that come true: a confidence of 0.8 is right in about 8 of 10."""

SENTENCE_WEIGHT = 0.3
"""How much the clearest single sentence adds to the reading of the whole message."""
COURTESY = frozenset(("greet", "thank", "goodbye", "inform", "affirm", "deny", "frustration"))
"""Intents that a sentence inside a longer message rarely carries as its point."""
_COURTESY_SHARE = 0.3
_MOST_SENTENCES = 12
_RARE_FROM = 200
"""From this many phrases on, letter groups seen in one phrase only are left out."""


@dataclass
class IntentModel:
    """A trained model. All arrays are float32; `intents` names the columns of every score."""

    intents: list[str]
    speller: Speller
    letters: TfidfVectorizer
    words: TfidfVectorizer
    by_letters: np.ndarray
    by_words: np.ndarray
    known: np.ndarray
    """Meanings of the training phrases, one row each."""
    by_meaning: np.ndarray

    @classmethod
    def train(cls, phrases: Sequence[str], intents: Sequence[str], store: Path | None = None) -> IntentModel:
        """Learn from normalised phrases and their intents. Deterministic. `store`: see `nlu.meaning.vectors`."""
        clean = [phrase.lower() for phrase in phrases]
        speller = Speller.learn(clean)
        texts = [speller.correct(text) for text in clean]
        least = 2 if len(texts) >= _RARE_FROM else 1
        letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=least, dtype=np.float32
        )
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+", dtype=np.float32)  # noqa: S106
        seen, said, known = letters.fit_transform(texts), words.fit_transform(texts), vectors(texts, store)
        alike = (LETTERS * (seen @ seen.T) + WORDS * (said @ said.T)).toarray() + MEANING * _near(known, known)
        alike[np.diag_indices_from(alike)] += RIDGE
        names = sorted(set(intents))
        target = (np.asarray(intents)[:, None] == np.asarray(names)[None, :]) - 1.0 / len(names)
        pull = cho_solve(cho_factor(alike, overwrite_a=True), target.astype(np.float32))
        return cls(
            intents=names,
            speller=speller,
            letters=letters,
            words=words,
            by_letters=_float32(LETTERS * (seen.T @ pull)),
            by_words=_float32(WORDS * (said.T @ pull)),
            known=known,
            by_meaning=_float32(MEANING * pull),
        )

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Intents of one normalised message with their probabilities, likeliest first; none where nothing is said."""
        if any(c.isalnum() for c in text):
            return sorted(self.scores(text).items(), key=lambda pair: -pair[1])
        sign = sign_intent(text)
        return [(sign, 1.0)] if sign in self.intents else []

    def scores(self, text: str) -> dict[str, float]:
        """Probabilities of all intents for one normalised message; they sum to 1."""
        parts = [s for s in sentences(text) if len(s.split()) > 1][:_MOST_SENTENCES]
        units = [text, *parts] if len(parts) > 1 else [text]
        single = self._read([self.speller.correct(u.lower()) for u in units])
        total = single[0]
        if len(units) > 1:
            weak = np.array([_COURTESY_SHARE if i in COURTESY else 1.0 for i in self.intents])
            total = total + SENTENCE_WEIGHT * (single[1:] * weak).max(axis=0)
        return dict(zip(self.intents, (total / total.sum()).tolist(), strict=True))

    def _read(self, texts: list[str]) -> np.ndarray:
        form = _times(self.letters.transform(texts), self.by_letters) + _times(
            self.words.transform(texts), self.by_words
        )
        return _softmax((form + _near(vectors(texts), self.known) @ self.by_meaning) / TEMPERATURE)


def _near(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How near the meanings of two lists of texts are, each to each: 1 for the same, about 0.1 for unrelated ones."""
    near: np.ndarray = np.exp((left @ right.T - 1.0) / SOFTNESS)
    return near


def _times(features: csr_matrix, weights: np.ndarray) -> np.ndarray:
    return np.asarray(features @ weights)


def _float32(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, dtype=np.float32)


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return result
