"""Known breakdowns: when they will be mended, and word to the citizen when they are."""

from __future__ import annotations

from datetime import UTC

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.base import CitizenAction, Voice
from actions.talk import HUMAN
from actions.turn import Turn, payload
from actions.words import address_text
from bot.services.tickets.incident_words import told
from bot.services.tickets.incidents import Incident, NoSuchIncident


def tell_incident(voice: Voice, incident: Incident, turn: Turn) -> None:
    """Say number, reason and forecast of a breakdown, and offer word when it is over."""
    words = told(incident, turn.now.tzinfo or UTC)
    voice.say(
        "utter_incident_known", (("Сообщить, когда починят", payload("inform", choice="subscribe")), HUMAN),
        number=words["number"], title=words["title"], reason=words["reason"], forecast=words["forecast"],
    )  # fmt: skip


class AskIncident(CitizenAction):
    """When water, light or heat comes back; whether the breakdown is known."""

    title = "action_ask_incident"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Needs a street or a district; an unknown breakdown becomes a ticket if the citizen wants."""
        pending = tracker.get_slot("pending_question") or {}
        before = pending.get("text", "") if pending.get("intent") == "ask_incident" else ""
        text = f"{before} {turn.words}".strip()
        incident = await self.services.incidents.at(text, turn.now)
        if incident is not None:
            tell_incident(voice, incident, turn)
            return [
                SlotSet("last_incident", incident.id),
                SlotSet("pending_question", None),
                SlotSet("offer", "subscribe"),
            ]
        if (
            not before
            and not turn.value("street", "district", "address")
            and self.services.places.point_in(text) is None
        ):
            voice.say("utter_ask_incident_street")
            return [SlotSet("pending_question", {"intent": "ask_incident", "text": turn.words[:500]})]
        voice.say("utter_incident_unknown", (("Сообщить о проблеме", payload("inform", choice="ticket")), HUMAN))
        return [
            SlotSet("pending_question", None),
            SlotSet("offer", "ticket"),
            SlotSet("problem_text", text[:4000]),
            SlotSet("problem_address", address_text(turn.value("address", "street"))),
            SlotSet("known_incident", None),
            SlotSet("problem_topic", self.services.topics.classify(text)[0][0]),
        ]


class Subscribe(CitizenAction):
    """Tells the citizen when a known breakdown is over."""

    title = "action_subscribe"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Once."""
        incident = tracker.get_slot("last_incident")
        if incident is None:
            return [FollowupAction("action_ask_incident")]
        try:
            await self.services.incidents.subscribe(turn.citizen, incident)
            voice.say("utter_subscribed")
        except NoSuchIncident:
            voice.say("utter_incident_over")
        return [SlotSet("offer", None)]


ALL = (AskIncident, Subscribe)
