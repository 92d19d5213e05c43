"""The one action of all wishes that editors add by themselves: it says the wish's own response."""

from __future__ import annotations

from typing import Any

import structlog
from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.base import CitizenAction, Voice
from actions.turn import Turn

log = structlog.get_logger(__name__)


class Answer(CitizenAction):
    """Says `utter_<intent>` of the latest message; the rule in stories/ leads an editor's wish here."""

    title = "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Without that response the robot owns up that it did not understand, instead of saying nothing."""
        response = response_of(Turn.of(tracker).intent)
        if response not in (domain.get("responses") or {}):
            log.warning("response.missing", response=response)
            return [FollowupAction("action_not_understood")]
        return await super().run(dispatcher, tracker, domain)

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Say it."""
        voice.say(response_of(turn.intent), **self.services.extra())
        return []


def response_of(intent: str) -> str:
    """The response of an editor's wish."""
    return f"utter_{intent}"


ALL = (Answer,)
