"""How well the persona reads feelings, on labelled messages written apart, and how long it takes.

Usage: python -m benchmarks.emotions [--json] [--quick] [--file tests/persona/emotions.jsonl]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bot.persona.emotion import NAMES, Emotions

ROOT = Path(__file__).resolve().parents[1]


def measure(path: Path, rounds: int = 5) -> dict[str, Any]:
    """Accuracy, precision and recall of each emotion, false anger on calm messages, and milliseconds a message."""
    emotions = Emotions.load(ROOT / "bot" / "persona" / "lexicon.yml")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    gold, seen, wrong = [], [], []
    for row in rows:
        name = emotions.detect(row["text"], row.get("mood", [])).name
        gold.append(row["emotion"])
        seen.append(name)
        if name != row["emotion"]:
            wrong.append({"text": row["text"], "gold": row["emotion"], "seen": name})
    times = []
    for _ in range(rounds):
        for row in rows:
            started = time.perf_counter()
            emotions.detect(row["text"], [])
            times.append((time.perf_counter() - started) * 1000)
    pairs = Counter(zip(gold, seen, strict=True))
    table = {}
    for name in NAMES:
        hit, total, said = pairs[name, name], gold.count(name), seen.count(name)
        table[name] = {
            "messages": total,
            "recall": round(hit / total, 3) if total else None,
            "precision": round(hit / said, 3) if said else None,
        }
    calm = [s for g, s in zip(gold, seen, strict=True) if g in ("neutral", "sadness")]
    return {
        "messages": len(rows),
        "accuracy": round(sum(g == s for g, s in zip(gold, seen, strict=True)) / len(rows), 3),
        "false_anger": sum(s in ("anger", "irritation") for s in calm),
        "p50_ms": round(statistics.median(times), 3),
        "p95_ms": round(statistics.quantiles(times, n=20)[18], 3),
        "emotions": table,
        "wrong": wrong,
    }


def main() -> None:
    """Print the table, and with --json one object last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="list the misread messages")
    parser.add_argument("--file", type=Path, default=ROOT / "tests" / "persona" / "emotions.jsonl")
    args = parser.parse_args()
    result = measure(args.file, rounds=1 if args.quick else 5)
    print(f"{'emotion':<12}{'messages':>9}{'recall':>8}{'precision':>11}")
    for name, row in result["emotions"].items():
        recall, precision = ("–" if row[k] is None else f"{row[k]:.2f}" for k in ("recall", "precision"))
        print(f"{name:<12}{row['messages']:>9}{recall:>8}{precision:>11}")
    print(
        f"\naccuracy {result['accuracy']:.3f} of {result['messages']}; anger seen in calm or sad ones: "
        f"{result['false_anger']}; p50 {result['p50_ms']} ms, p95 {result['p95_ms']} ms"
    )
    if args.wrong:
        for item in result["wrong"]:
            print(f"  {item['gold']:<11}→ {item['seen']:<11}{item['text']}")
    if args.json:
        print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
