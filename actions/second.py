"""The second wish of a message («до скольки вы работаете и какие документы нужны»), taken up once the first is answered."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.turn import Turn

ACTIONS = {
    "ask_documents": "action_ask_documents",
    "ask_fee": "action_ask_fee",
    "ask_service_info": "action_service_info",
    "ask_working_hours": "action_ask_working_hours",
    "ask_address": "action_ask_address",
    "ask_privacy": "action_ask_privacy",
    "my_appointments": "action_my_appointments",
    "book_appointment": "appointment_form",
}
"""What answers each wish that `nlu/wishes.py` may find second."""


def second_wish(turn: Turn, events: Sequence[EventType]) -> list[EventType]:
    """Events that turn to it; none when the first answer, whose `events` these are, goes on elsewhere by itself."""
    following = ACTIONS.get(str(turn.also))
    if following is None or any(event.get("event") == "followup" for event in events):
        return []
    service = turn.value("service") if following == "appointment_form" else None
    # The form does not read this message, so the service it named is handed over.
    return [*([SlotSet("service", service)] if service else []), FollowupAction(following)]
