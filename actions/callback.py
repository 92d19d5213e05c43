"""A human at an hour of the citizen's choice: a promised call, a video consultation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import consent_step
from actions.base import CitizenAction, CitizenForm, Voice, asked_again, forget
from actions.days import wish_of
from actions.turn import Turn, payload
from actions.words import visit_text
from bot.services.people.interface import BadPhone, OutsideHours, PastTime
from bot.services.russian_dates import time_text

SLOTS = ("phone", "callback_time", "personal_data_consent")


class CallbackForm(CitizenForm):
    """Phone and a convenient time."""

    form: ClassVar[str] = "callback_form"
    intent: ClassVar[str] = "request_callback"
    slots = SLOTS
    personal = frozenset(SLOTS)

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
            if wish.time is None and wish.part and day == turn.now.date() and _now_within(wish.part, turn):
                # «Вечером», said in the evening, is not over yet.
                slots["callback_time"] = "soon"
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


def _now_within(part: Sequence[str | None], turn: Turn) -> bool:
    now = turn.now.strftime("%H:%M")
    return (part[0] or "00:00") <= now < (part[1] or "24:00")


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
        if await consent_step.refused_here(self.services, turn, tracker, voice, "callback_form", SLOTS):
            return forget(SLOTS)
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
        return forget(SLOTS)


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


ALL = (CallbackForm, AskCallbackTime, RequestCallback, Video)
