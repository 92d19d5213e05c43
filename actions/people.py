"""The way to a human: hand-over, call-back, video, the crisis answer, and what the citizen thinks of us."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import consent_step
from actions.base import CitizenAction, CitizenForm, Voice, asked_again, forget, leave_form
from actions.days import wish_of
from actions.turn import LEAVES_FORM, Turn, payload
from actions.words import visit_text
from bot.services.crisis import PRIORITY
from bot.services.people.interface import BadPhone, OutsideHours, PastTime
from bot.services.russian_dates import time_text

CALLBACK_SLOTS = ("phone", "callback_time", "personal_data_consent")
FEEDBACK_SLOTS = ("satisfaction", "ease", "nps", "feedback_comment")
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


class CallbackForm(CitizenForm):
    """Phone and a convenient time."""

    form: ClassVar[str] = "callback_form"
    intent: ClassVar[str] = "request_callback"
    slots = CALLBACK_SLOTS
    personal = frozenset(CALLBACK_SLOTS)

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """Phone and time may come in the first message."""
        if (
            requested
            and turn.digresses("phone", "date", "time", "datetime", "interval")
            and turn.intent != "request_callback"
        ):
            return
        if requested == "personal_data_consent":
            answer = await consent_step.hear(self.services, turn, voice)
            if answer is not None:
                slots["personal_data_consent"] = answer
            return
        if phone := turn.value("phone"):
            slots["phone"] = phone
        elif requested == "phone" and any(c.isdigit() for c in turn.text):
            voice.say("utter_phone_unclear")
            asked_again(slots, "phone")
        wish = wish_of(turn)
        words = turn.words.lower()
        if not wish.is_empty and not (requested == "phone" and turn.value("phone")):
            first = wish.part[0] if wish.part else None
            at = wish.time.strftime("%H:%M") if wish.time else first
            day = wish.day or (wish.days[0] if wish.days else turn.now.date())
            slots["callback_time"] = f"{day.isoformat()}T{at}" if at else day.isoformat()
        elif turn.value("soon") or (
            requested == "callback_time"
            and any(
                w in words for w in ("любое", "сразу", "как можно", "сейчас", "когда угодно", "быстрее", "поскорее")
            )
        ):
            slots["callback_time"] = "soon"

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """Consent before the phone."""
        if slots["personal_data_consent"] is False:
            return None
        if not slots["personal_data_consent"]:
            if not await consent_step.agreed(self.services, turn):
                return "personal_data_consent"
            slots["personal_data_consent"] = True
        slots["phone"] = slots["phone"] or (await self.services.profiles.get(turn.citizen)).get("phone")
        return next((n for n in ("phone", "callback_time") if slots[n] is None), None)


class AskCallbackTime(CitizenAction):
    """Asks when to call."""

    title = "action_ask_callback_time"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """As soon as possible, tomorrow morning, or any words."""
        voice.say("utter_ask_callback_time", (("Как можно скорее", payload("inform", soon="yes")),))
        voice.hint(expected="callback_time")
        return []


class RequestCallback(CitizenAction):
    """Stores the promised call."""

    title = "action_request_callback"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Outside working hours the nearest possible time is said instead."""
        if await consent_step.refused_here(self.services, turn, tracker, voice, "callback_form", CALLBACK_SLOTS):
            return forget(CALLBACK_SLOTS)
        phone, wanted = tracker.get_slot("phone"), tracker.get_slot("callback_time")
        if phone is None or wanted is None:
            return forget(("callback_time", "personal_data_consent"))
        moment = None
        if wanted != "soon":
            text = wanted if "T" in wanted else f"{wanted}T10:00"
            moment = datetime.fromisoformat(text).replace(tzinfo=turn.now.tzinfo)
        try:
            promised = await self.services.people.request_callback(
                turn.citizen, phone, moment, str(tracker.get_slot("problem_topic") or ""), turn.conversation
            )
        except BadPhone:
            voice.say("utter_phone_unclear")
            return [SlotSet("phone", None), FollowupAction("callback_form")]
        except PastTime:
            voice.say("utter_callback_past")
            return [SlotSet("callback_time", None), FollowupAction("callback_form")]
        except OutsideHours as error:
            opening = visit_text(error.next_opening.astimezone(turn.now.tzinfo)) if error.next_opening else "утром"
            voice.say("utter_callback_outside_hours", opening=opening)
            return [SlotSet("callback_time", None), FollowupAction("callback_form")]
        await self.services.profiles.remember(turn.citizen, phone=phone)
        zone = turn.now.tzinfo
        voice.say(
            "utter_callback_promised", number=promised.number, phone=phone,
            start=visit_text(promised.starts_at.astimezone(zone)), end=time_text(promised.ends_at.astimezone(zone)),
        )  # fmt: skip
        voice.hint(situation="success")
        return forget(CALLBACK_SLOTS)


class Video(CitizenAction):
    """A video consultation with its link."""

    title = "action_request_video"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """At the named moment, else at the nearest working hour."""
        wish = wish_of(turn)
        wanted = None
        if wish.day and wish.time:
            wanted = datetime.combine(wish.day, wish.time, turn.now.tzinfo)
        elif kept := tracker.get_slot("video_time"):
            # Said before a one-time link led here.
            wanted = datetime.fromisoformat(kept)
        when = wanted.isoformat() if wanted else None
        if await consent_step.refused_here(self.services, turn, tracker, voice, self.title, video_time=when):
            return []
        try:
            visit = await self.services.people.request_video(turn.citizen, wanted, "", turn.conversation)
        except (PastTime, OutsideHours) as error:
            opening = getattr(error, "next_opening", None)
            when = visit_text(opening.astimezone(turn.now.tzinfo)) if opening else "в рабочие часы"
            voice.say("utter_video_outside_hours", opening=when)
            return []
        start = visit_text(visit.starts_at.astimezone(turn.now.tzinfo))
        response = "utter_video" if visit.link else "utter_video_later"
        voice.say(response, number=visit.number, when=start, link=visit.link or "")
        return [SlotSet("video_time", None)]


class FeedbackForm(CitizenForm):
    """Satisfaction, ease, recommendation, a comment; any of them may be skipped."""

    form: ClassVar[str] = "feedback_form"
    intent: ClassVar[str] = "leave_feedback"
    slots = FEEDBACK_SLOTS

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """A grade by button, digit or word; the first message's own words are the comment."""
        if requested is None:
            if not turn.pressed and len(turn.words.split()) >= 5:
                slots["feedback_comment"] = turn.words[:2000]
            return
        if requested == "feedback_comment" and turn.intent in LEAVES_FORM:
            return
        if (
            requested != "feedback_comment"
            and turn.digresses("number")
            and turn.intent not in ("leave_feedback", "thank", "frustration", "report_problem", "smalltalk")
        ):
            return
        if requested == "feedback_comment":
            skipped = turn.intent == "deny" or turn.value("skip")
            slots["feedback_comment"] = "—" if skipped else turn.words[:2000]
            return
        grade = turn.value("grade", "number")
        if grade is None and requested in ("satisfaction", "ease"):
            grade = _grade_in_words(turn.words)
        low, high = (0, 10) if requested == "nps" else (1, 4)
        try:
            number = int(grade) if grade is not None else None
        except (TypeError, ValueError):
            number = None
        if turn.value("skip") or turn.intent == "deny":
            slots[requested] = -1
        elif number is not None and low <= number <= high:
            slots[requested] = number
        elif number is not None:
            voice.say("utter_grade_range", low=low, high=high)
            asked_again(slots, requested)

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """Four short questions."""
        return next((n for n in FEEDBACK_SLOTS if slots[n] is None), None)


GRADE_SIGNS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (1, ("ужас", "очень плох", "совсем не", "отврат")),
    (2, ("плох", "скорее нет", "не очень", "сложно", "трудно")),
    (4, ("отлич", "супер", "очень хорош", "полностью", "прекрас", "очень легко", "замечательн")),
    (3, ("хорош", "нормальн", "скорее да", "неплох", "легко")),
)
"""Beginnings of words for each grade, the sharper ones first."""


def _grade_in_words(words: str) -> int | None:
    low = words.lower()
    return next((grade for grade, signs in GRADE_SIGNS if any(s in low for s in signs)), None)


class AskGrade(CitizenAction):
    """Asks one of the grades."""

    grades = {
        "satisfaction": ("Совсем недоволен", "Скорее недоволен", "Скорее доволен", "Полностью доволен"),
        "ease": ("Очень трудно", "Скорее трудно", "Скорее легко", "Очень легко"),
    }

    def __init__(self, services: Any, slot: str) -> None:
        super().__init__(services)
        self.title = f"action_ask_{slot}"
        self._slot = slot

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Buttons, always also a number."""
        if self._slot == "nps":
            scale = [(str(i), payload("inform", grade=i)) for i in range(11)]
        else:
            scale = [(t, payload("inform", grade=i)) for i, t in enumerate(self.grades[self._slot], 1)]
        voice.say(f"utter_ask_{self._slot}", scale)
        voice.hint(expected=self._slot)
        return []


class AskComment(CitizenAction):
    """Asks for a word in the citizen's own voice."""

    title = "action_ask_feedback_comment"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """May be skipped."""
        voice.say("utter_ask_feedback_comment", (("Без комментария", payload("inform", skip="yes")),))
        voice.hint(expected="feedback_comment")
        return []


class SaveFeedback(CitizenAction):
    """Stores what the citizen thinks."""

    title = "action_save_feedback"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Low grades get the way to a human."""
        grades = {n: g for n in ("satisfaction", "ease", "nps") if (g := tracker.get_slot(n)) is not None and g >= 0}
        comment = tracker.get_slot("feedback_comment")
        comment = None if comment in (None, "—") else comment
        if not grades and comment is None:
            return forget(FEEDBACK_SLOTS)
        try:
            await self.services.feedback.rate(turn.conversation, comment=comment, **grades)
        except LookupError:
            return forget(FEEDBACK_SLOTS)
        low = grades.get("satisfaction", 4) <= 2
        human = (("Позвать специалиста", payload("request_operator")),) if low else ()
        voice.say("utter_feedback_sorry" if low else "utter_feedback_thanks", human)
        return forget(FEEDBACK_SLOTS)


GRADES = ("satisfaction", "ease", "nps")
ALL = (
    Handover,
    CrisisAnswer,
    CallbackForm,
    AskCallbackTime,
    RequestCallback,
    Video,
    FeedbackForm,
    AskComment,
    SaveFeedback,
)
