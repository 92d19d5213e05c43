"""What is worked out once gives what Rasa gives."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event, SlotSet, UserUttered

from nlu.once import settle


@pytest.fixture(autouse=True)
def settled() -> None:
    settle()
    settle()


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        ({"events": [], "responses": []}, True),
        ({"events": [{"event": "slot", "name": "a", "value": None}], "responses": [{"text": "да"}]}, True),
        ({"events": [{"name": "no kind"}], "responses": []}, False),
        ({"events": "none", "responses": []}, False),
        ({"events": [], "responses": ["text"]}, False),
    ],
)
def test_an_actions_answer_is_checked_as_before(answer: dict[str, Any], whole: bool) -> None:
    action = RemoteAction("action_hello", None)
    if whole:
        assert action._validate_action_result(answer)
        return
    with pytest.raises(ValidationError, match="action server"):
        action._validate_action_result(answer)


def test_kinds_of_events_are_found_as_before() -> None:
    assert Event.resolve_by_type("slot") is SlotSet
    assert Event.resolve_by_type("user") is UserUttered
    assert Event.resolve_by_type("unheard_of", SlotSet) is SlotSet
    for _ in range(2):
        with pytest.raises(ValueError, match="Unknown event"):
            Event.resolve_by_type("unheard_of")
