"""How well intents are recognised: on two sets written apart from the training phrases, by cross-validation, and how fast.

Runs in the dialogue's environment and needs no trained archive: it trains the intent model itself on nlu/data.

Usage: .otklik/venvs/dialogue/bin/python -m benchmarks.nlu [--json] [--quick] [--cv 5] [--wrong] [--file cases.jsonl …]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from nlu.intents import IntentModel
from nlu.text import normalise

ROOT = Path(__file__).resolve().parents[1]
SETS = tuple(ROOT / "tests" / "nlu" / f"{name}.jsonl" for name in ("heldout", "centre_questions", "strangers"))
THEMES = (
    "паспорт снилс субсид сад школ капитал прав ипотек выписк участ пенси банкрот безработ занятост прописк регистрац "
    "многодет охот ветеран инвалид пособ выплат судимост брак фамили рожден дом квартир машин мусор вод свет отоплен "
    "дорог автобус врач сайт приложен код парол отзыв видео оператор соглас данн"
).split()
"""Stems of what phrases are about: in theme folds all phrases with some of them are unseen at once."""
NOTHING = (
    "лаоыдвр ыва", "asdf", "ывдлоа", "щшзщшз", "jkl;", "пролджэ", "ааааааа", "12ыы34", "зюзю кукареку", "фцйк уе",
    "сколько лететь до луны", "какой айфон лучше", "кто такой наполеон", "сочини стих о весне", "почему небо голубое",
    "что приготовить на ужин", "посоветуй книгу", "что подарить тёще", "как починить стиралку", "переведи слово собака",
)  # fmt: skip
"""Not a citizen's wish: the robot should doubt or say that this is not its field."""

Reading = tuple[str, list[tuple[str, float]]]
"""The true intent and the ranking."""


def training_phrases() -> tuple[list[str], list[str]]:
    """Normalised phrases of nlu/data and their intents, read as Rasa reads them."""
    phrases, intents = [], []
    for path in sorted((ROOT / "nlu" / "data").glob("*.yml")):
        for block in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            for line in block["examples"].splitlines() if "intent" in block else ():
                if line.startswith("- "):
                    phrases.append(normalise(line[2:]))
                    intents.append(block["intent"])
    return phrases, intents


def cases(path: Path) -> list[dict[str, str]]:
    """{"text", "intent", "style"} a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def ranking(model: IntentModel, text: str) -> list[tuple[str, float]]:
    """Intents of a raw message, likeliest first."""
    return model.ranking(normalise(text))


def right(reading: Reading) -> bool:
    return bool(reading[1]) and reading[1][0][0] == reading[0]


def accuracy(readings: Sequence[Reading]) -> float:
    """Share of messages whose likeliest intent is the true one."""
    return round(sum(map(right, readings)) / len(readings), 4) if readings else 0.0


def doubt_settings() -> tuple[float, float]:
    """Threshold and ambiguity of the FallbackClassifier in config.yml."""
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))["pipeline"]
    found = next(item for item in pipeline if item["name"] == "FallbackClassifier")
    return float(found["threshold"]), float(found["ambiguity_threshold"])


def doubted(ranked: list[tuple[str, float]], settings: tuple[float, float]) -> bool:
    """Whether the robot would ask instead of acting."""
    if len(ranked) < 2:
        return not ranked
    return ranked[0][1] < settings[0] or ranked[0][1] - ranked[1][1] < settings[1]


def on_set(model: IntentModel, path: Path, known: frozenset[str]) -> dict[str, Any]:
    """Accuracy in all, by style and without messages that stand word for word among the training phrases; mistakes."""
    rows = cases(path)
    readings: list[Reading] = [(row["intent"], ranking(model, row["text"])) for row in rows]
    styles: dict[str, list[Reading]] = defaultdict(list)
    for row, reading in zip(rows, readings, strict=True):
        styles[row.get("style", "all")].append(reading)
    unseen = [
        reading for row, reading in zip(rows, readings, strict=True) if normalise(row["text"]).lower() not in known
    ]
    settings = doubt_settings()
    hits = [reading for reading in readings if right(reading)]
    misses = [reading for reading in readings if not right(reading)]
    return {
        "messages": len(rows),
        "accuracy": accuracy(readings),
        "accuracy_unseen": accuracy(unseen),
        "unseen": len(unseen),
        "top2": round(sum(r[0] in dict(r[1][:2]) for r in readings) / len(readings), 4),
        "styles": {style: accuracy(found) for style, found in sorted(styles.items())},
        "right_but_asked": round(sum(doubted(r[1], settings) for r in hits) / max(1, len(hits)), 4),
        "wrong_and_asked": round(sum(doubted(r[1], settings) for r in misses) / max(1, len(misses)), 4),
        "confusions": confusions(readings),
        "wrong": [
            {"text": row["text"], "intent": row["intent"], "read": [(n, round(c, 2)) for n, c in reading[1][:3]]}
            for row, reading in zip(rows, readings, strict=True)
            if not right(reading)
        ],
    }


def confusions(readings: Sequence[Reading]) -> list[tuple[str, str, int]]:
    """The commonest mistakes: true intent, what it was read as, how often."""
    pairs = Counter((true, ranked[0][0] if ranked else "nothing") for true, ranked in readings)
    return [(true, seen, n) for (true, seen), n in pairs.most_common() if true != seen][:12]


def cross_validation(phrases: list[str], intents: list[str], folds: int, themes: bool = False) -> dict[str, Any]:
    """Accuracy on training phrases that were left out: at random, or all that mention the same things at once."""
    order = list(range(len(phrases)))
    random.Random(0).shuffle(order)
    theme = [next((i for i, stem in enumerate(THEMES) if stem in p.lower()), None) for p in phrases]
    readings: list[Reading] = []
    for fold in range(folds):
        if themes:
            left_out = {i for i in order if theme[i] is not None and int(theme[i] or 0) % folds == fold}
        else:
            left_out = set(order[fold::folds])
        kept = [i for i in order if i not in left_out]
        model = IntentModel.train([phrases[i] for i in kept], [intents[i] for i in kept])
        readings += [(intents[i], ranking(model, phrases[i])) for i in sorted(left_out)]
    return {"messages": len(readings), "accuracy": accuracy(readings), "confusions": confusions(readings)}


def speed(model: IntentModel, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds a message of the normaliser and of the intent model (speller, features, sentences, ranking)."""
    clean, scored = [], []
    for text in texts:
        started = time.perf_counter()
        tidy = normalise(text)
        between = time.perf_counter()
        model.ranking(tidy)
        scored.append((time.perf_counter() - between) * 1000)
        clean.append((between - started) * 1000)
    result = {}
    for name, times in (("normalise", clean), ("intent", scored)):
        result[f"{name}_p50_ms"] = round(statistics.median(times), 2)
        result[f"{name}_p95_ms"] = round(statistics.quantiles(times, n=20)[18], 2)
    return result


def measure(files: Sequence[Path], folds: int) -> dict[str, Any]:
    """Everything; `folds` 0 leaves cross-validation out."""
    phrases, intents = training_phrases()
    started = time.perf_counter()
    model = IntentModel.train(phrases, intents)
    result: dict[str, Any] = {
        "phrases": len(phrases),
        "intents": len(set(intents)),
        "training_s": round(time.perf_counter() - started, 1),
    }
    known = frozenset(p.lower() for p in phrases)
    result["sets"] = {path.stem: on_set(model, path, known) for path in files}
    settings = doubt_settings()
    nothing = [ranking(model, text) for text in NOTHING]
    turned = sum(doubted(r, settings) or r[0][0] == "out_of_scope" for r in nothing)
    result["nothing_turned_away"] = round(turned / len(NOTHING), 3)
    result |= speed(model, [row["text"] for path in files for row in cases(path)][:400])
    if folds:
        result["cross_validation"] = cross_validation(phrases, intents, folds)
        result["themes_left_out"] = cross_validation(phrases, intents, folds, themes=True)
    return result


def report(result: dict[str, Any], wrong: bool) -> None:
    """The figures as text."""
    print(f"{result['phrases']} phrases, {result['intents']} intents, trained in {result['training_s']} s\n")
    print(f"{'set':<20}{'messages':>9}{'accuracy':>10}{'not in training':>17}{'in first 2':>12}{'right, asked':>14}")
    for name, found in result["sets"].items():
        print(
            f"{name:<20}{found['messages']:>9}{found['accuracy']:>10.3f}{found['accuracy_unseen']:>17.3f}"
            f"{found['top2']:>12.3f}{found['right_but_asked']:>14.3f}"
        )
    for key, title in (("cross_validation", "left-out phrases"), ("themes_left_out", "left-out themes")):
        if key in result:
            print(f"{title:<20}{result[key]['messages']:>9}{result[key]['accuracy']:>10.3f}")
    for name, found in result["sets"].items():
        print(f"\n{name}: " + ", ".join(f"{style} {share:.3f}" for style, share in found["styles"].items()))
        for true, seen, count in found["confusions"][:8]:
            print(f"  {count}  {true} → {seen}")
        for item in found["wrong"] if wrong else ():
            print(f"  {item['intent']} ← {item['read']} {item['text']}")
    print(f"\nnonsense and foreign wishes turned away or asked about: {result['nothing_turned_away']:.0%}")
    print(f"normalise p50 {result['normalise_p50_ms']} ms, p95 {result['normalise_p95_ms']} ms; ", end="")
    print(f"intent p50 {result['intent_p50_ms']} ms, p95 {result['intent_p95_ms']} ms")


def main() -> None:
    """Print the table, and with --json one object last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="no cross-validation")
    parser.add_argument("--cv", type=int, default=0, help="folds of cross-validation, random and by theme")
    parser.add_argument("--wrong", action="store_true", help="list the misread messages")
    parser.add_argument("--file", type=Path, nargs="+", default=list(SETS))
    args = parser.parse_args()
    result = measure(args.file, 0 if args.quick else args.cv)
    report(result, args.wrong)
    if args.json:
        print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
