"""Booking a visit: service → centre → day → time → consent → name → phone → summary."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import consent_step
from actions.base import (
    CitizenAction,
    CitizenForm,
    Voice,
    asked_again,
    change_in,
    confirmation,
    forget,
)
from actions.booking_moment import MomentStep, moment, refuses_times, short_visit, visit_payload
from actions.booking_questions import QUESTIONS
from actions.turn import SHORT_ANSWER, Turn, payload
from actions.words import as_written, capital, person_text, visit_text
from bot.services.appointments import (
    AlreadyBooked,
    HoldExpired,
)
from bot.services.appointments.interface import AppointmentError
from bot.services.russian_dates import day_text

SLOTS = (
    "service", "centre", "appointment_day", "appointment_time", "part_of_day", "personal_data_consent",
    "person_name", "phone", "appointment_confirmed", "appointment_hold",
)  # fmt: skip
CHANGES = {
    "time": ("врем",),
    "day": ("день", "дат", "число"),
    "centre": ("центр", "мест", "адрес"),
    "service": ("услуг",),
}
NO_PHONE = "без телефона"
"""A citizen without a telephone is booked all the same; only nobody can warn her."""


_NO_PHONE_SAID = re.compile(
    r"\bне (?:дам|скажу|хочу (?:давать|говорить)|буду (?:давать|говорить))|без телефона|\bнет(?:у)? телефона|телефона нет",
    re.I,
)
_NOT = re.compile(r"\bне\s+(?:\w+\s+)?$", re.I)


def _service_meant(turn: Turn) -> tuple[str | None, bool]:
    """The service named, and whether another one was taken back: «не паспорт, мне загранпаспорт»."""
    named = [e for e in turn.entities if e["entity"] == "service" and e.get("value") is not None]
    meant = [e for e in named if not _NOT.search(turn.text[: e.get("start") or 0])]
    found = (meant or named)[0]["value"] if named else None
    return found, bool(meant) and len(meant) < len(named)


class AppointmentForm(MomentStep, CitizenForm):
    """Fills what a visit needs, in any order the citizen says it."""

    form: ClassVar[str] = "appointment_form"
    intent: ClassVar[str] = "book_appointment"
    slots = SLOTS
    personal = frozenset(("personal_data_consent", "person_name", "phone", "appointment_confirmed"))

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """Several slots may come in one message; a correction empties what depends on it."""
        if requested and turn.digresses("service", "centre", "district", "street", "date", "time", "datetime",
                                        "interval", "person_name", "phone", "month"):  # fmt: skip
            if turn.intent not in ("book_appointment", "reschedule_appointment") and not self._names_centre(
                turn, requested
            ):
                return
        before = {k: slots[k] for k in ("service", "centre", "appointment_day", "appointment_time")}
        self._take_service(turn, slots, requested, voice)
        self._take_centre(turn, slots, requested)
        if (slots["service"], slots["centre"]) != (before["service"], before["centre"]):
            # What was said of the day holds for another centre as well, if it is open then.
            await self.settle(turn, slots, voice)
        if requested not in ("person_name", "phone"):
            await self.take_moment(turn, slots, requested, voice)
        if refuses_times(turn, slots, requested):
            asked_again(slots, "appointment_day")
        if requested == "personal_data_consent":
            answer = await consent_step.hear(self.services, turn, voice)
            if answer is not None:
                slots["personal_data_consent"] = answer
        self._take_person(turn, slots, requested, voice)
        if requested in ("service", "centre") and not slots[requested]:
            if slots["appointment_day"] and slots["appointment_day"] != before["appointment_day"]:
                voice.say("utter_noted_day", day=day_text(date.fromisoformat(slots["appointment_day"])))
        changed = any(slots[k] != v and v is not None for k, v in before.items())
        if changed:
            slots["appointment_confirmed"] = None
            slots["appointment_hold"] = None
        elif requested == "appointment_confirmed":
            slots["appointment_confirmed"] = confirmation(turn)
            if slots["appointment_confirmed"] is False:
                asked_again(slots, "appointment_confirmed")
        self._take_change(turn, slots, requested, changed)

    def _names_centre(self, turn: Turn, requested: str) -> bool:
        """Whether a few words are the asked-for place, though they look like a question of where something is."""
        if (
            requested != "centre"
            or turn.intent != "ask_address"
            or "?" in turn.text
            or len(turn.text.split()) > SHORT_ANSWER
        ):
            return False
        places = self.services.places
        return bool(places.centre_in(turn.text) or places.nearest_to(turn.text, limit=1))

    def _take_change(self, turn: Turn, slots: dict[str, Any], requested: str | None, changed: bool) -> None:
        asked = requested == "appointment_confirmed" and not changed
        what = change_in(turn, CHANGES if asked else {})
        emptied = {
            "time": ("appointment_time",),
            "day": ("appointment_day", "appointment_time"),
            "centre": ("centre", "appointment_day", "appointment_time"),
            "service": ("service", "appointment_day", "appointment_time"),
        }.get(str(what), ())
        for name in (*emptied, *(("appointment_confirmed", "appointment_hold", "part_of_day") if emptied else ())):
            asked_again(slots, name)

    def _take_service(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        found, instead = _service_meant(turn)
        if found is None and requested == "service" and turn.intent in ("inform", "nlu_fallback", "ask_service_info"):
            hits = self.services.catalogue.search(turn.text, limit=3)
            found = hits[0][0].id if hits and hits[0][1] >= 0.5 else None
        corrects = (
            instead
            or turn.corrects
            or requested in (None, "service", "appointment_confirmed")
            or turn.intent in ("deny", "book_appointment")
        )
        if found is None or (slots["service"] and not corrects):
            return
        service = self.services.content.service(found)
        if not service.at_centre:
            voice.say("utter_not_done_here", service=service.title, elsewhere=service.elsewhere)
            asked_again(slots, "service")
        elif service.appointment == "no":
            voice.say("utter_no_appointment_needed", service=service.title)
            asked_again(slots, "service")
        else:
            slots["service"] = found

    def _take_centre(self, turn: Turn, slots: dict[str, Any], requested: str | None) -> None:
        found = turn.longest("centre")
        if found is None and requested in ("centre", "service", None):
            centre = self.services.places.centre_in(turn.text)
            found = centre.id if centre else None
            if found is None and (turn.value("district", "street", "address") or requested in ("centre", "service")):
                near = self.services.places.nearest_to(turn.text, limit=1)
                found = near[0].centre.id if near else None
        if found is not None:
            slots["centre"] = found

    def _take_person(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        name = person_text(turn.value("person_name"))
        if name is None and requested == "person_name" and not turn.digresses():
            words = [w for w in turn.words.replace(",", " ").split() if w.isalpha() or "-" in w]
            name = " ".join(words) if 2 <= len(words) <= 4 and turn.intent in ("inform", "nlu_fallback") else None
            if name is None and turn.intent in ("inform", "nlu_fallback"):
                voice.say("utter_name_unclear")
                asked_again(slots, "person_name")
        if name and requested in (None, "person_name", "appointment_confirmed"):
            slots["person_name"] = capital(as_written(name, turn.words))
        phone = turn.value("phone")
        if phone:
            slots["phone"] = phone
        elif requested == "phone" and (turn.intent == "deny" or _NO_PHONE_SAID.search(turn.words)):
            slots["phone"] = NO_PHONE
        elif requested == "phone" and not turn.digresses() and any(c.isdigit() for c in turn.text):
            voice.say("utter_phone_unclear")
            asked_again(slots, "phone")

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """The next missing slot; what the profile knows is not asked."""
        if slots["personal_data_consent"] is False or slots["appointment_confirmed"] is True:
            return None
        for name in ("service", "centre", "appointment_day", "appointment_time"):
            if slots[name] is None:
                return name
        if not slots["personal_data_consent"]:
            if not await consent_step.agreed(self.services, turn):
                return "personal_data_consent"
            slots["personal_data_consent"] = True
        profile = await self.services.profiles.get(turn.citizen)
        slots["person_name"] = slots["person_name"] or profile.get("full_name")
        slots["phone"] = slots["phone"] or profile.get("phone")
        return next((n for n in ("person_name", "phone", "appointment_confirmed") if slots[n] is None), None)


class BookAppointment(CitizenAction):
    """Makes the held place an appointment and tells its number."""

    title = "action_book_appointment"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Book once; a hold that expired meanwhile is renewed when the place is still free."""
        complete = all(tracker.get_slot(n) for n in ("service", "centre", "appointment_day", "appointment_time"))
        if complete and await consent_step.refused_here(self.services, turn, tracker, voice, "appointment_form", SLOTS):
            return [*forget(SLOTS), SlotSet("last_service", tracker.get_slot("service"))]
        if tracker.get_slot("appointment_confirmed") is not True:
            await self.services.appointments.release(turn.citizen)
            return forget(SLOTS)
        name, phone = tracker.get_slot("person_name"), tracker.get_slot("phone")
        service, centre = tracker.get_slot("service"), tracker.get_slot("centre")
        phone = None if phone == NO_PHONE else phone
        person = {"name": name, "phone": phone}
        try:
            try:
                if (held := tracker.get_slot("appointment_hold")) is None:
                    raise HoldExpired(())
                booked = await self.services.appointments.book(held, turn.citizen, person)
            except HoldExpired:
                start = moment(tracker, self.services.content.region.timezone)
                hold = await self.services.appointments.hold(turn.citizen, service, centre, start)
                booked = await self.services.appointments.book(hold.id, turn.citizen, person)
        except AlreadyBooked as error:
            # «Перенести её?» — «да».
            visit = error.appointment
            chosen = {"appointment_number": visit.number, "service": visit.service_id, "centre": visit.centre_id}
            return [*forget(SLOTS), *(SlotSet(k, v) for k, v in chosen.items()), FollowupAction("reschedule_form")]
        except AppointmentError as error:
            near = getattr(error, "alternatives", ())
            voice.say("utter_slot_gone", [(short_visit(s), visit_payload(s)) for s in near])
            keep = [SlotSet("appointment_time", None), SlotSet("appointment_confirmed", None)]
            return [*keep, SlotSet("appointment_hold", None), FollowupAction("appointment_form")]
        await self.services.profiles.remember(turn.citizen, full_name=name, phone=phone, centre=centre)
        place = self.services.content.centre(booked.centre_id)
        voice.say(
            "utter_booked", (("Какие документы взять", payload("ask_documents", service=service)),),
            number=booked.number, when=visit_text(booked.start), centre=place.title, address=place.address,
        )  # fmt: skip
        voice.hint(situation="success")
        offer = None
        if turn.channel == "phone" and self.services.rings and not await self.services.consents.has(
            turn.citizen, "notifications"
        ):  # fmt: skip
            # Nobody reads a message to somebody who only telephones: the reminder is a call, and a call needs her consent.
            voice.say("utter_offer_call_reminder", (("Да, позвоните", payload("give_consent", purpose="notifications")),
                                                    ("Нет, не надо", payload("deny"))))  # fmt: skip
            offer = "notifications"
        return [*forget(SLOTS), SlotSet("last_service", service), SlotSet("offer", offer)]


ALL = (AppointmentForm, BookAppointment, *QUESTIONS)
