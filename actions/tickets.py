"""Complaints: free words → topic → address → contact or anonymous → summary → number and due date."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions import consent_step
from actions.base import CitizenAction, CitizenForm, Voice, asked_again, declines, forget
from actions.incidents import tell_incident
from actions.ticket_questions import QUESTIONS
from actions.ticket_story import (
    OF_ONE_STORY,
    SKIPPED,
    SLOTS,
    goes_on,
    only_scolds,
    other_wish,
    take_confirmation,
    take_contact,
    take_more,
    take_place,
    take_story,
    what_and_where,
)
from actions.turn import LEAVES_FORM, Turn
from actions.words import address_text, as_written, capital, person_text
from bot.services.russian_dates import day_text


class TicketForm(CitizenForm):
    """What happened, where, details, who tells."""

    form: ClassVar[str] = "ticket_form"
    intent: ClassVar[str] = "report_problem"
    slots = SLOTS
    personal = frozenset(("personal_data_consent", "person_name", "phone"))

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """A street named after «когда дадут свет» belongs to that question, so both are one story."""
        pending = tracker.get_slot("pending_question") or {}
        if pending.get("intent") != "ask_incident" or not self._begins(tracker):
            return await super().act(turn, tracker, voice)
        whole = replace(turn, words=f"{pending['text']} {turn.words}".strip())
        return [*await super().act(whole, tracker, voice), SlotSet("pending_question", None)]

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """The first message is often the whole story: it is kept in the citizen's own words."""
        if requested is None and self._is_new_story(turn):
            slots.update(dict.fromkeys(OF_ONE_STORY))
        if turn.attachments:
            slots["ticket_files"] = [*(slots["ticket_files"] or []), *(dict(a) for a in turn.attachments)]
        told = turn.intent in ("report_problem", "technical_problem", "frustration", "ask_incident")
        free_text = requested in ("problem_text", "problem_details") and "?" not in turn.words and not other_wish(turn)
        if turn.intent in LEAVES_FORM and requested:
            return
        if (
            requested
            and turn.digresses("address", "street", "phone", "person_name", "topic")
            and not (told or free_text)
            and not (requested == "ticket_contact" and "аноним" in turn.words.lower())
        ):
            return
        if slots["problem_text"] is None:
            take_story(self.services, turn, slots, requested)
        address = address_text(turn.value("address", "street") if requested is None else turn.value("address"))
        if address and (requested in (None, "problem_text", "problem_address", "ticket_confirmed") or turn.corrects):
            slots["problem_address"] = address
        elif requested == "problem_address":
            take_place(turn, slots)
        elif requested == "problem_details":
            nothing = declines(turn) or turn.value("skip") or only_scolds(turn)
            slots["problem_details"] = SKIPPED if nothing else turn.words[:2000]
            if turn.attachments and not turn.words:
                slots["problem_details"] = SKIPPED
        elif requested in ("ticket_contact", "ticket_confirmed") and goes_on(turn):
            take_more(turn, slots, voice, requested)
        elif requested == "ticket_contact":
            take_contact(turn, slots)
        elif requested == "personal_data_consent":
            answer = await consent_step.hear(self.services, turn, voice)
            if answer is not None:
                slots["personal_data_consent"] = answer
                if answer is False:
                    slots["ticket_contact"] = "anonymous"
        elif requested == "person_name":
            name = person_text(turn.value("person_name")) or (turn.words if 1 < len(turn.words.split()) < 5 else None)
            slots["person_name"] = capital(as_written(name, turn.words)) if name else None
        elif requested == "phone" and not turn.value("phone"):
            voice.say("utter_phone_unclear")
            asked_again(slots, "phone")
        elif requested == "ticket_confirmed":
            take_confirmation(turn, slots)
        if turn.value("phone") and slots["ticket_contact"] != "anonymous":
            slots["phone"] = turn.value("phone")
        if topic := turn.value("problem_topic"):
            slots["problem_topic"] = topic

    def _is_new_story(self, turn: Turn) -> bool:
        """Whether the first message tells of something new, so that what an abandoned complaint left is dropped."""
        return not turn.pressed and turn.intent == self.intent and bool(turn.value("topic", "address"))

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """A known breakdown at the address ends the form with its number and forecast."""
        if slots["ticket_confirmed"]:
            return None
        if slots["problem_text"] is None:
            return "problem_text"
        if slots["known_incident"] is None:
            # The story often names the street already; an address alone says nothing of the kind of trouble.
            incident = await self.services.incidents.at(what_and_where(slots), turn.now, slots["problem_topic"])
            if incident is not None or slots["problem_address"] is not None:
                slots["known_incident"] = incident.id if incident else SKIPPED
        if slots["known_incident"] is None:
            return "problem_address"
        if slots["known_incident"] != SKIPPED:
            return None
        if slots["problem_details"] is None:
            return "problem_details"
        if slots["ticket_contact"] is None:
            return "ticket_contact"
        if slots["ticket_contact"] == "named":
            if not slots["personal_data_consent"]:
                if not await consent_step.agreed(self.services, turn):
                    return "personal_data_consent"
                slots["personal_data_consent"] = True
            profile = await self.services.profiles.get(turn.citizen)
            slots["person_name"] = slots["person_name"] or profile.get("full_name")
            slots["phone"] = slots["phone"] or profile.get("phone")
            missing = next((n for n in ("person_name", "phone") if slots[n] is None), None)
            if missing:
                return missing
        return "ticket_confirmed"


class FileTicket(CitizenAction):
    """Registers the ticket, or tells about the known breakdown instead of a duplicate."""

    title = "action_file_ticket"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Number, who answers and by when."""
        slot = tracker.get_slot
        known = slot("known_incident")
        if known and known != SKIPPED:
            incident = await self.services.incidents.at(what_and_where(tracker.slots), turn.now, slot("problem_topic"))
            if incident is not None:
                tell_incident(voice, incident, turn)
                return [*forget(SLOTS), SlotSet("last_incident", incident.id), SlotSet("offer", "subscribe")]
        if slot("ticket_contact") == "named" and await consent_step.refused_here(
            self.services, turn, tracker, voice, "ticket_form", SLOTS
        ):
            return forget(SLOTS)
        if not slot("ticket_confirmed"):
            return forget(SLOTS)
        named = slot("ticket_contact") == "named"
        address = slot("problem_address")
        ticket = await self.services.tickets.file(
            turn.citizen,
            str(slot("problem_text")),
            str(slot("problem_topic") or "other"),
            address=None if address == SKIPPED else address,
            details=None if slot("problem_details") in (None, SKIPPED) else {"text": slot("problem_details")},
            attachments=slot("ticket_files") or [],
            contact={"name": slot("person_name"), "phone": slot("phone")} if named else None,
            channel=turn.channel,
            key=f"{turn.conversation}:{turn.message}",
        )
        if named:
            await self.services.profiles.remember(turn.citizen, full_name=slot("person_name"), phone=slot("phone"))
        voice.say("utter_ticket_filed", number=ticket.number, group=ticket.group, due=day_text(ticket.due_on))
        voice.hint(situation="success")
        if ticket.code:
            voice.say("utter_ticket_code", code=ticket.code)
        if ticket.linked:
            voice.say("utter_ticket_linked", count=len(ticket.linked))
        return [*forget(SLOTS), SlotSet("last_ticket", ticket.number), SlotSet("offer", None)]


ALL = (TicketForm, FileTicket, *QUESTIONS)
