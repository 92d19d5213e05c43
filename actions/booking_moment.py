"""The day and the time of a visit: read from a message, checked, and held against what is free."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Tracker

from actions.base import (
    Voice,
    asked_again,
)
from actions.days import Wish, wish_of
from actions.turn import Turn, payload
from actions.words import short_day
from bot.services.appointments import (
    CentreClosed,
    Slot,
)
from bot.services.appointments.interface import AppointmentError
from bot.services.russian_dates import day_text, time_text

EXACTLY = "exactly"
"""Third of `part_of_day`: the time itself was said before the day."""


class MomentStep:
    """Reading and checking the day and the time; shared by booking and moving."""

    services: Any

    async def take_moment(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """Fill `appointment_day` and `appointment_time` from the message, or say what is wrong with them."""
        if turn.problem("date", "datetime", "interval") == "impossible":
            voice.say("utter_no_such_date")
            asked_again(slots, "appointment_day")
            return
        wish = wish_of(turn)
        if wish.is_empty and requested == "appointment_time" and turn.text.strip().isdigit():
            # «10» or «3» after «во сколько?» is an hour; nobody is received at three in the night.
            hour = int(turn.text)
            wish = Wish(time=time(hour if hour > 7 else hour + 12)) if 0 < hour < 24 else wish
        if wish.is_empty:
            return
        if wish.day is not None or wish.days is not None:
            await self._take_day(turn, slots, wish, voice)
            if slots.get("appointment_day") is None:
                return
            wanted = slots.get("part_of_day") or []
            if EXACTLY in wanted and wish.time is None and wish.part is None:
                await self._take_time(turn, slots, time.fromisoformat(wanted[0]), voice)
        if wish.time is not None or wish.part is not None:
            slots["part_of_day"] = wish.part
            if slots.get("appointment_day") and wish.time is not None:
                await self._take_time(turn, slots, wish.time, voice)
            elif wish.time is not None:
                slots["part_of_day"] = [wish.time.strftime("%H:%M"), None, EXACTLY]
            else:
                slots["appointment_time"] = None

    async def _take_day(self, turn: Turn, slots: dict[str, Any], wish: Wish, voice: Voice) -> None:
        first, last = wish.days or (wish.day, wish.day)
        assert first is not None and last is not None
        slots["appointment_time"] = None
        today = turn.now.date()
        if last < today:
            voice.say("utter_past_date", day=day_text(last))
            asked_again(slots, "appointment_day")
            return
        if not slots.get("service") or not slots.get("centre"):
            slots["appointment_day"] = first.isoformat()
            return
        slots["appointment_day"] = await self.open_day(slots, max(first, today), last, voice)
        if slots["appointment_day"] is None:
            asked_again(slots, "appointment_day")

    async def open_day(self, slots: dict[str, Any], first: date, last: date, voice: Voice) -> str | None:
        """The first day from `first` to `last` with free places, ISO; says why when there is none."""
        limit = min((last - first).days + 1, 31)
        try:
            days = await self.services.appointments.days(slots["service"], slots["centre"], first, limit)
        except AppointmentError:
            return None
        free = next((d for d in days if d.free), None)
        if free is not None:
            return str(free.date.isoformat())
        if not days:
            voice.say("utter_too_far_ahead")
        elif len(days) == 1 and days[0].closed_reason:
            voice.say("utter_day_closed", day=day_text(first), reason=days[0].closed_reason)
        else:
            voice.say("utter_day_full", day=day_text(first))
        return None

    async def _take_time(self, turn: Turn, slots: dict[str, Any], wanted: time, voice: Voice) -> None:
        if not slots.get("service") or not slots.get("centre"):
            slots["appointment_time"] = wanted.strftime("%H:%M")
            return
        free = await self.free_times(slots)
        exact = next((s for s in free if s.start.time().replace(tzinfo=None) == wanted), None)
        if exact is not None:
            slots["appointment_time"] = exact.start.strftime("%H:%M")
            return
        voice.say("utter_time_taken", time=f"{wanted.hour}:{wanted.minute:02d}")
        slots["part_of_day"] = [(datetime.combine(date.today(), wanted) - timedelta(hours=1)).strftime("%H:%M"), None]
        asked_again(slots, "appointment_time")

    async def free_times(self, slots: dict[str, Any]) -> list[Slot]:
        """Free moments of the chosen day."""
        try:
            found: list[Slot] = await self.services.appointments.times(
                slots["service"], slots["centre"], date.fromisoformat(slots["appointment_day"])
            )
        except CentreClosed:
            return []
        return found

    async def settle(self, turn: Turn, slots: dict[str, Any], voice: Voice) -> None:
        """Once service and centre are known, check a day and a time that were said before them."""
        if not (slots.get("service") and slots.get("centre") and slots.get("appointment_day")):
            return
        day = date.fromisoformat(slots["appointment_day"])
        wanted = slots.get("appointment_time")
        slots["appointment_day"] = await self.open_day(slots, max(day, turn.now.date()), day, voice)
        if slots["appointment_day"] is None:
            slots["appointment_time"] = None
            asked_again(slots, "appointment_day")
        elif wanted:
            slots["appointment_time"] = None
            await self._take_time(turn, slots, time.fromisoformat(wanted), voice)


def refuses_times(turn: Turn, slots: dict[str, Any], requested: str | None) -> bool:
    """Whether none of the offered times suits and no other moment is named: then another day is asked for."""
    nothing_named = slots["appointment_time"] is None and wish_of(turn).is_empty
    return requested == "appointment_time" and turn.intent == "deny" and nothing_named


def moment(tracker: Tracker, timezone: str) -> datetime:
    """The chosen day and time as an aware moment in the region's zone."""
    day, at = tracker.get_slot("appointment_day"), tracker.get_slot("appointment_time")
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(timezone))


def short_visit(slot: Slot) -> str:
    """«пт 27.11 10:00», for a button."""
    return f"{short_day(slot.start.date())} {time_text(slot.start)}"


def visit_payload(slot: Slot) -> str:
    """What a button sends that chooses this moment."""
    return payload("inform", date=slot.start.date().isoformat(), time=slot.start.strftime("%H:%M"))
