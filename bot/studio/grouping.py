"""Puts phrases that mean the same into one group, so that one decision settles many. Pure arithmetic on vectors of meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.services.meaning import Vectors

APART = 0.7
"""Mean distance from which two groups stay apart: the cosine's, and `OTHER_WISH` between phrases that lean to different wishes.

On messages of `tests/nlu/heldout.jsonl`, a quarter of them leaning wrongly, 91 % lie in a group of their own wish.
"""
OTHER_WISH = 0.3
SAME = 0.93
"""Cosine from which two phrases teach the robot the same thing."""
MOST_TICKED = 5
MOST_OFFERED = 5
LEAST = 0.06
"""Share of the vote below which a wish is not offered, unless it is the first."""


def groups_of(vectors: Vectors, leanings: Sequence[str] = (), apart: float = APART) -> list[list[int]]:
    """Row numbers that belong together, the biggest group first, then by the lowest number; rows of zeros stay alone.

    `leanings` are the wishes that each phrase seems to be about. Taking a whole group away leaves all others as they were.
    Blocks: 500 rows cost some 50 ms.
    """
    lone = [[row] for row in range(len(vectors)) if not vectors[row].any()]
    meant = [row for row in range(len(vectors)) if vectors[row].any()]
    leaning = np.array([leanings[row] for row in meant]) if leanings else np.zeros(len(meant))
    found = [[meant[at] for at in one] for one in _clustered(vectors[meant], leaning, apart)] + lone
    return sorted((sorted(one) for one in found), key=lambda one: (-len(one), one[0]))


def _clustered(vectors: Vectors, leaning: NDArray[Any], apart: float) -> Iterable[list[int]]:
    if len(vectors) < 2:
        return [[row] for row in range(len(vectors))]
    # Not at the start of every process: only one page needs it.
    from sklearn.cluster import AgglomerativeClustering

    distances = np.clip(1.0 - vectors @ vectors.T, 0.0, 2.0) + OTHER_WISH * (leaning[:, None] != leaning[None, :])
    model = AgglomerativeClustering(n_clusters=None, metric="precomputed", linkage="average", distance_threshold=apart)
    found: dict[int, list[int]] = {}
    for row, label in enumerate(model.fit_predict(distances)):
        found.setdefault(int(label), []).append(row)
    return found.values()


def by_centre(vectors: Vectors) -> list[int]:
    """Rows from the most central one, the phrase that stands for all, to the farthest."""
    nearness = (vectors @ vectors.T).mean(axis=1)
    return sorted(range(len(vectors)), key=lambda row: (-round(float(nearness[row]), 4), row))


def different(vectors: Vectors, most: int = MOST_TICKED) -> list[int]:
    """The rows that differ most from each other, the central one first, without near-repetitions."""
    if not len(vectors):
        return []
    chosen = by_centre(vectors)[:1]
    while len(chosen) < min(most, len(vectors)):
        nearest = (vectors @ vectors[chosen].T).max(axis=1)
        nearest[chosen] = 2.0
        row = int(nearest.argmin())
        if nearest[row] >= SAME:
            break
        chosen.append(row)
    return chosen


def vote(
    ballots: Iterable[Mapping[str, float]], allowed: Callable[[str], bool], most: int = MOST_OFFERED
) -> list[tuple[str, float]]:
    """Likeliest wishes of a group with their shares of 1, from what speaks for each of its phrases; [] when nothing does."""
    sums: dict[str, float] = {}
    for ballot in ballots:
        for name, weight in ballot.items():
            if weight > 0 and allowed(name):
                sums[name] = sums.get(name, 0.0) + weight
    total = sum(sums.values())
    best = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:most]
    return [(name, round(weight / total, 3)) for name, weight in best if weight >= LEAST * total or name == best[0][0]]


def ballot(
    ranking: Sequence[tuple[str, float]], nearest: Sequence[tuple[str, float]], meant: str, *, misread: bool
) -> dict[str, float]:
    """What speaks for each wish of one phrase.

    `ranking` is what the robot read, `nearest` the wishes of the nearest training phrases with cosines, `meant` what a person said.
    What a person called misread is no vote for that reading.
    """
    weights: dict[str, float] = {}
    for place, (name, sure) in enumerate(ranking):
        if name and not (misread and place == 0):
            weights[name] = weights.get(name, 0.0) + sure
    for name, cosine in nearest:
        weights[name] = weights.get(name, 0.0) + max(0.0, cosine - 0.45)
    if meant:
        weights[meant] = weights.get(meant, 0.0) + 3.0
    if misread and ranking and ranking[0][0] != meant:
        weights.pop(ranking[0][0], None)
    return weights
