"""What the citizen thinks of us: satisfaction, ease, recommendation and a comment."""

from __future__ import annotations

from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions.base import CitizenAction, CitizenForm, Voice, asked_again, forget
from actions.turn import LEAVES_FORM, Turn, payload

GRADES = ("satisfaction", "ease", "nps")
SLOTS = (*GRADES, "feedback_comment")


class FeedbackForm(CitizenForm):
    """Satisfaction, ease, recommendation, a comment; any of them may be skipped."""

    form: ClassVar[str] = "feedback_form"
    intent: ClassVar[str] = "leave_feedback"
    slots = SLOTS

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
        return next((n for n in SLOTS if slots[n] is None), None)


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
        grades = {n: g for n in GRADES if (g := tracker.get_slot(n)) is not None and g >= 0}
        comment = tracker.get_slot("feedback_comment")
        comment = None if comment in (None, "—") else comment
        if not grades and comment is None:
            return forget(SLOTS)
        try:
            await self.services.feedback.rate(turn.conversation, comment=comment, **grades)
        except LookupError:
            return forget(SLOTS)
        low = grades.get("satisfaction", 4) <= 2
        human = (("Позвать специалиста", payload("request_operator")),) if low else ()
        voice.say("utter_feedback_sorry" if low else "utter_feedback_thanks", human)
        return forget(SLOTS)


ALL = (FeedbackForm, AskComment, SaveFeedback)
