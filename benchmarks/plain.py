"""How well the plain-language score agrees with hand ratings, and how often its rules are wrong: `python -m benchmarks.plain`.

`--fit` also proposes weights from the part of the texts that is for fitting; the other part is only looked at.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import spearmanr

from app.paths import HERE
from bot.plain import KINDS, assess, verdict
from bot.plain.readability import bare
from bot.plain.score import WEIGHTS, features
from bot.plain.shares import texts_of
from bot.studio.project import Project

FOLDER = HERE.root / "tests" / "plain"
PULL = 4.0
"""How strongly the fit is pulled to the prior; six-fold cross-validation within the fitting part prefers it to 1."""


@dataclass(frozen=True)
class Rated:
    """One text with its hand rating, and what the score before the rules of 2026 gave it."""

    part: str
    text: str
    rating: int
    before: int


def rated(folder: Path = FOLDER) -> list[Rated]:
    """All rated texts."""
    rows = [json.loads(line) for line in (folder / "rated.jsonl").read_text("utf-8").splitlines()]
    return [Rated(row["part"], row["text"], row["rating"], row["before"]) for row in rows]


def agreement(said: Sequence[float], ratings: Sequence[float]) -> dict[str, float]:
    """Spearman's rank correlation, the mean error in points, and the share of texts with the same verdict."""
    errors = np.abs(np.array(said, dtype=float) - np.array(ratings, dtype=float))
    same = np.mean([verdict(round(one)) == verdict(round(other)) for one, other in zip(said, ratings, strict=True)])
    return {
        "spearman": round(float(spearmanr(said, ratings).statistic), 3), "error": round(float(errors.mean()), 1),
        "same_verdict": round(float(same), 2),
    }  # fmt: skip


def scores(texts: Sequence[Rated]) -> dict[str, dict[str, float]]:
    """Agreement on the held-out part: ours, the score before, and bare readability stretched to 0…100 on the other part."""
    fit = [t for t in texts if t.part == "fit"]
    held = [t for t in texts if t.part == "heldout"]
    ratings = [t.rating for t in held]
    found: dict[str, dict[str, float]] = {
        "our score": agreement([assess(t.text).score for t in held], ratings),
        "our score, fitted part": agreement([assess(t.text).score for t in fit], [t.rating for t in fit]),
        "score before": agreement([t.before for t in held], ratings),
    }
    for name, measure in {
        "textstat alone": lambda text: float(bare().flesch_reading_ease(text)),
        "textstat, our sentences and syllables": lambda text: assess(text).readability,
    }.items():
        slope, base = np.polyfit([measure(t.text) for t in fit], [t.rating for t in fit], 1)
        said = [float(np.clip(base + slope * measure(t.text), 0, 100)) for t in held]
        found[name] = agreement(said, ratings)
    return found


def precision(name: str, folder: Path = FOLDER) -> dict[str, dict[str, int]]:
    """Marked sentences by rule: places found, places missed, and hits that were not meant (or meant for another rule)."""
    found: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        wanted = {(kind, quote) for kind, quote in row["hits"]}
        hits = {(f.kind, f.quote) for f in assess(row["text"]).findings}
        for word, these in (("found", hits & wanted), ("missed", wanted - hits), ("wrong", hits - wanted)):
            for kind, _ in these:
                found[kind][word] += 1
    return {kind: {word: count[word] for word in ("found", "missed", "wrong")} for kind, count in found.items()}


def on_content() -> tuple[int, dict[str, float]]:
    """Words of everything the robot says, and each rule's hits per 1 000 of them."""
    words, hits = 0, Counter[str]()
    for text in texts_of(Project(HERE.root)):
        found = assess(text.text)
        words += found.words
        hits.update(f.kind for f in found.findings)
    return words, {kind: round(1000 * hits[kind] / words, 2) for kind in KINDS}


def fitted(texts: Sequence[Rated]) -> dict[str, float]:
    """Weights of least squares over the fitting part, pulled to the prior: fifty texts say little of a rule met three times."""
    names = ["length", *WEIGHTS]
    prior = np.array([60.0, *([10.0] * len(WEIGHTS))])
    rows, ratings = [], []
    for text in (t for t in texts if t.part == "fit"):
        found = assess(text.text)
        hardness, counted = features(found.findings, found.readability, found.words)
        rows.append([hardness, *(counted.get(kind, 0.0) for kind in WEIGHTS)])
        ratings.append(text.rating)
    matrix, target = np.array(rows), np.array(ratings, dtype=float)

    def errors(weights: Any) -> Any:
        return np.concatenate([100 * np.exp(-(matrix @ weights) / 100) - target, np.sqrt(PULL) * (weights - prior)])

    answer = least_squares(errors, prior, bounds=(2, 300))
    return {name: round(float(value), 1) for name, value in zip(names, answer.x, strict=True)}


def pace() -> float:
    """Milliseconds of CPU for 500 characters that were not seen before, the median of all rated texts joined and cut."""
    whole = " ".join(t.text for t in rated())
    pieces = [whole[n : n + 500] for n in range(0, len(whole) - 500, 500)]
    assess(pieces[0])
    took = []
    for piece in pieces[1:]:
        begun = time.thread_time()
        assess(piece)
        took.append(1000 * (time.thread_time() - begun))
    return round(float(np.median(took)), 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures, or one JSON object with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="propose weights")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args(arguments)
    texts = rated()
    words, hits = on_content()
    report: dict[str, Any] = {
        "texts": len(texts), "heldout": sum(t.part == "heldout" for t in texts), "agreement": scores(texts),
        "marked": precision("marked"), "blind": precision("blind"), "content_words": words, "content_hits_per_1000": hits,
        "ms_for_500_characters": pace(),
    }  # fmt: skip
    if asked.fit:
        report["weights"] = fitted(texts)
    if asked.json:
        print(json.dumps(report, ensure_ascii=False))
        return 0
    print(f"{report['texts']} texts, {report['heldout']} held out")
    for name, figures in report["agreement"].items():
        print(
            f"  {name:40} Spearman {figures['spearman']:.3f} error {figures['error']:.1f}  verdict {figures['same_verdict']:.2f}"
        )
    print(
        "rule             marked: found missed wrong   blind: found missed wrong   hits per 1 000 words of our content"
    )
    for kind, count in report["marked"].items():
        blind = report["blind"][kind]
        print(
            f"  {kind:15}{count['found']:14}{count['missed']:7}{count['wrong']:6}"
            f"{blind['found']:15}{blind['missed']:7}{blind['wrong']:6}   {hits[kind]:8.2f}"
        )
    print(f"500 characters: {report['ms_for_500_characters']} ms of CPU")
    if asked.fit:
        print("weights:", report["weights"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
