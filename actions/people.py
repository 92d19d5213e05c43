"""The way to a human now: the queue with all the robot gathered, and danger to life, which goes first."""

from __future__ import annotations

import contextlib

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.base import CitizenAction, Voice, leave_form
from actions.turn import Turn, payload
from actions.words import visit_text
from bot.services.crisis import PRIORITY

SUMMARY_SLOTS = (
    "service",
    "centre",
    "appointment_day",
    "appointment_time",
    "case_number",
    "problem_text",
    "problem_address",
    "application_form_id",
    "last_service",
    "last_case",
)
"""What was said so far that the human is shown."""


class Handover(CitizenAction):
    """Puts the citizen into the queue for a human with everything the robot gathered, and says honestly what comes."""

    title = "action_handover"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Out of hours a call-back is offered. The running form's answers are kept."""
        reason = "asked"
        if int(tracker.get_slot("misses") or 0) >= 2:
            reason = "misunderstood"
        elif turn.emotion in ("anger", "despair"):
            reason = "anger"
        topic = str(tracker.get_slot("problem_topic") or "")
        summary = {k: v for k in SUMMARY_SLOTS if (v := tracker.get_slot(k))}
        try:
            placed = await self.services.people.request_operator(
                turn.conversation, turn.citizen, reason, topic, summary={"slots": summary, "emotion": turn.emotion}
            )
        except LookupError:
            voice.say("utter_handover_unavailable", **self.services.extra())
            return []
        callback = ("Перезвоните мне", payload("request_callback"))
        if placed.state == "out_of_hours":
            opening = visit_text(placed.next_opening.astimezone(turn.now.tzinfo)) if placed.next_opening else "утром"
            voice.say("utter_out_of_hours", (callback, ("Продолжить с роботом", payload("help"))), opening=opening)
            return [*leave_form(), SlotSet("offer", "callback"), SlotSet("misses", 0)]
        estimate = f"примерно {placed.wait_minutes} мин" if placed.wait_minutes else "точно не скажу"
        voice.say(
            "utter_handover", (("Вернуться к роботу", "/robot"), callback),
            group=placed.group_title, position=placed.position or 1, wait=estimate,
        )  # fmt: skip
        voice.hint(situation="waiting")
        return [*leave_form(), SlotSet("offer", None), SlotSet("misses", 0)]


class CrisisAnswer(CitizenAction):
    """Danger to life: the number to call, calm words, and a human with priority. No form, no joke."""

    title = "action_crisis"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Leaves any form."""
        advice = self.services.crisis.advice(self.services.crisis.kind_of(turn.words))
        voice.text(advice.text, (("Позвать специалиста", payload("request_operator")),))
        voice.hint(situation="crisis")
        # A talk past the assistant (Rasa's own shell) has no queue to stand in.
        with contextlib.suppress(LookupError):
            await self.services.people.request_operator(
                turn.conversation, turn.citizen, "crisis", advice.kind, PRIORITY, {"kind": advice.kind}
            )
        return leave_form() if tracker.active_loop_name else []


ALL = (Handover, CrisisAnswer)
