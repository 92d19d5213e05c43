"""The action of wishes that editors add: it says their response, and counts as understood, in the middle of a form as well."""

from __future__ import annotations

from typing import Any, cast
from unittest.mock import MagicMock

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import Answer
from actions.services import Services
from actions.turn import Turn

DOMAIN = {"responses": {"utter_parking": [{"text": "Справа."}]}}
EXTRA = {"region": "Область", "city": "Город", "line_phone": "122"}


class _Services:
    """Just what the action asks for."""

    def trusted(self, turn: Turn) -> Turn:
        return turn

    def extra(self) -> dict[str, Any]:
        return EXTRA


def heard(intent: str, text: str = "куда машину поставить", **more: Any) -> Tracker:
    latest = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": more.pop("entities", [])}
    loop = {"name": more["form"]} if more.get("form") else {}
    events = [{"event": "user", "text": text}]
    return Tracker("citizen", more.get("slots", {}), latest, events, False, None, loop, "action_listen")


async def run(tracker: Tracker, domain: dict[str, Any]) -> tuple[list[dict[str, Any]], list[Any]]:
    dispatcher = CollectingDispatcher()
    events = await Answer(cast("Services", _Services())).run(dispatcher, tracker, domain)
    return dispatcher.messages, events


@pytest.mark.asyncio
@pytest.mark.parametrize("form", [None, "appointment_form"])
async def test_it_says_the_response_of_the_wish_with_the_regions_values(form: str | None) -> None:
    messages, events = await run(heard("parking", form=form), DOMAIN)
    said, hint = messages
    assert (said["response"], said["line_phone"]) == ("utter_parking", "122")
    assert hint["custom"] == {"answered": {"intent": "parking", "answer": "utter_parking"}}
    assert events == []


@pytest.mark.asyncio
async def test_it_counts_as_understood() -> None:
    _, events = await run(heard("parking", slots={"misses": 1, "offer": "human"}), DOMAIN)
    assert {e["name"]: e["value"] for e in events} == {"misses": 0, "offer": None}


@pytest.mark.asyncio
async def test_without_its_response_the_robot_owns_up() -> None:
    messages, events = await run(heard("toilet", slots={"misses": 1}), DOMAIN)
    assert messages == []
    assert [(e["event"], e["name"]) for e in events] == [("followup", "action_not_understood")]


@pytest.mark.parametrize(
    ("intent", "digresses"),
    [("parking", True), ("ask_fee", True), ("stop", True), ("inform", False), ("affirm", False), ("deny", False),
     ("give_consent", False), ("nlu_fallback", False)],
)  # fmt: skip
def test_an_editors_wish_in_the_middle_of_a_form_is_a_wish_of_its_own(intent: str, digresses: bool) -> None:
    assert Turn.of(heard(intent)).digresses("centre") is digresses


def test_a_short_message_with_what_was_asked_for_stays_the_answer() -> None:
    centre = [{"entity": "centre", "value": "mfc_central"}]
    assert not Turn.of(heard("parking", "на ленина", entities=centre)).digresses("centre")


def test_the_registry_knows_it() -> None:
    from actions.registry import all_actions

    assert "action_answer" in {action.name() for action in all_actions(cast("Services", MagicMock()))}
