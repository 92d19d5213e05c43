"""Which answers a citizen may judge by «Помогло», and what is remembered of them: the wish, and what answered it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions.turn import Turn

FORM = "form"
"""Stands for a box that a door draws: a consent, a grade."""

ANSWERING: Mapping[str, str] = {
    "action_answer": "", "action_inform": "", "action_more": "",
    "action_ask_documents": "ask_documents", "action_ask_fee": "ask_fee", "action_service_info": "ask_service_info",
    "action_ask_working_hours": "ask_working_hours", "action_ask_address": "ask_address",
    "action_find_services": "find_services", "action_payment": "pay_duty", "action_ask_incident": "ask_incident",
    "action_subscribe": "ask_incident", "action_technical_problem": "technical_problem",
    "action_recover_access": "recover_access", "action_ask_privacy": "ask_privacy", "action_show_consents": "show_consents",
    "action_show_status": "check_status", "action_file_inquiry": "check_status", "action_explain_status": "explain_status",
    "action_explain_rejection": "explain_rejection", "action_submit_application": "submit_application",
    "action_book_appointment": "book_appointment", "action_move_appointment": "reschedule_appointment",
    "action_cancel_appointment": "cancel_appointment", "action_my_appointments": "my_appointments",
    "action_file_ticket": "report_problem",
}  # fmt: skip
"""Actions that answer a wish, with that wish; "" where the message tells it. All others only keep the talk going."""

NO_ANSWERS = frozenset(
    (
        FORM, "utter_pay_for_what", "utter_not_found", "utter_no_more", "utter_slot_gone", "utter_left_as_is",
        "utter_do_not_send_here", "utter_not_in_this_channel", "utter_not_in_this_channel_plain", "utter_consent_refused",
    )
)  # fmt: skip
"""What answering actions say when they have no answer yet, or none at all."""
QUESTIONS = ("utter_ask_", "utter_which_")


def judged(
    action: str, turn: Turn, tracker: Tracker, said: Sequence[str], events: Sequence[EventType]
) -> dict[str, str] | None:
    """{intent, answer} when the action has just answered a wish, else None.

    `answer` names the response or the record that the words come from, "" when they have no name. `said` is `Voice.said`.
    """
    answers = [one for one in said if one not in NO_ANSWERS]
    if action not in ANSWERING or not answers or any(event.get("event") == "followup" for event in events):
        return None
    if said[-1] in NO_ANSWERS or (said[-1].startswith(QUESTIONS) and action != "action_answer"):
        return None
    if action == "action_more":
        # «Подробнее» goes on with the answer before it.
        return next((found for event in reversed(tracker.events) if (found := _hint(event))), None)
    return {"intent": (ANSWERING[action] or _wish(action, turn, tracker))[:80], "answer": answers[0][:120]}


def _wish(action: str, turn: Turn, tracker: Tracker) -> str:
    if action == "action_answer":
        return turn.intent
    if turn.value("situation"):
        return "find_services"
    pending = tracker.get_slot("pending_question") or {}
    return str(pending.get("intent") or "ask_service_info")


def _hint(event: Mapping[str, Any]) -> dict[str, str] | None:
    """What an earlier action of the talk said to have answered."""
    custom = (event.get("data") or {}).get("custom") or {}
    found: dict[str, str] | None = custom.get("answered")
    return found
