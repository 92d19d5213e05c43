"""The components of intent recognition with Rasa's own classes: train, keep in an archive, load, read messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.classifier import CitizenIntentClassifier
from nlu.normaliser import NORMALISED, RussianNormaliser
from nlu.tokenizer import RussianTokenizer

PHRASES = {
    "greet": ["привет", "здравствуйте", "добрый день"],
    "check_status": ["готов ли паспорт", "статус заявления", "что с моим делом"],
    "affirm": ["да", "верно", "конечно"],
    "request_operator": ["позовите оператора", "нужен живой человек", "соедините со специалистом"],
}
CONTEXT, RESOURCE = ExecutionContext(GraphSchema({})), Resource("intents")


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalModelStorage:
    monkeypatch.setenv("OTKLIK_STATE", str(tmp_path / "state"))
    (tmp_path / "models").mkdir()
    return LocalModelStorage(tmp_path / "models")


def trained(storage: LocalModelStorage, data: TrainingData | None = None) -> CitizenIntentClassifier:
    """Trained, stored and loaded again, as in a running Rasa."""
    examples = [Message.build(text, intent) for intent, texts in PHRASES.items() for text in texts]
    data = RussianNormaliser().process_training_data(data or TrainingData(examples))
    CitizenIntentClassifier.create({}, storage, RESOURCE, CONTEXT).train(data)
    return CitizenIntentClassifier.load({}, storage, RESOURCE, CONTEXT)


def read(component: CitizenIntentClassifier, text: str) -> Message:
    (message,) = component.process(RussianNormaliser().process([Message({"text": text})]))
    return message


def test_are_registered_for_rasa() -> None:
    recipe = DefaultV1Recipe()
    assert recipe._from_registry("CitizenIntentClassifier").is_trainable
    assert not recipe._from_registry("RussianNormaliser").is_trainable
    assert not recipe._from_registry("RussianTokenizer").is_trainable


def test_survives_the_archive_and_ranks(storage: LocalModelStorage) -> None:
    message = read(trained(storage), "Паспорт уже готов?")
    assert message.get("intent")["name"] == "check_status"
    ranking = message.get("intent_ranking")
    assert ranking[0] == message.get("intent")
    assert {entry["name"] for entry in ranking} == set(PHRASES)
    assert [e["confidence"] for e in ranking] == sorted((e["confidence"] for e in ranking), reverse=True)
    assert isinstance(ranking[0]["confidence"], float)


def test_wrong_layout_is_read_like_the_right_one(storage: LocalModelStorage) -> None:
    component = trained(storage)
    assert read(component, "gjpjdbnt jgthfnjhf").get("intent")["name"] == "request_operator"


@pytest.mark.parametrize("text", ["", "   ", "…", "?", "\u200b\u200b"])
def test_a_message_that_says_nothing_has_no_intent(storage: LocalModelStorage, text: str) -> None:
    message = read(trained(storage), text)
    assert message.get("intent") == {"name": None, "confidence": 0.0}
    assert message.get("intent_ranking") == []


def test_a_thumb_says_yes(storage: LocalModelStorage) -> None:
    assert read(trained(storage), "👍").get("intent") == {"name": "affirm", "confidence": 1.0}


def test_the_second_training_uses_remembered_vectors(
    storage: LocalModelStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(storage)
    assert (tmp_path / "state" / "cache" / "phrases.npz").exists()

    def refuse() -> None:
        raise AssertionError("every phrase was encoded before")

    monkeypatch.setattr("nlu.meaning._encoder", refuse)
    trained(storage)


def test_without_phrases_nothing_is_named(storage: LocalModelStorage) -> None:
    one = TrainingData([Message.build("привет", "greet")])
    assert read(trained(storage, one), "привет").get("intent")["name"] is None


def test_an_empty_archive_is_no_error(storage: LocalModelStorage) -> None:
    component = CitizenIntentClassifier.load({}, storage, Resource("missing"), CONTEXT)
    assert read(component, "привет").get("intent")["name"] is None


def test_tokens_come_from_the_repaired_text_with_their_lemmas() -> None:
    message = Message({"text": "ujnjds gfcgjhnf?"})
    RussianNormaliser().process([message])
    tokenizer = RussianTokenizer(RussianTokenizer.get_default_config())
    assert message.get(NORMALISED) == "готовы паспорта?"
    assert [(t.text, t.lemma) for t in tokenizer.tokenize(message, "text")][:2] == [
        ("готовы", "готовый"),
        ("паспорта", "паспорт"),
    ]
