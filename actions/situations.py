"""What is due to a citizen in a life situation."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.base import CitizenAction, Voice
from actions.turn import Turn, payload


class FindServices(CitizenAction):
    """What is due in a life situation."""

    title = "action_find_services"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """The list of the situation recognised; else the situations to choose from."""
        found = self.services.situations.find(turn.words)
        voice.hint(situation="first_request")
        if found:
            situation = found[0][0]
            due = self.services.situations.due(situation)
            buttons = [(d.service.title, payload("ask_service_info", service=d.service.id)) for d in due if d.service][
                :3
            ]
            text = self.services.situations.text(situation).replace("\n\n", "\n")
            voice.text(text, buttons, f"situations/{situation.id}")
            return [SlotSet("life_situation", situation.id)]
        all_of_them = self.services.content.situations[:8]
        voice.say("utter_which_situation", [(s.title, payload("inform", situation=s.id)) for s in all_of_them])
        return []


ALL = (FindServices,)
