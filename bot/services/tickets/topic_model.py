"""Learns topics from a few dozen examples each: a ridge regression over letters, words and meaning of a text.

Chosen over logistic regression because it trains in about a second and was more accurate here (docs/topics.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.services.phrases import lemma, tokens

RIDGE = 1.0
"""Regularisation; strong, because the examples are few and the complaints are long."""
SHARPNESS = 16.0
"""Turns scores into probabilities."""

# A capital within a sentence is a name of a street or a person, and tells nothing of the topic.
_NAME = re.compile(r'(?<=[а-яёa-z0-9,;:)»"] )[А-ЯЁ][а-яё]+(?:-[А-ЯЁа-яё]+)?')
_EMPTY = re.compile(
    r"\b(?:здравствуйте|добрый день|добрый вечер|доброе утро|уважаем(?:ый|ая|ые)|прошу вас|прошу|просим|пожалуйста"
    r"|спасибо|с уважением|подскажите|обращаюсь|ул|улиц[аеы]|дома?|д|г|городе?|города|области|область|районе?|района|принять меры"
    r"|примите меры)\b|\d+"
)


class SentenceEncoder(Protocol):
    """What is needed of `bot.services.meaning.Encoder`."""

    name: str

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 a text."""


@dataclass
class TopicModel:
    """Trained weights; picklable."""

    labels: list[str]
    chars: Any
    words: Any
    weights: list[NDArray[np.float32]]

    @classmethod
    def trained(
        cls, labelled: list[tuple[str, str]], loose: list[tuple[str, str]], encoder: SentenceEncoder
    ) -> TopicModel:
        """Train on (text, label); then each loose (text, «roads») joins its likeliest label («roads.snow») and all is
        trained again."""
        texts = [text for text, _ in (*labelled, *loose)]
        labels = sorted({label for _, label in labelled})
        chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True, dtype=np.float32)
        words = TfidfVectorizer(
            tokenizer=lemmas, token_pattern=None, ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32
        )
        plain = [essence(text) for text in texts]
        views = [chars.fit_transform(plain), words.fit_transform(plain), encoder.encode(texts)]
        kernel = np.mean([_product(view, view) for view in views], axis=0)
        known = np.array([labels.index(label) for _, label in labelled])
        size = len(known)
        first = kernel[size:, :size] @ _solve(kernel[:size, :size], known, len(labels))
        guessed = [
            max((i for i, label in enumerate(labels) if label.startswith(f"{topic}.")), key=lambda i: scores[i])
            for (_, topic), scores in zip(loose, first, strict=True)
        ]
        answers = _solve(kernel, np.concatenate([known, np.array(guessed, dtype=int)]), len(labels))
        weights = [np.asarray((view.T @ answers) / len(views), dtype=np.float32) for view in views]
        return cls(labels, chars, words, weights)

    def scores(self, texts: Sequence[str], encoder: SentenceEncoder) -> NDArray[np.float64]:
        """Probabilities of all labels, one row a text."""
        plain = [essence(text) for text in texts]
        views = [self.chars.transform(plain), self.words.transform(plain), encoder.encode(texts)]
        raw = sum(np.asarray(view @ weight, dtype=np.float64) for view, weight in zip(views, self.weights, strict=True))
        powers = np.exp((raw - np.max(raw, axis=1, keepdims=True)) * SHARPNESS)
        chances: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return chances


def _product(one: Any, other: Any) -> NDArray[np.float64]:
    product = one @ other.T
    return np.asarray(product.todense() if hasattr(product, "todense") else product, dtype=np.float64)


def _solve(kernel: NDArray[np.float64], known: NDArray[np.int_], count: int) -> NDArray[np.float64]:
    """The dual weights of a ridge regression, one target a label; rare labels weigh more, by a square root."""
    targets = np.full((len(known), count), -1.0 / count)
    targets[np.arange(len(known)), known] = 1.0
    shares = np.bincount(known, minlength=count)
    weight = np.sqrt(len(known) / (count * shares[known]))
    solved: NDArray[np.float64] = np.linalg.solve(kernel + RIDGE * np.diag(1 / weight), targets)
    return solved


def essence(text: str) -> str:
    """The text without names, numbers and courtesies, in lower case with е for ё."""
    return " ".join(_EMPTY.sub(" ", _NAME.sub(" ", text).lower().replace("ё", "е")).split())


def lemmas(text: str) -> list[str]:
    """Dictionary forms of the words."""
    return [lemma(token.text) for token in tokens(text)]
