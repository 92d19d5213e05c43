"""Questions that need no data: the response utter_ask_<slot> and a hint of what is expected."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions.base import CitizenAction, Voice
from actions.services import Services
from actions.turn import Turn

ASKS = ("person_name", "ticket_form_person_name", "phone", "ticket_form_phone", "callback_form_phone")


class Ask(CitizenAction):
    """Asks for one slot."""

    def __init__(self, services: Services, slot: str) -> None:
        super().__init__(services)
        self.title = f"action_ask_{slot}"
        self._slot = slot

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Say the response."""
        voice.say(f"utter_ask_{self._slot}")
        voice.hint(expected=self._slot.removeprefix("ticket_form_").removeprefix("callback_form_"))
        return []
