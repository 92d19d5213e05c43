"""Cross-validation and the comparison of two models, on a handful of phrases."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from nlu.evaluation import (
    ASKS,
    Meanings,
    Phrase,
    acted_on,
    cross_validation,
    figures,
    folds_of,
    model_of,
    phrases_of,
    run,
)
from nlu.intents import IntentModel
from nlu.text import normalise

ROOT = Path(__file__).resolve().parents[2]
PHRASES = {
    "greet": "привет|здравствуйте|добрый день|доброе утро|приветствую вас|добрый вечер",
    "book": "запишите меня на приём|хочу записаться в мфц|нужна запись на завтра|есть ли талоны на среду|запись к юристу",
    "cancel": "отмените мою запись|не приду завтра снимите запись|аннулируйте талон|отменить приём|снимите меня с записи",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "nlu" / "data").mkdir(parents=True)
    blocks = [
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts.split("|"))
        for intent, texts in PHRASES.items()
    ]
    (folder / "nlu" / "data" / "all.yml").write_text("nlu:\n" + "".join(blocks), "utf-8")
    (folder / "config.yml").write_text(
        "pipeline:\n- name: FallbackClassifier\n  threshold: 0.3\n  ambiguity_threshold: 0.1\n", "utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def archive(project: Path) -> Path:
    phrases = phrases_of(project / "nlu" / "data")
    model = IntentModel.train([p.clean for p in phrases], [p.intent for p in phrases])
    data = pickle.dumps(model, protocol=5)
    path = project / "model.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        member = tarfile.TarInfo("components/train_nlu.classifier.CitizenIntentClassifier2/intents.pickle")
        member.size = len(data)
        file.addfile(member, io.BytesIO(data))
    return path


def test_phrases_are_read_once_each_and_without_marks(tmp_path: Path) -> None:
    text = (
        "nlu:\n- intent: greet\n  examples: |\n    - Привет\n    - привет\n    - я из [Реченска](city) и {x}\n"
        "- synonym: a\n  examples: |\n    - б\n"
    )
    (tmp_path / "a.yml").write_text(text, "utf-8")
    assert [(p.text, p.intent) for p in phrases_of(tmp_path)] == [("Привет", "greet"), ("я из Реченска и {x}", "greet")]


def test_every_intent_is_spread_over_the_folds_and_stays_there() -> None:
    phrases = [Phrase(f"фраза {n}", "a" if n % 2 else "b", f"фраза {n}") for n in range(40)]
    folds = folds_of(phrases)
    for intent in ("a", "b"):
        counts = [
            sum(f == fold and p.intent == intent for p, f in zip(phrases, folds, strict=True)) for fold in range(5)
        ]
        assert counts == [4] * 5
    assert folds_of([*phrases, Phrase("ещё", "c", "ещё")])[:40] == folds


def test_left_out_phrases_are_read_by_a_model_that_has_not_seen_them(project: Path, tmp_path: Path) -> None:
    phrases = phrases_of(project / "nlu" / "data")
    meanings = Meanings(tmp_path / "vectors.npz")
    meanings.keep(phrases)
    told: list[tuple[int, int]] = []
    folds = cross_validation(phrases, meanings, 5, lambda done, of: told.append((done, of)))
    assert sum(map(len, folds)) == len(phrases) and told[-1] == (5, 5)
    found = figures(folds)
    assert 0.3 < found["accuracy"] <= 1.0 and len(found["folds"]) == 5
    assert found["intents"]["greet"]["support"] == 6
    wrong = sum(len(one["phrases"]) for one in found["confusions"])
    assert wrong == sum(not read.right for fold in folds for read in fold)


def test_readings_together_are_those_one_by_one(project: Path, archive: Path, tmp_path: Path) -> None:
    model, texts = model_of(archive), ["привет. хочу записатся на среду", "👍", "", "отмените"]
    together = Meanings(tmp_path / "v.npz").rankings(model, [normalise(text) for text in texts])
    for text, ranked in zip(texts, together, strict=True):
        alone = model.ranking(normalise(text))
        assert [name for name, _ in ranked] == [name for name, _ in alone]
        assert [score for _, score in ranked] == pytest.approx([score for _, score in alone], abs=1e-4)


@pytest.mark.parametrize(
    ("ranked", "intent"),
    [([("a", 0.9), ("b", 0.1)], "a"), ([("a", 0.45), ("b", 0.4)], ASKS), ([("a", 0.25), ("b", 0.1)], ASKS), ([], ASKS)],
)
def test_what_is_doubtful_is_asked_back(ranked: list[tuple[str, float]], intent: str) -> None:
    assert acted_on(ranked, (0.3, 0.1)) == intent


def test_an_archive_without_our_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.tar.gz"
    with tarfile.open(path, "w:gz"):
        pass
    with pytest.raises(LookupError):
        model_of(path)


def test_messages_are_read_by_both_models_and_are_written_nowhere(project: Path, archive: Path, tmp_path: Path) -> None:
    both = [str(project), str(archive)]
    request = {
        "store": str(tmp_path / "v.npz"), "measured": 1, "evaluate": {"draft": str(project)}, "misread": "draft",
        "models": {"draft": both, "live": both}, "texts": ["отмените запись Ивановой"],
    }  # fmt: skip
    stages: list[str] = []
    found = run(request, lambda stage, done, of: stages.append(stage))
    assert found["messages"] == {"draft": ["cancel"], "live": ["cancel"]}
    assert found["misread"] == [] and found["evaluations"]["draft"]["phrases"] == 16
    assert {"reading", "folds_draft", "messages"} == set(stages)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any("ванов".encode() in data for data in kept)


def test_the_program_answers_by_lines_of_json(project: Path, archive: Path, tmp_path: Path) -> None:
    request = {
        "store": str(tmp_path / "v.npz"), "measured": 1, "evaluate": {}, "misread": "", "texts": ["привет"],
        "models": {"draft": [str(project), str(archive)]},
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "nlu.evaluation"],
        input=json.dumps(request).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["result"]["messages"] == {"draft": ["greet"]}
