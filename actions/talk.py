"""The small talk around the work: greeting, help, yes and no outside a form, stopping, not understanding."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import timedelta
from typing import ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.base import CitizenAction, Link, Voice, leave_form
from actions.turn import Turn, payload

MENU = (
    ("Записаться на приём", payload("book_appointment")),
    ("Где моё заявление", payload("check_status")),
    ("Какие нужны документы", payload("ask_documents")),
    ("Сообщить о проблеме", payload("report_problem")),
    ("Что мне положено", payload("find_services")),
)
HUMAN = ("Позвать специалиста", payload("request_operator"))
MISSES_BEFORE_HUMAN = 2
LEAST_LIKELY = 0.1
"""A reading less likely than this is not worth offering."""
NOT_OFFERED = frozenset(
    (
        "nlu_fallback",
        "thank",
        "goodbye",
        "repeat",
        "bot_challenge",
        "inform",
        "out_of_scope",
        "affirm",
        "deny",
        "greet",
        "smalltalk",
        "frustration",
    )
)


class Greet(CitizenAction):
    """Greets; a citizen who comes back to a half-done form is told where it stopped."""

    title = "action_greet"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """By name when it is known."""
        if tracker.active_loop_name:
            voice.say("utter_greet_again" if turn.away_hours else "utter_greet_short")
            return []
        # A name learned elsewhere is personal data as well.
        profile = await self.services.profiles.get(turn.citizen) if turn.personal_data else {}
        name = profile.get("full_name", "")
        first = name.split()[1] if len(name.split()) > 1 else ""
        voice.say("utter_greet_by_name" if first else "utter_greet", MENU, name=first, **self.services.extra())
        voice.hint(situation="greeting")
        return []


class Help(CitizenAction):
    """Says what the robot can do."""

    title = "action_help"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """The menu, but inside a form only words: its own buttons follow."""
        voice.say("utter_help", () if tracker.active_loop_name else MENU)
        return []


class Stop(CitizenAction):
    """Leaves whatever is going on and gives back what was held."""

    title = "action_stop"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Half-filled applications are kept; a held place is given back."""
        form = tracker.active_loop_name
        if form == "appointment_form":
            await self.services.appointments.release(turn.citizen)
        voice.say("utter_stopped_kept" if form == "application_form" else "utter_stopped", MENU)
        kept = {"segment", "last_service", "last_centre", "rating_asked"}
        emptied = [SlotSet(k, None) for k, v in tracker.slots.items() if v is not None and k not in kept]
        return [*(leave_form() if form else []), *emptied]


class Affirm(CitizenAction):
    """A bare yes outside a form answers the last offer."""

    title = "action_affirm"
    understands = False
    forms = {
        "book": "appointment_form", "inquiry": "action_file_inquiry", "human": "action_handover",
        "application": "application_form", "ticket": "ticket_form", "callback": "callback_form",
        "pay": "action_payment", "more": "action_more", "subscribe": "action_subscribe",
    }  # fmt: skip

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Do what was offered, or ask what is meant."""
        if tracker.active_loop_name:
            human = tracker.get_slot("offer") == "human"
            return [FollowupAction("action_handover" if human else "action_not_understood")]
        if tracker.get_slot("offer") == "notifications":
            # The text of a consent is shown before it is given.
            return [SlotSet("offer", None), SlotSet("consent_purpose", "notifications"), FollowupAction("consent_form")]
        following = self.forms.get(str(tracker.get_slot("offer")))
        if following is None:
            voice.say("utter_affirm_what", MENU)
            return []
        return [SlotSet("offer", None), FollowupAction(following)]


class Deny(CitizenAction):
    """A bare no outside a form drops the last offer."""

    title = "action_deny"
    understands = False

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Ask what else."""
        if tracker.active_loop_name:
            return [FollowupAction("action_not_understood")]
        voice.say("utter_ok_what_else")
        return [SlotSet("offer", None), SlotSet("pending_question", None)]


class Repeat(CitizenAction):
    """Says the last answer again; inside a form the form itself asks again."""

    title = "action_repeat"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """The bot's messages between the last two messages of the citizen."""
        if tracker.active_loop_name:
            return []
        said: list[dict[str, object]] = []
        passed = False
        for event in reversed(tracker.events):
            if event.get("event") == "user":
                if passed and said:
                    break
                passed = True
            elif event.get("event") == "bot" and passed and event.get("text"):
                said.append(event)
        if not said:
            voice.say("utter_nothing_to_repeat", MENU)
        for event in reversed(said):
            data = event.get("data")
            buttons = (data.get("buttons") or []) if isinstance(data, dict) else []
            voice.text(
                str(event["text"]),
                [Link(b["title"], b["url"]) if b.get("url") else (b["title"], b["payload"]) for b in buttons],
            )
        return [SlotSet("offer", tracker.get_slot("offer"))]


def back_to_form(tracker: Tracker) -> list[EventType]:
    """Ask the form's question again: after an action that another one called, no rule leads back to the form."""
    return [FollowupAction(tracker.active_loop_name)] if tracker.active_loop_name else []


class NotUnderstood(CitizenAction):
    """One short question with the two likeliest readings; after two misses in a row, a human."""

    understands = False
    title = "action_not_understood"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Count the miss and offer choices."""
        misses = int(tracker.get_slot("misses") or 0) + 1
        voice.hint(situation="misunderstanding")
        if misses >= MISSES_BEFORE_HUMAN:
            voice.say("utter_not_understood_twice", (HUMAN, *(() if tracker.active_loop_name else MENU[:3])))
            return [SlotSet("misses", misses), SlotSet("offer", "human"), *back_to_form(tracker)]
        if tracker.active_loop_name:
            voice.say("utter_not_understood_in_form")
            return [SlotSet("misses", misses), *back_to_form(tracker)]
        likely = [
            n
            for n, sure in turn.ranking
            if sure >= LEAST_LIKELY and n not in NOT_OFFERED and n in self.services.intents
        ][:2]
        buttons = [(self.services.intents[name], payload(name)) for name in likely]
        voice.say("utter_which_of_two" if buttons else "utter_not_understood", [*buttons, HUMAN])
        return [SlotSet("misses", misses)]


class Courtesy(CitizenAction):
    """Smalltalk and the like: a response of the domain, then back to work."""

    def __init__(self, services: object, title: str, response: str, situation: str | None = None) -> None:
        super().__init__(services)  # type: ignore[arg-type]
        self.title = title
        self._response, self._situation = response, situation

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Say it."""
        voice.say(self._response, **self.services.extra())
        if self._situation:
            voice.hint(situation=self._situation)
        return []


COURTESIES = (
    ("action_bot_challenge", "utter_bot_challenge", None),
    ("action_smalltalk", "utter_smalltalk", None),
    ("action_out_of_scope", "utter_out_of_scope", None),
    ("action_ask_privacy", "utter_privacy", None),
)


RATE = "Если на этом всё, оцените, пожалуйста, как я помогла."
GRADES = ("Плохо", "Так себе", "Хорошо", "Отлично")
"""Grades 1 to 4 of satisfaction. The worst comes first, so that a typed number means the grade it names."""
DEEDS = frozenset(
    (
        "action_book_appointment", "action_move_appointment", "action_cancel_appointment", "action_show_status",
        "action_submit_application", "action_file_ticket",
    )
)  # fmt: skip
"""Actions after which a thank-you sounds like the end."""
NOT_TO_BE_RATED = frozenset(("action_crisis", "action_save_feedback"))
"""Actions after which nobody is asked for a grade that day."""
LATELY = timedelta(days=1)


class Thank(CitizenAction):
    """Answers thanks; after something was done, the citizen may say how it was."""

    title = "action_thank"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Asked for at most once a day."""
        voice.say("utter_thank")
        return ask_rating(turn, tracker, voice) if _lately(turn, tracker, DEEDS) else []


class Goodbye(CitizenAction):
    """Says goodbye and asks for a grade. A pressed grade comes back as a goodbye too, so that no form has to be begun."""

    title = "action_goodbye"
    lowest_thanked: ClassVar[int] = 3

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Stores the grade, or asks for one; a low one opens the way to a human."""
        grade = _grade(turn)
        if grade is None:
            voice.say("utter_goodbye")
            return ask_rating(turn, tracker, voice)
        # A talk past the assistant (Rasa's own shell) has no conversation to rate.
        with contextlib.suppress(LookupError):
            await self.services.feedback.rate(turn.conversation, satisfaction=grade)
        if grade >= self.lowest_thanked:
            voice.say("utter_feedback_thanks")
            return []
        voice.say("utter_feedback_sorry", (HUMAN,))
        return [SlotSet("offer", "human")]


def ask_rating(turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
    """Ask for a grade where it is natural: once a day, not in the middle of a form, never after a crisis.

    While a human is awaited Rasa is not asked at all; out of hours, with a call on offer, nobody has been helped yet.
    """
    today = turn.now.date().isoformat()
    said = sum(e.get("event") == "user" for e in tracker.events)
    if (
        said < 2
        or tracker.active_loop_name
        or tracker.get_slot("rating_asked") == today
        or tracker.get_slot("offer") == "callback"
        or turn.emotion == "despair"
        or _lately(turn, tracker, NOT_TO_BE_RATED)
    ):
        return []
    scale = [(title, payload("goodbye", grade=grade)) for grade, title in enumerate(GRADES, 1)]
    form = {"type": "rating", "scale": [{"title": title, "payload": value} for title, value in scale]}
    voice.form(RATE, form, scale)
    return [SlotSet("rating_asked", today)]


def _grade(turn: Turn) -> int | None:
    grade = str(turn.value("grade"))
    return int(grade) if turn.pressed and grade in ("1", "2", "3", "4") else None


def _lately(turn: Turn, tracker: Tracker, names: Collection[str]) -> bool:
    since = (turn.now - LATELY).timestamp()
    return any(
        e.get("event") == "action" and e.get("name") in names and float(e.get("timestamp") or 0) >= since
        for e in tracker.events
    )


class Frustration(CitizenAction):
    """Anger at the robot or the service: admit it, offer a human at once, or go on."""

    title = "action_frustration"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """No excuses."""
        voice.say("utter_frustration", (HUMAN,))
        voice.hint(situation="misunderstanding")
        return [SlotSet("offer", "human")]


ALL = (Greet, Help, Stop, Affirm, Deny, Repeat, NotUnderstood, Thank, Goodbye, Frustration)
