"""When centres are open, where they are and how to get there."""

from __future__ import annotations

import re
from datetime import date

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.base import CitizenAction, Voice
from actions.days import wish_of
from actions.turn import Turn
from bot.services.content import Centre


class WorkingHours(CitizenAction):
    """Hours of a centre today, on a named day, or of the week."""

    title = "action_ask_working_hours"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """All centres in short when none is named."""
        places, content = self.services.places, self.services.content
        centre = _centre_of(self, turn, tracker)
        day = day_of(turn)
        if centre is None:
            near = places.nearest_to(turn.words, limit=1)
            centre = near[0].centre if near else None
        today = turn.now.date()
        if centre is None:
            lines = [
                f"• {c.title}: {places.day_text(c, day, today) if day else places.week_text(c)}"
                for c in content.centres
            ]
            voice.say("utter_hours_all", hours="\n".join(lines))
            return [SlotSet("pending_question", {"intent": "ask_working_hours", "text": turn.words[:300]})]
        text = places.day_text(centre, day, today) if day else places.now_text(centre, turn.now)
        voice.say("utter_hours", centre=centre.title, now=text, week=places.week_text(centre))
        return [SlotSet("last_centre", centre.id), SlotSet("pending_question", None)]


class Address(CitizenAction):
    """Where a centre is, how to get there, parking, a ramp; the nearest one to a named place."""

    title = "action_ask_address"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """The nearest three to a district or street, one named centre, or all."""
        places, content = self.services.places, self.services.content
        centre = _centre_of(self, turn, tracker)
        near = [] if centre else places.nearest_to(turn.words, limit=2)
        if centre is None and not near and tracker.get_slot("requested_slot") == "case_number":
            voice.say("utter_where_is_number")
            return []
        if centre is None and near:
            centre = near[0].centre
        if centre is None:
            lines = [f"• {c.title}: {c.address}" for c in content.centres]
            voice.say("utter_address_all", addresses="\n".join(lines))
            return [SlotSet("pending_question", {"intent": "ask_address", "text": turn.words[:300]})]
        voice.say(
            "utter_address",
            centre=centre.title, address=f"{centre.city}, {centre.address}", transport=centre.transport,
            parking=centre.parking, accessibility=", ".join(centre.accessibility), phone=centre.phone,
            hours=places.now_text(centre, turn.now),
        )  # fmt: skip
        return [SlotSet("last_centre", centre.id), SlotSet("pending_question", None)]


_GOES_ON = re.compile(r"(?:а|и|там)\b", re.I)
"""«А парковка?» goes on about the centre spoken of before."""


def _centre_of(action: CitizenAction, turn: Turn, tracker: Tracker) -> Centre | None:
    centre = None
    if named := turn.longest("centre"):
        try:
            centre = action.services.content.centre(named)
        except KeyError:
            centre = None
    centre = centre or action.services.places.centre_in(turn.words)
    before = tracker.get_slot("centre") if tracker.active_loop_name else None
    if before is None and _GOES_ON.match(turn.words) and not action.services.places.point_in(turn.words):
        before = tracker.get_slot("last_centre")
    if centre is None and before:
        centre = action.services.content.centre(before)
    return centre


def day_of(turn: Turn) -> date | None:
    """The day that the message names, the first of several."""
    wish = wish_of(turn)
    return wish.day or (wish.days[0] if wish.days else None)


ALL = (WorkingHours, Address)
