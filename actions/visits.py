"""Moving, cancelling and listing booked visits."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions import consent_step
from actions.base import YES_NO, CitizenAction, CitizenForm, Voice, asked_again, confirmation, forget
from actions.booking_moment import MomentStep, moment, refuses_times
from actions.turn import Turn, payload
from actions.words import visit_text
from bot.services.appointments import Appointment, SlotTaken, TooLateToMove
from bot.services.appointments.interface import AppointmentError

MOVE_SLOTS = (
    "appointment_number", "service", "centre", "appointment_day", "appointment_time", "part_of_day", "move_confirmed",
)  # fmt: skip
CANCEL_SLOTS = ("appointment_number", "cancel_confirmed")
WHEN = ("date", "time", "datetime", "interval", "month", "case_number")


class _ChoosesVisit(CitizenForm):
    """Finds which of the citizen's visits is meant: the only one, the one numbered, or the one asked about."""

    async def upcoming(self, turn: Turn) -> list[Appointment]:
        """Visits that are still to come, earliest first."""
        mine = await self.services.appointments.mine(turn.citizen, turn.now)
        return [a for a in mine if a.state == "booked" and a.start > turn.now]

    async def choose(self, turn: Turn, slots: dict[str, Any], voice: Voice) -> None:
        """Set `appointment_number`; says kindly when there is no visit or the number is not the citizen's."""
        if not turn.personal_data:
            return
        visits = await self.upcoming(turn)
        number = turn.value("appointment") or next(
            (v for v in turn.values("case_number") if str(v).startswith("ТЛ")), None
        )
        if number is not None and number not in {a.number for a in visits}:
            voice.say("utter_visit_not_found", number=number)
            asked_again(slots, "appointment_number")
        elif number is not None:
            slots["appointment_number"] = number
        elif slots["appointment_number"] is None and len(visits) == 1:
            slots["appointment_number"] = visits[0].number


class RescheduleForm(MomentStep, _ChoosesVisit):
    """Moves a visit: which one, new day, new time, summary."""

    form: ClassVar[str] = "reschedule_form"
    intent: ClassVar[str] = "reschedule_appointment"
    slots = MOVE_SLOTS
    personal = frozenset(MOVE_SLOTS)

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """Take the visit and the new moment, in any order."""
        if requested and turn.digresses(*WHEN) and turn.intent not in ("reschedule_appointment", "book_appointment"):
            return
        await self.choose(turn, slots, voice)
        visit = await self._visit(turn, slots)
        if visit is None and not turn.personal_data:
            await self.take_moment(turn, slots, requested, voice)
        if visit is not None:
            slots["service"], slots["centre"] = visit.service_id, visit.centre_id
            if requested == "appointment_number":
                # A moment said before a one-time link led here has not been looked up yet.
                await self.settle(turn, slots, voice)
            before = (slots["appointment_day"], slots["appointment_time"])
            await self.take_moment(turn, slots, requested, voice)
            if refuses_times(turn, slots, requested):
                asked_again(slots, "appointment_day")
            if before != (slots["appointment_day"], slots["appointment_time"]):
                slots["move_confirmed"] = None
            elif requested == "move_confirmed":
                slots["move_confirmed"] = confirmation(turn)

    async def _visit(self, turn: Turn, slots: dict[str, Any]) -> Appointment | None:
        if slots["appointment_number"] is None:
            return None
        visit: Appointment | None = await self.services.appointments.find(slots["appointment_number"])
        return visit

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """Nothing to move ends the form."""
        if slots["appointment_number"] is None:
            return "appointment_number" if await self.upcoming(turn) else None
        if slots["move_confirmed"] is not None:
            return None
        return next(n for n in ("appointment_day", "appointment_time", "move_confirmed") if slots[n] is None)


class CancelForm(_ChoosesVisit):
    """Cancels a visit: which one, are you sure."""

    form: ClassVar[str] = "cancel_form"
    intent: ClassVar[str] = "cancel_appointment"
    slots = CANCEL_SLOTS
    personal = frozenset(CANCEL_SLOTS)

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """Take the visit and the yes or no."""
        if requested == "cancel_confirmed" and turn.intent == "cancel_appointment":
            slots["cancel_confirmed"] = True
            return
        if requested and turn.digresses("case_number", "appointment") and turn.intent != "cancel_appointment":
            return
        await self.choose(turn, slots, voice)
        if requested == "cancel_confirmed":
            slots["cancel_confirmed"] = confirmation(turn)

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """Nothing to cancel ends the form."""
        if slots["appointment_number"] is None:
            return "appointment_number" if await self.upcoming(turn) else None
        return "cancel_confirmed" if slots["cancel_confirmed"] is None else None


class AskVisit(CitizenAction):
    """Asks which of several visits is meant."""

    title = "action_ask_appointment_number"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Offer the visits to come."""
        mine = await self.services.appointments.mine(turn.citizen, turn.now)
        visits = [a for a in mine if a.state == "booked" and a.start > turn.now]
        buttons = [
            (
                f"{visit_text(a.start)}, {self.services.service_title(a.service_id)}",
                payload("inform", appointment=a.number),
            )
            for a in visits[:6]
        ]
        voice.say("utter_ask_which_visit", buttons)
        voice.hint(expected="appointment_number")
        return []


class AskMoveConfirmed(CitizenAction):
    """Shows the old and the new moment before moving."""

    title = "action_ask_move_confirmed"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Say from when to when."""
        visit = await self.services.appointments.find(tracker.get_slot("appointment_number"))
        start = moment(tracker, self.services.content.region.timezone)
        old = visit_text(visit.start) if visit else ""
        voice.say("utter_ask_move_confirmed", YES_NO, old=old, when=visit_text(start))
        voice.hint(expected="move_confirmed")
        return []


class AskCancelConfirmed(CitizenAction):
    """Names the visit before cancelling it."""

    title = "action_ask_cancel_confirmed"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Offer to move instead."""
        visit = await self.services.appointments.find(tracker.get_slot("appointment_number"))
        buttons = (("Да, отменить", payload("affirm")), ("Лучше перенести", payload("reschedule_appointment")),
                   ("Оставить", payload("deny")))  # fmt: skip
        if visit is not None:
            voice.say(
                "utter_ask_cancel_confirmed", buttons,
                when=visit_text(visit.start), service=self.services.service_title(visit.service_id),
            )  # fmt: skip
        voice.hint(expected="cancel_confirmed")
        return []


class MoveAppointment(CitizenAction):
    """Moves the visit and tells the new moment."""

    title = "action_move_appointment"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Move once; a place taken meanwhile is said with the nearest ones."""
        if await consent_step.refused_here(self.services, turn, tracker, voice, "reschedule_form", MOVE_SLOTS):
            return forget(MOVE_SLOTS)
        number, confirmed = tracker.get_slot("appointment_number"), tracker.get_slot("move_confirmed")
        if number is None:
            voice.say("utter_no_visits", (("Записаться", payload("book_appointment")),))
            return [*forget(MOVE_SLOTS), SlotSet("offer", "book")]
        elif not confirmed:
            voice.say("utter_left_as_is")
        else:
            start = moment(tracker, self.services.content.region.timezone)
            try:
                moved = await self.services.appointments.move(number, turn.citizen, start)
                voice.say("utter_moved", number=moved.number, when=visit_text(moved.start))
                voice.hint(situation="success")
            except TooLateToMove as error:
                voice.say("utter_too_late_to_move", when=visit_text(error.start))
            except SlotTaken as error:
                near = ", ".join(visit_text(s.start) for s in error.alternatives)
                voice.say("utter_slot_gone_nearest", near=near or "—")
            except AppointmentError:
                voice.say("utter_visit_not_found", number=number)
        return forget(MOVE_SLOTS)


class CancelAppointment(CitizenAction):
    """Cancels the visit; its reminders are withdrawn with it."""

    title = "action_cancel_appointment"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Cancel once."""
        if await consent_step.refused_here(self.services, turn, tracker, voice, "cancel_form", CANCEL_SLOTS):
            return forget(CANCEL_SLOTS)
        number, confirmed = tracker.get_slot("appointment_number"), tracker.get_slot("cancel_confirmed")
        if number is None:
            voice.say("utter_no_visits", (("Записаться", payload("book_appointment")),))
            return [*forget(CANCEL_SLOTS), SlotSet("offer", "book")]
        elif not confirmed:
            voice.say("utter_left_as_is")
        else:
            try:
                await self.services.appointments.cancel(number, turn.citizen)
                voice.say("utter_cancelled", (("Записаться снова", payload("book_appointment")),), number=number)
            except TooLateToMove as error:
                voice.say("utter_too_late_to_move", when=visit_text(error.start))
            except AppointmentError:
                voice.say("utter_visit_not_found", number=number)
        return forget(CANCEL_SLOTS)


class MyAppointments(CitizenAction):
    """Lists the visits to come."""

    title = "action_my_appointments"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Say each visit with its place, or that there is none."""
        if await consent_step.refused_here(self.services, turn, tracker, voice, self.title):
            return []
        now: datetime = turn.now
        mine = await self.services.appointments.mine(turn.citizen, now)
        visits = [a for a in mine if a.state == "booked" and a.start > now]
        if not visits:
            voice.say("utter_no_visits", (("Записаться", payload("book_appointment")),))
            return [SlotSet("offer", "book")]
        lines = []
        for a in visits:
            centre = self.services.content.centre(a.centre_id)
            lines.append(f"• {visit_text(a.start)} — {self.services.service_title(a.service_id)}. "
                         f"{centre.title}, {centre.address}. Номер {a.number}")  # fmt: skip
        voice.say(
            "utter_my_visits",
            (("Перенести", payload("reschedule_appointment")), ("Отменить", payload("cancel_appointment"))),
            visits="\n".join(lines),
        )
        return []


ALL = (
    RescheduleForm, CancelForm, AskVisit, AskMoveConfirmed, AskCancelConfirmed, MoveAppointment, CancelAppointment,
    MyAppointments,
)  # fmt: skip
