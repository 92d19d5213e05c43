"""How well an edition's phrases teach: cross-validation, what a model misreads, and what two models read differently.

Runs in the dialogue's environment beside a training of the studio: `python -m nlu.evaluation` takes one JSON request on stdin
(`run`) and answers with lines of JSON: {"stage", "done", "of"} while it works, {"result"} at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import shutil
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import yaml

from nlu.intents import TEMPERATURE, IntentModel, _near, _softmax, _times
from nlu.meaning import vectors
from nlu.text import normalise, sentences

FOLDS = 5
ASKS = "nlu_fallback"
"""What is read when the robot would rather ask which of two is meant."""
_MARKED = re.compile(r"\[([^\]]+?)\](?:\([^)]+\)|\{[^}]*\})")
_READERS: dict[str, Callable[[Any], Any]] = {"intents.pickle": pickle.load, "intents.joblib": joblib.load}
"""How the model lies in an archive; earlier versions of the classifier wrote the latter."""

Tell = Callable[[str, int, int], None]
"""Stage, how much of it is done, of how much."""


@dataclass(frozen=True)
class Phrase:
    """A training phrase as the editor wrote it, without marks of entities, and as the model reads it."""

    text: str
    intent: str
    clean: str


@dataclass(frozen=True)
class Read:
    """One phrase and what a model made of it."""

    phrase: Phrase
    predicted: str
    confidence: float

    @property
    def right(self) -> bool:
        return self.predicted == self.phrase.intent


@dataclass
class _Remembering(IntentModel):
    """A model that looks meanings up: hundreds of texts encoded at once take a third of the time of one by one."""

    meanings: dict[str, np.ndarray] = field(default_factory=dict)

    def _read(self, texts: list[str]) -> np.ndarray:
        form = _times(self.letters.transform(texts), self.by_letters)
        form = form + _times(self.words.transform(texts), self.by_words)
        said = np.stack([self.meanings[text] for text in texts])
        return _softmax((form + _near(said, self.known) @ self.by_meaning) / TEMPERATURE)


class Meanings:
    """Sentence vectors of this run. Those of training phrases are kept in `store` for the next one, others only in memory."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self._known: dict[str, np.ndarray] = {}

    def keep(self, phrases: Iterable[Phrase]) -> None:
        """Have the vectors of phrases and their sentences, from the store as far as it has them."""
        texts = sorted({unit for phrase in phrases for unit in _units(phrase.clean)})
        self._known.update(zip(texts, vectors(texts, self.store), strict=True))

    def rankings(self, model: IntentModel, texts: Sequence[str]) -> list[list[tuple[str, float]]]:
        """`model.ranking` of many normalised texts."""
        units = {model.speller.correct(unit) for text in texts for unit in _units(text)}
        fresh = sorted(units - self._known.keys())
        self._known.update(zip(fresh, vectors(fresh), strict=True))
        reader = _Remembering(**vars(model), meanings=self._known)
        return [reader.ranking(text) for text in texts]

    def read(self, model: IntentModel, phrases: Sequence[Phrase]) -> list[Read]:
        """What a model makes of phrases; "" where it names nothing."""
        ranked = self.rankings(model, [phrase.clean for phrase in phrases])
        return [
            Read(phrase, found[0][0] if found else "", round(found[0][1], 3) if found else 0.0)
            for phrase, found in zip(phrases, ranked, strict=True)
        ]


def _units(text: str) -> list[str]:
    return [unit.lower() for unit in (text, *sentences(text))]


def phrases_of(data: Path) -> list[Phrase]:
    """Phrases of all files below nlu/data, each once: what stands in two folds would be known beforehand."""
    found: dict[tuple[str, str], Phrase] = {}
    for path in sorted(data.rglob("*.yml")):
        tree = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader) or {}
        for block in tree.get("nlu") or ():
            examples = block.get("examples") if "intent" in block else None
            for line in examples.splitlines() if isinstance(examples, str) else ():
                if line.startswith("- ") and line[2:].strip():
                    text = _MARKED.sub(r"\1", line[2:].strip())
                    phrase = Phrase(text, block["intent"].split("/")[0], normalise(text))
                    found.setdefault((phrase.intent, phrase.clean.lower()), phrase)
    return list(found.values())


def folds_of(phrases: Sequence[Phrase], folds: int = FOLDS) -> list[int]:
    """The fold of each phrase: each intent is spread evenly, and a phrase added elsewhere moves none."""
    result = [0] * len(phrases)
    of_intent: dict[str, list[int]] = defaultdict(list)
    for index, phrase in enumerate(phrases):
        of_intent[phrase.intent].append(index)
    for intent, indices in of_intent.items():
        start = int(_digest(intent), 16) % folds
        for rank, index in enumerate(sorted(indices, key=lambda i: _digest(phrases[i].clean.lower()))):
            result[index] = (start + rank) % folds
    return result


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cross_validation(
    phrases: Sequence[Phrase], meanings: Meanings, measured: int = FOLDS, tell: Callable[[int, int], None] | None = None
) -> list[list[Read]]:
    """Readings of the phrases of each of the first `measured` folds by a model that learned the other folds only."""
    of = folds_of(phrases)
    result = []
    with tempfile.TemporaryDirectory() as name:
        for fold in range(measured):
            kept = [p for p, f in zip(phrases, of, strict=True) if f != fold]
            left = [p for p, f in zip(phrases, of, strict=True) if f == fold]
            store = Path(name) / "vectors.npz"
            if meanings.store.exists():
                # A copy: a training drops from its store what it does not use itself.
                shutil.copyfile(meanings.store, store)
            model = IntentModel.train([p.clean for p in kept], [p.intent for p in kept], store)
            result.append(meanings.read(model, left))
            if tell is not None:
                tell(fold + 1, measured)
    return result


def figures(folds: Sequence[Sequence[Read]]) -> dict[str, Any]:
    """Accuracy in all and by fold, macro f1, figures of each intent, and the phrases behind each confusion."""
    reads = [read for fold in folds for read in fold]
    intents = sorted({read.phrase.intent for read in reads})
    per_intent = {intent: _of_intent(intent, reads) for intent in intents}
    confusions: dict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    for read in reads:
        if not read.right:
            confusions[read.phrase.intent, read.predicted].append([read.phrase.text, read.confidence])
    return {
        "accuracy": _share(sum(read.right for read in reads), len(reads)),
        "folds": [_share(sum(read.right for read in fold), len(fold)) for fold in folds],
        "macro_f1": round(float(np.mean([one["f1"] for one in per_intent.values()])), 4) if per_intent else 0.0,
        "measured": len(reads),
        "intents": per_intent,
        "confusions": [
            {"true": true, "predicted": predicted, "phrases": sorted(found, key=lambda pair: -pair[1])}
            for (true, predicted), found in sorted(confusions.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        ],
    }


def _of_intent(intent: str, reads: Sequence[Read]) -> dict[str, float]:
    support = sum(read.phrase.intent == intent for read in reads)
    said = sum(read.predicted == intent for read in reads)
    both = sum(read.right and read.predicted == intent for read in reads)
    precision, recall = both / said if said else 0.0, both / support if support else 0.0
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "support": support}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def model_of(archive: Path) -> IntentModel:
    """The intent model inside a trained archive of Rasa. Raises LookupError for an archive of another kind."""
    with tarfile.open(archive) as file:
        for member in file:
            reader = _READERS.get(member.name.rpartition("/")[2])
            if reader is not None and (stream := file.extractfile(member)):
                with tempfile.TemporaryFile() as copy:
                    shutil.copyfileobj(stream, copy)
                    copy.seek(0)
                    model: IntentModel = reader(copy)
                    return model
    raise LookupError(archive.name)


def doubt_of(config: Path) -> tuple[float, float]:
    """Threshold and ambiguity of the FallbackClassifier in config.yml; (0, 0) without one."""
    for item in yaml.safe_load(config.read_text("utf-8")).get("pipeline") or ():
        if item["name"].endswith("FallbackClassifier"):
            return float(item.get("threshold", 0.3)), float(item.get("ambiguity_threshold", 0.1))
    return 0.0, 0.0


def acted_on(ranked: Sequence[tuple[str, float]], doubt: tuple[float, float]) -> str:
    """The intent that the dialogue acts on: the likeliest, or `ASKS` where it is doubtful or nothing is named."""
    if not ranked:
        return ASKS
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    return ASKS if ranked[0][1] < doubt[0] or ranked[0][1] - second < doubt[1] else ranked[0][0]


def run(request: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Do what was asked.

    `store`: file of remembered vectors; `measured`: folds to measure; `evaluate`: {name: project folder} to cross-validate;
    `models`: {name: [project folder, archive]}; `misread`: name of the model that reads its own phrases, or ""; `texts`: messages
    that all models read. Returns {"evaluations": {name: figures}, "misread": [[phrase, intent, read as, confidence]], "messages":
    {name: [intent acted on]}}.
    """
    meanings = Meanings(Path(request["store"]))
    of_edition = {name: phrases_of(Path(folder) / "nlu" / "data") for name, folder in request["evaluate"].items()}
    models = {name: (Path(folder), model_of(Path(archive))) for name, (folder, archive) in request["models"].items()}
    misread: list[Read] = []
    if own := request["misread"]:
        phrases = phrases_of(models[own][0] / "nlu" / "data")
        tell("reading", 0, 2)
        meanings.keep([*phrases, *(p for found in of_edition.values() for p in found)])
        tell("reading", 1, 2)
        misread = [read for read in meanings.read(models[own][1], phrases) if not read.right]
        tell("reading", 2, 2)
    evaluations = {}
    for name, phrases in of_edition.items():
        meanings.keep(phrases)
        stage = f"folds_{name}"
        tell(stage, 0, request["measured"])
        folds = cross_validation(
            phrases, meanings, request["measured"], lambda done, of, stage=stage: tell(stage, done, of)
        )
        evaluations[name] = figures(folds) | {"phrases": len(phrases)}
    messages: dict[str, list[str]] = {}
    texts = [normalise(text) for text in request["texts"]]
    for number, (name, (folder, model)) in enumerate(models.items() if texts else ()):
        tell("messages", number, len(models))
        doubt = doubt_of(folder / "config.yml")
        messages[name] = [acted_on(ranked, doubt) for ranked in meanings.rankings(model, texts)]
    rows = [[r.phrase.text, r.phrase.intent, r.predicted, r.confidence] for r in misread]
    return {"evaluations": evaluations, "misread": rows, "messages": messages}


def main() -> None:
    """Answer the request on stdin."""
    # Libraries print as they like: the real stdout is kept for answers only.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(**fields: Any) -> None:
        print(json.dumps(fields, ensure_ascii=False), file=out, flush=True)

    request = json.loads(sys.stdin.buffer.read())
    say(result=run(request, lambda stage, done, of: say(stage=stage, done=done, of=of)))


if __name__ == "__main__":
    main()
