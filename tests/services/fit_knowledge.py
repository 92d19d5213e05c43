"""Refits the weights of the knowledge search and prints how TUNE and TEST do: `python -m tests.services.fit_knowledge`.

Positive examples are the articles' own questions, each searched in a base that does not know it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.services.content import Article, load
from bot.services.knowledge import Knowledge
from bot.services.meaning import Encoder, Vectors
from tests.services.knowledge_cases import OTHER, TEST, TUNE

FOLDS = 7
CANDIDATES = 6


def main() -> None:
    """Print weights in the order of `Knowledge.features`, then every failure."""
    articles, encoder = load(Path("bot/content")).articles, Encoder()
    knowledge = Knowledge(articles, encoder)
    rows: list[Vectors] = []
    right: list[bool] = []

    def add(base: Knowledge, question: str, wanted: str | None) -> None:
        features = base.features(question)
        assert features is not None
        for number in np.argsort(-features[:, 3])[:CANDIDATES]:
            rows.append(features[number])
            right.append(base.articles[number].id == wanted)

    for fold in range(FOLDS):
        base = Knowledge([_without(a, fold) for a in articles], encoder)
        for article in articles:
            for question in article.questions[fold::FOLDS]:
                add(base, question, article.id)
    for question in (*OTHER, *(q for q, wanted in TUNE if wanted is None)):
        add(knowledge, question, None)
    model = LogisticRegression(C=10, max_iter=5000).fit(np.array(rows), np.array(right))
    print("bias", model.intercept_.round(2), "weights", model.coef_.round(2))
    for name, cases in (("TUNE", TUNE), ("TEST", TEST)):
        counts = {"right": 0, "wrong": 0, "missed": 0, "invented": 0, "honest": 0}
        for question, wanted in cases:
            hits = knowledge.search(question, limit=1)
            found = hits[0].article.id if hits else None
            if wanted is None:
                kind = "honest" if found is None else "invented"
            else:
                kind = "right" if found == wanted else "missed" if found is None else "wrong"
            counts[kind] += 1
            if kind in ("wrong", "missed", "invented"):
                print(name, kind, question, wanted, hits[:1] and (found, hits[0].score))
        print(name, counts)


def _without(article: Article, fold: int) -> Article:
    return replace(article, questions=tuple(q for n, q in enumerate(article.questions) if n % FOLDS != fold))


if __name__ == "__main__":
    main()
