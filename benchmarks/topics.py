"""How well complaints are routed: real appeals of one Russian city, which nobody trained on, against our topics.

The appeals are not ours to keep: they are read from ../shared/data/kursk_appeals when it is there. How their 17
numbered categories were named, and how our topics map to them, is in docs/topics.md.

Usage: python -m benchmarks.topics [--json] [--quick] [--file appeals.jsonl]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from bot.services.meaning import Encoder
from bot.services.tickets.topics import TopicClassifier

ROOT = Path(__file__).resolve().parents[1]
APPEALS = ROOT.parent / "shared" / "data" / "kursk_appeals" / "appeals.jsonl"

CATEGORIES = {
    0: "дороги", 1: "безнадзорные животные", 2: "государственные услуги", 3: "жкх и благоустройство", 4: "медицина",
    5: "культура", 6: "меры поддержки (эпидемия)", 7: "образование", 8: "транспорт", 9: "связь", 10: "соцзащита",
    11: "строительство", 12: "тестовая", 13: "торговля", 14: "труд", 15: "спорт", 16: "экология",
}  # fmt: skip

MAPPING = {
    "medicine": 4, "social_support": 10, "housing_utilities": 3, "roads": 0, "transport": 8, "emergency": 3,
    "psychological_help": 4, "education": 7, "ecology_waste": 16, "labour": 14, "telecom": 9, "trade": 13,
    "business": 6, "mfc": 2, "improvement": 3, "animals": 1, "other": 3, "culture_sport": 5,
    "roads.sidewalks": 3, "roads.manholes": 3, "roads.drainage": 3, "roads.restoration": 3,
    "improvement.construction": 11, "ecology_waste.collection": 3, "culture_sport.sport": 15,
}  # fmt: skip


def category(topic_id: str) -> int:
    """Their category of our topic or subtopic."""
    return MAPPING.get(topic_id, MAPPING[topic_id.split(".", maxsplit=1)[0]])


def routed(ranking: list[tuple[str, float]]) -> int:
    """Their category with the greatest sum of our topics' probabilities."""
    sums: dict[int, float] = defaultdict(float)
    for topic_id, score in ranking:
        sums[category(topic_id)] += score
    return max(sums, key=lambda c: sums[c])


def measure(rows: list[dict[str, Any]], classifier: TopicClassifier) -> dict[str, Any]:
    """Accuracy of all, of the half never looked at (odd ids), and per category; milliseconds a message."""
    started = time.perf_counter()
    seen = [routed(classifier.classify(row["text"])) for row in rows]
    took = time.perf_counter() - started
    hits = [s == row["category"] for s, row in zip(seen, rows, strict=True)]
    unseen = [h for h, row in zip(hits, rows, strict=True) if row["id"] % 2]
    table = []
    for number, name in CATEGORIES.items():
        gold = [h for h, row in zip(hits, rows, strict=True) if row["category"] == number]
        said = [h for h, s in zip(hits, seen, strict=True) if s == number]
        if gold:
            table.append(
                {
                    "category": number, "name": name, "appeals": len(gold), "recall": round(sum(gold) / len(gold), 3),
                    "precision": round(sum(said) / len(said), 3) if said else None,
                }
            )  # fmt: skip
    return {
        "appeals": len(rows),
        "accuracy": round(sum(hits) / len(hits), 3),
        "accuracy_unseen_half": round(sum(unseen) / len(unseen), 3) if unseen else None,
        "ms": round(took / len(rows) * 1000, 2),
        "categories": table,
    }


def main() -> None:
    """Print the table, and with --json one object last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="every fifth appeal")
    parser.add_argument("--file", type=Path, default=APPEALS)
    parser.add_argument("--cache", type=Path, default=None, help="folder for the trained model")
    args = parser.parse_args()
    if not args.file.exists():
        print(f"{args.file} is not here: nothing to measure on")
        if args.json:
            print(json.dumps({"skipped": "no appeals"}))
        return
    rows = [json.loads(line) for line in args.file.read_text("utf-8").splitlines() if line.strip()]
    started = time.perf_counter()
    classifier = TopicClassifier.load(ROOT / "bot" / "content" / "topics.yml", Encoder(), args.cache)
    ready = time.perf_counter() - started
    # Neighbours in the file come from one day; a stride keeps the mix, and both odd and even ids.
    result = measure(rows[::5] if args.quick else rows, classifier) | {"ready_seconds": round(ready, 2)}
    print(f"{'category':<32}{'appeals':>8}{'recall':>8}{'precision':>11}")
    for row in result["categories"]:
        precision = "–" if row["precision"] is None else f"{row['precision']:.2f}"
        print(f"{row['category']:>2} {row['name']:<29}{row['appeals']:>8}{row['recall']:>8.2f}{precision:>11}")
    print(
        f"\naccuracy {result['accuracy']:.3f} of {result['appeals']} (odd ids, never looked at: "
        f"{result['accuracy_unseen_half']}); {result['ms']} ms a message; ready in {result['ready_seconds']} s"
    )
    if args.json:
        print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
