"""Bare data outside a form: finds which question or offer it belongs to."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.base import CONTINUE, CitizenAction, Voice
from actions.cases import proof_in
from actions.centres import day_of
from actions.information import answer_question, service_of
from actions.turn import Turn

SERVICE_QUESTIONS = ("ask_documents", "ask_fee", "ask_service_info")
"""Wishes that may wait for the name of a service."""


class Inform(CitizenAction):
    """Bare data outside a form: the answer to a pending question, a named service, a number of a case, or nothing."""

    understands = False
    title = "action_inform"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Find what the data belongs to."""
        choice = turn.value("choice")
        if tracker.active_loop_name and choice != CONTINUE:
            return [FollowupAction("action_not_understood")]
        follow = {"more": "action_more", "inquiry": "action_file_inquiry", "callback": "callback_form",
                  "ticket": "ticket_form", "subscribe": "action_subscribe",
                  CONTINUE: "action_continue_here"}.get(str(choice))  # fmt: skip
        if follow:
            return [FollowupAction(follow)]
        if situation := turn.value("situation"):
            found = self.services.situations.get(str(situation))
            voice.text(self.services.situations.text(found), source=f"situations/{found.id}")
            return []
        pending = tracker.get_slot("pending_question")
        if pending:
            place = turn.value("centre", "district", "street", "address") or self.services.places.point_in(turn.words)
            if pending["intent"] == "ask_incident" and place:
                return [FollowupAction("action_ask_incident")]
            if pending["intent"] == "pay_duty" and turn.value("service"):
                return [FollowupAction("action_payment")]
            if pending["intent"] in ("ask_working_hours", "ask_address") and (place or day_of(turn)):
                return [FollowupAction(f"action_{pending['intent']}")]
            if pending["intent"] in SERVICE_QUESTIONS and service_of(self, turn) is not None:
                return await answer_question(self, turn, tracker, voice, pending["intent"], pending["text"])
        if number := turn.value("case_number"):
            # The form that follows does not read this message again, so what it said is handed over here.
            return [
                SlotSet("case_number", number),
                SlotSet("case_proof", proof_in(turn, None)),
                FollowupAction("status_form"),
            ]
        if turn.value("service"):
            return await answer_question(self, turn, tracker, voice, "ask_service_info", "")
        match = self.services.glossary.find(turn.words)
        if match is not None:
            return [FollowupAction("action_explain_status")]
        return [FollowupAction("action_not_understood")]


ALL = (Inform,)
