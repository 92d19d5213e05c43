"""Which variant of an answer is said: right from the first message on, the most particular one, filled as Rasa fills it."""

from __future__ import annotations

import asyncio
import collections
from typing import Any

import pytest
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from nlu.variants import CitizenAnswers, best

DOMAIN = """
version: "3.1"
intents: [greet]
slots:
  segment: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  channel: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  emotion: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  centre: {type: any, influence_conversation: false, mappings: [{type: custom}]}
responses:
  utter_hello:
  - text: "Здравствуйте, {name}! Пишите."
  - text: "Добрый день, {name}! Пишите."
  - condition: [{type: slot, name: channel, value: phone}]
    text: "Здравствуйте, {name}! Говорите."
  - condition: [{type: slot, name: channel, value: messenger}]
    text: "Привет из мессенджера, {name}."
  - condition: [{type: slot, name: channel, value: vk}]
    text: "Привет из ВК, {name}."
  - condition: [{type: slot, name: segment, value: pensioner}]
    text: "Здравствуйте, {name}! Не торопитесь."
  - condition: [{type: slot, name: emotion, value: anger}]
    text: "Слышу вас, {name}."
  - condition:
    - {type: slot, name: segment, value: pensioner}
    - {type: slot, name: emotion, value: anger}
    text: "Слышу вас, {name}, и не тороплю."
  utter_where:
  - text: "Центр {centre}."
    buttons:
    - {title: "Адрес {centre}", payload: /ask_address}
  - condition: [{type: slot, name: centre, value: second}]
    text: "Второй центр."
"""


def tracker(slots: dict[str, Any] | None = None, **metadata: Any) -> DialogueStateTracker:
    domain = Domain.from_yaml(DOMAIN)
    made = DialogueStateTracker("one", domain.slots)
    made.update(UserUttered("здравствуйте", {"name": "greet"}, metadata=metadata))
    for name, value in (slots or {}).items():
        made.slots[name].value = value
    return made


@pytest.fixture(scope="module")
def generator() -> CitizenAnswers:
    """Made by Rasa from an endpoint, as `endpoints.yml` names it."""
    config = EndpointConfig.from_dict({"type": "nlu.variants.CitizenAnswers"})
    made = NaturalLanguageGenerator.create(config, Domain.from_yaml(DOMAIN))
    assert isinstance(made, CitizenAnswers)
    return made


def said(generator: CitizenAnswers, answer: str, heard: DialogueStateTracker, **values: Any) -> dict[str, Any] | None:
    return asyncio.run(generator.generate(answer, heard, "rest", **values))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"channel": "phone"}, "Здравствуйте, Анна! Говорите."),
        ({"channel": "telegram"}, "Привет из мессенджера, Анна."),
        ({"channel": "vk"}, "Привет из ВК, Анна."),
        ({"channel": "widget", "segment": "pensioner"}, "Здравствуйте, Анна! Не торопитесь."),
        ({"channel": "widget", "emotion": "anger"}, "Слышу вас, Анна."),
        ({"channel": "widget", "emotion": "anger", "segment": "pensioner"}, "Слышу вас, Анна, и не тороплю."),
        ({"channel": "widget", "emotion": "anger", "segment": "family"}, "Слышу вас, Анна."),
        ({"channel": "phone", "emotion": "anger", "segment": "pensioner"}, "Здравствуйте, Анна! Говорите."),
    ],
)
def test_the_first_message_gets_the_most_particular_variant(
    generator: CitizenAnswers, told: dict[str, str], expected: str
) -> None:
    draft = said(generator, "utter_hello", tracker(**told), name="Анна")
    assert draft is not None
    assert draft["text"] == expected


def test_among_equals_chance_decides(generator: CitizenAnswers) -> None:
    heard = tracker(channel="widget", emotion="neutral")
    found = collections.Counter(said(generator, "utter_hello", heard, name="Анна")["text"] for _ in range(60))
    assert set(found) == {"Здравствуйте, Анна! Пишите.", "Добрый день, Анна! Пишите."}


def test_braces_take_slots_too_and_buttons_are_filled(generator: CitizenAnswers) -> None:
    draft = said(generator, "utter_where", tracker({"centre": "Ленина, 5"}, channel="widget"))
    assert draft is not None
    assert draft["text"] == "Центр Ленина, 5."
    assert draft["buttons"] == [{"title": "Адрес Ленина, 5", "payload": "/ask_address"}]


def test_a_condition_may_still_ask_for_any_slot(generator: CitizenAnswers) -> None:
    draft = said(generator, "utter_where", tracker({"centre": "Second"}))
    assert draft is not None
    assert draft["text"] == "Второй центр."


def test_without_metadata_the_slots_say_who_it_is(generator: CitizenAnswers) -> None:
    draft = said(generator, "utter_hello", tracker({"segment": "pensioner"}), name="Анна")
    assert draft is not None
    assert draft["text"] == "Здравствуйте, Анна! Не торопитесь."


def test_nothing_is_said_when_no_variant_fits(generator: CitizenAnswers) -> None:
    assert said(generator, "utter_unknown", tracker()) is None
    assert best([{"text": "а", "condition": [{"type": "slot", "name": "channel", "value": "phone"}]}], {}) == []
    assert asyncio.run(generator.generate("utter_hello", DialogueStateTracker("two", []), "rest", name="Анна"))


def test_another_model_brings_other_answers(generator: CitizenAnswers) -> None:
    """Rasa gives the responses of a newly loaded model to whatever is a generator of its kind."""
    other = CitizenAnswers(EndpointConfig(), Domain.empty())
    assert said(other, "utter_hello", tracker(), name="Анна") is None
    other.responses = generator.responses
    assert said(other, "utter_hello", tracker(channel="phone"), name="Анна")
