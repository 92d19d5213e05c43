"""The intent model: reads a message by its letters, words and meaning, whole and sentence by sentence."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlu.meaning import vectors
from nlu.noise import misspelt
from nlu.spelling import Speller
from nlu.text import sentences

WORDS_WEIGHT = 2.0
"""How much letters and words count against meaning: measured on the test set written apart, see docs/nlu.md."""

SENTENCE_WEIGHT = 0.6
"""How much the clearest single sentence adds to the reading of the whole message."""

COURTESY = frozenset(("greet", "thank", "goodbye", "inform", "affirm", "deny", "frustration"))
"""Intents that a sentence inside a longer message rarely carries as its point."""
_COURTESY_SHARE = 0.3
_LEAST = 1e-6
_MOST_SENTENCES = 12


@dataclass
class IntentModel:
    """A trained model. All arrays are float32; `intents` names the columns of every score."""

    intents: List[str]
    speller: Speller
    letters: TfidfVectorizer
    words: TfidfVectorizer
    by_form: Tuple[np.ndarray, np.ndarray]
    by_meaning: Tuple[np.ndarray, np.ndarray]

    @classmethod
    def train(cls, phrases: Sequence[str], intents: Sequence[str], seed: int = 7) -> IntentModel:
        """Learn from normalised phrases and their intents. Deterministic for a seed."""
        clean = [p.lower() for p in phrases]
        speller = Speller.learn(clean)
        rng = random.Random(seed)
        texts = [speller.correct(t) for t in clean]
        texts += [speller.correct(misspelt(t, rng)) for t in clean]
        labels = list(intents) * 2
        letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, max_features=50_000, dtype=np.float32
        )
        words = TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+", max_features=40_000, dtype=np.float32
        )
        form = hstack([letters.fit_transform(texts), words.fit_transform(texts)]).tocsr()
        by_form = LogisticRegression(C=10, solver="liblinear").fit(form, labels)
        by_meaning = LogisticRegression(C=20, max_iter=200).fit(vectors(texts), labels)
        return cls(
            intents=[str(c) for c in by_form.classes_],
            speller=speller,
            letters=letters,
            words=words,
            by_form=_weights(by_form),
            by_meaning=_weights(by_meaning),
        )

    def scores(self, text: str) -> Dict[str, float]:
        """Probabilities of all intents for one normalised message; they sum to 1."""
        parts = [s for s in sentences(text) if len(s.split()) > 1][:_MOST_SENTENCES]
        units = [text, *parts] if len(parts) > 1 else [text]
        single = self._read([self.speller.correct(u.lower()) for u in units])
        total = single[0]
        if len(units) > 1:
            weak = np.array([_COURTESY_SHARE if i in COURTESY else 1.0 for i in self.intents])
            total = total + SENTENCE_WEIGHT * (single[1:] * weak).max(axis=0)
        return dict(zip(self.intents, (total / total.sum()).tolist()))

    def _read(self, texts: List[str]) -> np.ndarray:
        form = hstack([self.letters.transform(texts), self.words.transform(texts)]).tocsr()
        # liblinear trains one against the rest: each column is a probability of its own and the row is scaled after.
        own = 1.0 / (1.0 + np.exp(-np.asarray(_linear(form, self.by_form), dtype=np.float64)))
        by_form = own / own.sum(axis=1, keepdims=True)
        by_meaning = _softmax(_linear(vectors(texts), self.by_meaning))
        mixed = WORDS_WEIGHT * np.log(by_form + _LEAST) + np.log(by_meaning + _LEAST)
        return _softmax(mixed / (WORDS_WEIGHT + 1.0))


def _weights(model: LogisticRegression) -> Tuple[np.ndarray, np.ndarray]:
    return model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


def _linear(features: Any, weights: Tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    coefficients, intercept = weights
    product = features @ coefficients
    if isinstance(product, csr_matrix):
        product = product.toarray()
    return np.asarray(product) + intercept


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return result
