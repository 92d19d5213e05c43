"""The intent model on a handful of phrases, and on everything we have: what the robot promises about understanding."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from benchmarks import nlu as bench
from nlu.intents import IntentModel
from nlu.meaning import DIMENSIONS, vectors
from nlu.signs import sign_intent
from nlu.text import normalise

ROOT = Path(__file__).resolve().parents[2]
INTENTS = ROOT / "domain.yml"

SMALL = {
    "greet": "привет|здравствуйте|добрый день|доброе утро|приветствую вас",
    "book_appointment": "запишите меня на приём|хочу записаться в мфц|нужна запись на завтра|есть ли талоны на среду",
    "cancel_appointment": "отмените мою запись|не приду завтра, снимите запись|аннулируйте талон|отменить приём",
    "check_status": "готов ли мой паспорт|статус заявления|что с моим делом 2/2/134660|проверьте готовность документа",
    "affirm": "да|верно|конечно|всё правильно|ага подходит",
}


@pytest.fixture(scope="module")
def small() -> IntentModel:
    pairs = [(normalise(phrase), intent) for intent, phrases in SMALL.items() for phrase in phrases.split("|")]
    return IntentModel.train([phrase for phrase, _ in pairs], [intent for _, intent in pairs])


@pytest.fixture(scope="session")
def full() -> IntentModel:
    """The model of all training phrases; about ten seconds."""
    return IntentModel.train(*bench.training_phrases())


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("добрый вечер", "greet"),
        ("запишите нас в мфц на завтра", "book_appointment"),
        ("хачу записаца на приём", "book_appointment"),
        ("снимите меня с записи, я не приду", "cancel_appointment"),
        ("паспорт готов?", "check_status"),
        ("ДА, ВСЁ ВЕРНО", "affirm"),
    ],
)
def test_a_few_phrases_are_enough_to_tell_wishes_apart(small: IntentModel, text: str, intent: str) -> None:
    assert small.ranking(normalise(text))[0][0] == intent


def test_probabilities_of_all_intents_sum_to_one(small: IntentModel) -> None:
    for text in ("привет", "длинная история. Жила я, жила. Готов ли паспорт?", "2/2/134660", "x" * 2000):
        scores = small.scores(text)
        assert set(scores) == set(SMALL)
        assert sum(scores.values()) == pytest.approx(1.0)
        assert min(scores.values()) >= 0.0


def test_the_point_of_a_story_is_found_in_its_sentence(small: IntentModel) -> None:
    story = "Внук приехал, пирогов напекла, сосед опять шумит. Давление скачет. Так вот: готов ли мой паспорт?"
    assert small.ranking(normalise(story))[0][0] == "check_status"


def test_training_is_repeatable(small: IntentModel) -> None:
    pairs = [(normalise(phrase), intent) for intent, phrases in SMALL.items() for phrase in phrases.split("|")]
    again = IntentModel.train([phrase for phrase, _ in pairs], [intent for _, intent in pairs])
    assert again.scores("запись на завтра") == pytest.approx(small.scores("запись на завтра"))


@pytest.mark.parametrize("text", ["", "...", "?!", "№", " "])
def test_what_says_nothing_has_no_intent(small: IntentModel, text: str) -> None:
    assert small.ranking(text) == []


@pytest.mark.parametrize(
    ("text", "intent"),
    [("+", "affirm"), ("👍🏻👍🏻", "affirm"), ("👎", "deny"), ("❤️", "thank"), ("🙏", "thank"), ("-", "deny")],
)
def test_signs_alone_are_understood(text: str, intent: str) -> None:
    assert sign_intent(text) == intent


def test_a_sign_beside_words_is_left_to_the_words(small: IntentModel) -> None:
    assert sign_intent("нет 👍") is None
    assert small.ranking("👎") == []  # this small model knows no refusal


def test_remembered_vectors_are_the_same_and_a_damaged_store_is_made_anew(tmp_path: Path) -> None:
    store = tmp_path / "deeper" / "phrases.npz"
    texts = ["Где мой паспорт", "", "где мой паспорт", "когда дадут воду на улице Мира"]
    first = vectors(texts, store)
    assert store.exists()
    assert first.shape == (4, DIMENSIONS)
    assert not first[1].any()
    assert (first[0] == first[2]).all()
    np.testing.assert_allclose(vectors(texts, store), first, atol=1e-6)
    np.testing.assert_allclose(vectors(texts), first, atol=1e-5)
    store.write_bytes(b"broken")
    np.testing.assert_allclose(vectors(texts, store), first, atol=1e-5)
    assert np.load(store)["vectors"].shape == (2, DIMENSIONS)


def test_training_phrases_are_in_good_order() -> None:
    phrases, intents = bench.training_phrases()
    declared = {
        next(iter(i)) if isinstance(i, dict) else i for i in yaml.safe_load(INTENTS.read_text("utf-8"))["intents"]
    }
    assert set(intents) <= declared
    labels: dict[str, set[str]] = {}
    for phrase, intent in zip(phrases, intents, strict=True):
        labels.setdefault(re.sub(r"\W+", " ", phrase.lower()).strip(), set()).add(intent)
    torn = {phrase: found for phrase, found in labels.items() if len(found) > 1 and phrase}
    assert not torn, "one phrase under two intents"
    few = {intent for intent in set(intents) if intents.count(intent) < 25}
    assert not few


@pytest.mark.parametrize(("name", "floor"), [("heldout", 0.93), ("centre_questions", 0.92), ("strangers", 0.88)])
def test_messages_written_apart_are_understood(full: IntentModel, name: str, floor: float) -> None:
    rows = bench.cases(ROOT / "tests" / "nlu" / f"{name}.jsonl")
    readings = [(row["intent"], bench.ranking(full, row["text"])) for row in rows]
    assert bench.accuracy(readings) >= floor, bench.confusions(readings)


@pytest.mark.parametrize("style", ["plain", "polite", "speech", "typos", "layout", "story", "emotional"])
def test_no_style_is_left_behind(full: IntentModel, style: str) -> None:
    rows = [row for row in bench.cases(ROOT / "tests" / "nlu" / "heldout.jsonl") if row["style"] == style]
    assert bench.accuracy([(row["intent"], bench.ranking(full, row["text"])) for row in rows]) >= 0.86


def test_what_is_understood_is_seldom_asked_about_and_nonsense_is_not_acted_upon(full: IntentModel) -> None:
    settings = bench.doubt_settings()
    rows = bench.cases(ROOT / "tests" / "nlu" / "heldout.jsonl")
    hits = [ranked for row in rows if (ranked := bench.ranking(full, row["text"])) and ranked[0][0] == row["intent"]]
    assert sum(bench.doubted(ranked, settings) for ranked in hits) / len(hits) < 0.03
    nonsense = [bench.ranking(full, text) for text in bench.NOTHING]
    turned = sum(bench.doubted(ranked, settings) or ranked[0][0] == "out_of_scope" for ranked in nonsense)
    assert turned / len(nonsense) >= 0.85


def test_a_long_story_is_read(full: IntentModel) -> None:
    assert full.scores(normalise("Жила-была бабушка. " * 500))
