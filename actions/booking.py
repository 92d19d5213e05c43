"""Booking a visit: service → centre → day → time → consent → name → phone → summary."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import consent_step
from actions.base import (
    YES_NO,
    Button,
    CitizenAction,
    CitizenForm,
    Voice,
    asked_again,
    change_in,
    confirmation,
    declines,
    forget,
)
from actions.days import Wish, wish_of
from actions.turn import SHORT_ANSWER, Turn, payload
from actions.words import as_written, capital, person_text, short_day, visit_text
from bot.services.appointments import (
    AlreadyBooked,
    CentreClosed,
    HoldExpired,
    NotServedHere,
    PastMoment,
    Slot,
    SlotTaken,
    TooFarAhead,
)
from bot.services.appointments.interface import AppointmentError
from bot.services.russian_dates import day_text, time_text

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
EXACTLY = "exactly"
"""Third of `part_of_day`: the time itself was said before the day."""
NO_PHONE = "без телефона"
"""A citizen without a telephone is booked all the same; only nobody can warn her."""
OFFERED_DAYS = 5
OFFERED_TIMES = 6


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
        found = turn.value("service")
        if found is None and requested == "service" and turn.intent in ("inform", "nlu_fallback", "ask_service_info"):
            hits = self.services.catalogue.search(turn.text, limit=3)
            found = hits[0][0].id if hits and hits[0][1] >= 0.5 else None
        corrects = requested in (None, "service", "appointment_confirmed") or turn.intent in (
            "deny",
            "book_appointment",
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
        elif requested == "phone" and turn.intent == "deny":
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
            voice.say("utter_slot_gone", [(_short_visit(s), _visit_payload(s)) for s in near])
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


def _short_visit(slot: Slot) -> str:
    return f"{short_day(slot.start.date())} {time_text(slot.start)}"


def _visit_payload(slot: Slot) -> str:
    return payload("inform", date=slot.start.date().isoformat(), time=slot.start.strftime("%H:%M"))


def moment(tracker: Tracker, timezone: str) -> datetime:
    """The chosen day and time as an aware moment in the region's zone."""
    from zoneinfo import ZoneInfo

    day, at = tracker.get_slot("appointment_day"), tracker.get_slot("appointment_time")
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(timezone))


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
            voice.say("utter_slot_gone", [(_short_visit(s), _visit_payload(s)) for s in near])
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


ALL = (
    AppointmentForm, AskService, AskCentre, AskDay, AskTime, AskPersonalDataConsent, AskAppointmentConfirmed,
    BookAppointment,
)  # fmt: skip
