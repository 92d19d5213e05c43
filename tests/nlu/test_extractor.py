"""The Rasa component with Rasa's own classes, and all finders together."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

import nlu.entities
from nlu.entities import Gazetteer, extract
from nlu.extractor import CitizenEntityExtractor

CONTENT = Path(__file__).parent / "content"
NOW = datetime.fromisoformat("2026-11-23T10:00:00+03:00")
GAZETTEER = Gazetteer.from_folder(CONTENT)


def found(text: str, expected: str | None = None) -> list[tuple[str, Any]]:
    return [(e["entity"], e["value"]) for e in extract(text, NOW, GAZETTEER, expected)]


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    return LocalModelStorage(tmp_path)


@pytest.fixture
def component(storage: LocalModelStorage) -> CitizenEntityExtractor:
    """A component trained, stored and loaded again, as in a running Rasa."""
    context, resource = ExecutionContext(GraphSchema({})), Resource("entities")
    config = {"content": str(CONTENT)}
    CitizenEntityExtractor.create(config, storage, resource, context).train(TrainingData())
    return CitizenEntityExtractor.load(config, storage, resource, context)


def process(component: CitizenEntityExtractor, text: Any, **metadata: str) -> list[dict[str, Any]]:
    message = Message({"text": text, "metadata": {"now": NOW.isoformat(), **metadata}})
    (message,) = component.process([message])
    return list(message.get("entities"))


def test_is_registered_as_a_trainable_extractor() -> None:
    registered = DefaultV1Recipe()._from_registry("CitizenEntityExtractor")
    assert registered.clazz is CitizenEntityExtractor
    assert registered.is_trainable
    assert DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR in registered.types


def test_entities_have_the_shape_rasa_expects(component: CitizenEntityExtractor) -> None:
    (service, date) = process(component, "замену паспорта на завтра")
    assert service == {
        "entity": "service",
        "start": 0,
        "end": 15,
        "text": "замену паспорта",
        "value": "passport",
        "confidence": 1.0,
        "extractor": "CitizenEntityExtractor",
    }
    assert (date["entity"], date["value"]) == ("date", "2026-11-24")


def test_the_names_of_things_come_from_the_model(component: CitizenEntityExtractor) -> None:
    assert component._gazetteer.entries == GAZETTEER.entries


def test_an_edit_of_the_content_makes_rasa_train_anew(tmp_path: Path) -> None:
    config = {"content": str(tmp_path)}
    before = CitizenEntityExtractor.fingerprint_addon(config)
    (tmp_path / "topics.yml").write_text("topics: []", encoding="utf-8")
    assert CitizenEntityExtractor.fingerprint_addon(config) != before


def test_an_untrained_model_still_finds_what_needs_no_names(storage: LocalModelStorage) -> None:
    component = CitizenEntityExtractor.load({}, storage, Resource("none"), ExecutionContext(GraphSchema({})))
    assert [e["value"] for e in process(component, "дело 2/2/134660")] == ["2/2/134660"]


def test_text_is_normalised_unless_that_was_done(component: CitizenEntityExtractor) -> None:
    assert [e["value"] for e in process(component, "pfdnhf")] == ["2026-11-24"]
    message = Message({"text": "привет", "normalised": "дело 2/2/134660"})
    assert [e["value"] for e in component.process([message])[0].get("entities")] == ["2/2/134660"]


def test_what_was_asked_for_lets_a_bare_answer_count(component: CitizenEntityExtractor) -> None:
    assert [(e["entity"], e["value"]) for e in process(component, "134660", expected="case_number")] == [
        ("case_number", "134660")
    ]


def test_entities_of_others_are_kept(component: CitizenEntityExtractor) -> None:
    message = Message({"text": "350 рублей", "entities": [{"entity": "other"}]})
    assert [e["entity"] for e in component.process([message])[0].get("entities")] == ["other", "money"]


@pytest.mark.parametrize("metadata", [None, "text", {"now": "never"}, {"now": "2026-11-23T10:00:00Z", "expected": 5}])
def test_odd_metadata_is_survived(component: CitizenEntityExtractor, metadata: Any) -> None:
    (message,) = component.process([Message({"text": "дело 2/2/134660", "metadata": metadata})])
    assert [e["value"] for e in message.get("entities")] == ["2/2/134660"]


@pytest.mark.parametrize("text", [None, "", " ", 7])
def test_a_message_without_text_has_no_entities_to_fail_on(component: CitizenEntityExtractor, text: Any) -> None:
    assert isinstance(process(component, text), list)


@pytest.mark.parametrize(
    ("text", "expected", "result"),
    [
        ("улица 8 марта 5", None, ["address"]),
        ("снилс 112-233-445 95", None, ["snils"]),
        ("15 тысяч рублей", None, ["money"]),
        ("Иванов Петр Ильич, 12.05.1985", None, ["person_name", "birth_date"]),
        ("мой телефон 89201234567 и почта a@b.ru", None, ["phone", "email"]),
        ("запишите на ленина", None, ["centre", "street"]),
        ("мфц на ленина", None, ["centre"]),
        ("март", "month", ["month"]),
        ("пять", None, ["number"]),
    ],
)
def test_overlaps_are_settled(text: str, expected: str | None, result: list[str]) -> None:
    assert [name for name, _ in found(text, expected)] == result


def test_one_failing_finder_does_not_silence_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    for name in ("look", "person_names", "find_times"):
        monkeypatch.setattr(nlu.entities, name, fail)
    assert ("case_number", "2/2/134660") in found("дело 2/2/134660 завтра")


@given(st.text(max_size=400), st.sampled_from([None, "address", "person_name", "code_word", "date"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_survived_with_spans_that_fit(text: str, expected: str | None) -> None:
    for entity in extract(text, NOW, GAZETTEER, expected):
        assert text[entity["start"] : entity["end"]] == entity["text"]
        assert entity["text"]


@pytest.mark.parametrize(
    "piece", ["1 ", "1-", "a@", "ул. ", "2/", "иванов ", "5 000 ", "два ", "снилс ", "((", "12.05.85 "]
)
def test_a_long_message_of_one_kind_takes_no_long_time(piece: str) -> None:
    start = time.process_time()
    extract((piece * 2000)[:2000], NOW, GAZETTEER)
    assert time.process_time() - start < 20
