"""The questions of a booking, one action a question, each with what can be chosen."""

from __future__ import annotations

from datetime import date

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import consent_step
from actions.base import (
    YES_NO,
    Button,
    CitizenAction,
    Voice,
    declines,
)
from actions.booking_moment import moment, short_visit, visit_payload
from actions.turn import Turn, payload
from actions.words import short_day, visit_text
from bot.services.appointments import (
    AlreadyBooked,
    CentreClosed,
    NotServedHere,
    PastMoment,
    Slot,
    SlotTaken,
    TooFarAhead,
)
from bot.services.appointments.interface import AppointmentError
from bot.services.russian_dates import day_text, time_text

OFFERED_DAYS = 5
OFFERED_TIMES = 6


class AskService(CitizenAction):
    """Asks which service, with those people book most."""

    title = "action_ask_service"
    popular = ("passport_replacement", "egrn_extract", "driving_licence", "passport_foreign_10", "child_allowance")

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Offer the service spoken of last and the frequent ones that can be booked."""
        known = {s.id: s for s in self.services.content.services if s.at_centre and s.appointment != "no"}
        first = [str(tracker.get_slot("last_service"))]
        offered = [known[i] for i in dict.fromkeys((*first, *self.popular)) if i in known][:5] or list(known.values())[
            :5
        ]
        voice.say("utter_ask_service", [(s.title, payload("inform", service=s.id)) for s in offered])
        voice.hint(expected="service")
        return []


class AskCentre(CitizenAction):
    """Asks which centre; the one used last time and those near the citizen's district come first."""

    title = "action_ask_centre"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Offer all centres of the region, the preferred one first."""
        profile = await self.services.profiles.get(turn.citizen)
        centres = sorted(self.services.content.centres, key=lambda c: c.id != profile.get("centre"))
        voice.say(
            "utter_ask_centre",
            [(c.title, payload("inform", centre=c.id)) for c in centres[:8]],
            service=self.services.service_title(tracker.get_slot("service")),
        )
        voice.hint(expected="centre")
        return []


class AskDay(CitizenAction):
    """Asks for the day and offers the nearest free ones."""

    title = "action_ask_appointment_day"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Offer free days; when the centre does not give the service, say so and ask for another centre."""
        service, centre = tracker.get_slot("service"), tracker.get_slot("centre")
        try:
            days = await self.services.appointments.days(service, centre, turn.now.date(), 21)
        except (NotServedHere, AppointmentError):
            voice.say("utter_centre_without_service")
            return [SlotSet("centre", None), FollowupAction(str(tracker.active_loop_name))]
        free = [d for d in days if d.free][:OFFERED_DAYS]
        if not free:
            voice.say("utter_nothing_free", [("Другой центр", payload("inform", change="centre"))])
        else:
            voice.say(
                "utter_ask_appointment_day",
                [(short_day(d.date), payload("inform", date=d.date.isoformat())) for d in free],
                centre=self.services.content.centre(centre).title,
            )
        voice.hint(expected="appointment_day")
        return []


class AskTime(CitizenAction):
    """Asks for the time and offers free moments of the wanted part of the day."""

    title = "action_ask_appointment_time"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Offer up to six free moments spread over the part of the day."""
        day = date.fromisoformat(tracker.get_slot("appointment_day"))
        try:
            free = await self.services.appointments.times(tracker.get_slot("service"), tracker.get_slot("centre"), day)
        except AppointmentError:
            free = []
        first, last = (tracker.get_slot("part_of_day") or [None, None])[:2]
        within = [s for s in free if (first or "00:00") <= s.start.strftime("%H:%M") < (last or "24:00")]
        offered = spread(within or free, OFFERED_TIMES)
        response = "utter_ask_appointment_time" if within or not first else "utter_ask_other_time"
        voice.say(response, [_time_button(s) for s in offered], day=day_text(day))
        voice.hint(expected="appointment_time")
        return []


def _time_button(slot: Slot) -> Button:
    return time_text(slot.start), payload("inform", time=slot.start.strftime("%H:%M"))


def spread(slots: list[Slot], count: int) -> list[Slot]:
    """At most `count` of the slots, evenly over the list, the first one always among them."""
    if len(slots) <= count:
        return slots
    step = len(slots) / count
    return [slots[int(i * step)] for i in range(count)]


class AskPersonalDataConsent(CitizenAction):
    """Asks for the consent the law wants before the first personal field."""

    title = "action_ask_personal_data_consent"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Show the consent; a channel that must not carry personal data never gets here."""
        consent_step.ask(self.services, voice)
        voice.hint(expected="personal_data_consent")
        return []


class AskAppointmentConfirmed(CitizenAction):
    """Holds the place and shows the summary before the booking."""

    title = "action_ask_appointment_confirmed"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Hold for five minutes; when the place has just gone, offer the nearest ones. After «нет» ask what is wrong."""
        if declines(turn) and turn.expected == "appointment_confirmed":
            change = (("Время", payload("inform", change="time")), ("День", payload("inform", change="day")),
                      ("Центр", payload("inform", change="centre")), ("Отменить", payload("stop")))  # fmt: skip
            voice.say("utter_what_to_change_in_visit", change)
            voice.hint(expected="appointment_confirmed")
            return []
        service, centre = tracker.get_slot("service"), tracker.get_slot("centre")
        start = moment(tracker, self.services.content.region.timezone)
        try:
            hold = await self.services.appointments.hold(turn.citizen, service, centre, start)
        except AlreadyBooked as error:
            booked = error.appointment
            voice.say(
                "utter_already_booked",
                (("Перенести", payload("reschedule_appointment")), ("Оставить как есть", payload("stop"))),
                number=booked.number, when=visit_text(booked.start),
            )  # fmt: skip
            voice.hint(expected="appointment_confirmed")
            return []
        except (SlotTaken, PastMoment, TooFarAhead, CentreClosed) as error:
            near = getattr(error, "alternatives", ())
            voice.say("utter_slot_gone", [(short_visit(s), visit_payload(s)) for s in near])
            voice.hint(expected="appointment_time", situation="bad_news")
            return [SlotSet("appointment_time", None), SlotSet("requested_slot", "appointment_time")]
        place = self.services.content.centre(centre)
        voice.say(
            "utter_ask_appointment_confirmed", YES_NO,
            service=self.services.service_title(service), centre=place.title, address=place.address,
            when=visit_text(hold.start), person=tracker.get_slot("person_name"), phone=tracker.get_slot("phone"),
        )  # fmt: skip
        voice.hint(expected="appointment_confirmed")
        return [SlotSet("appointment_hold", hold.id)]


QUESTIONS = (AskService, AskCentre, AskDay, AskTime, AskPersonalDataConsent, AskAppointmentConfirmed)
