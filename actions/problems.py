"""Complaints and breakdowns: free words → topic → address → contact or anonymous → summary → number and due date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import consent_step
from actions.base import (
    YES_NO,
    CitizenAction,
    CitizenForm,
    Voice,
    asked_again,
    change_in,
    confirmation,
    declines,
    forget,
)
from actions.talk import HUMAN
from actions.turn import LEAVES_FORM, SHORT_ANSWER, Turn, payload
from actions.words import address_text, as_written, capital, person_text
from bot.services.russian_dates import day_text
from bot.services.tickets.incident_words import told
from bot.services.tickets.incidents import Incident, NoSuchIncident

SLOTS = (
    "problem_text", "problem_topic", "problem_address", "problem_details", "ticket_contact", "personal_data_consent",
    "person_name", "phone", "ticket_confirmed", "ticket_files", "known_incident",
)  # fmt: skip
OF_ONE_STORY = (
    "problem_text",
    "problem_topic",
    "problem_address",
    "problem_details",
    "ticket_confirmed",
    "known_incident",
)
CHANGES = {
    "problem_text": ("описан", "текст"),
    "problem_address": ("адрес", "место", "улиц"),
    "ticket_contact": ("контакт", "телефон", "имя", "фамили"),
}
WORDS_ENOUGH = 3
SURE_WISH = 0.7
"""Confidence from which a message in place of a free story is taken for another wish."""
NO_ADDRESS_TOPICS = frozenset(
    (
        "labour",
        "social_support",
        "telecom",
        "mfc",
        "business",
        "psychological_help",
        "medicine",
        "education",
        "transport",
    )
)
"""Topics where a place is often not the point; the address is asked for but may be skipped."""
_SKIPPED = "—"


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
        free_text = requested in ("problem_text", "problem_details") and "?" not in turn.words and not _other_wish(turn)
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
            self._take_story(turn, slots, requested)
        address = address_text(turn.value("address", "street") if requested is None else turn.value("address"))
        if address and requested in (None, "problem_text", "problem_address", "ticket_confirmed"):
            slots["problem_address"] = address
        elif requested == "problem_address":
            self._take_place(turn, slots)
        elif requested == "problem_details":
            nothing = declines(turn) or turn.value("skip")
            slots["problem_details"] = _SKIPPED if nothing else turn.words[:2000]
            if turn.attachments and not turn.words:
                slots["problem_details"] = _SKIPPED
        elif requested in ("ticket_contact", "ticket_confirmed") and self._adds(turn):
            before = slots["problem_details"]
            slots["problem_details"] = turn.words[:2000] if before == _SKIPPED else f"{before}. {turn.words}"[:2000]
            voice.say("utter_details_added")
            asked_again(slots, requested)
        elif requested == "ticket_contact":
            self._take_contact(turn, slots)
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
            self._take_confirmation(turn, slots, voice)
        if turn.value("phone") and slots["ticket_contact"] != "anonymous":
            slots["phone"] = turn.value("phone")
        if topic := turn.value("problem_topic"):
            slots["problem_topic"] = topic

    def _is_new_story(self, turn: Turn) -> bool:
        """Whether the first message tells of something new, so that what an abandoned complaint left is dropped."""
        return not turn.pressed and turn.intent == self.intent and bool(turn.value("topic", "address"))

    def _adds(self, turn: Turn) -> bool:
        """Whether the citizen goes on with the story instead of answering."""
        answers = turn.value("contact", "change", "phone", "person_name") or turn.pressed
        return turn.intent == self.intent and len(turn.words.split()) >= WORDS_ENOUGH and not answers

    def _take_story(self, turn: Turn, slots: dict[str, Any], requested: str | None) -> None:
        words = len(turn.words.split())
        if turn.pressed or (requested is None and words < WORDS_ENOUGH):
            return
        if turn.intent in ("affirm", "deny") and not turn.value("topic") and words < WORDS_ENOUGH:
            return
        slots["problem_text"] = turn.words[:4000]
        slots["problem_topic"] = self.services.topics.classify(turn.words)[0][0]

    def _take_place(self, turn: Turn, slots: dict[str, Any]) -> None:
        unknown = any(w in turn.words.lower() for w in ("не знаю", "не помню", "без адреса", "нигде", "неважно"))
        if turn.intent == "deny" or turn.value("skip") or unknown:
            slots["problem_address"] = _SKIPPED
        elif turn.intent == "affirm" or "?" in turn.words:
            return
        elif not turn.pressed and any(c.isalpha() for c in turn.words):
            slots["problem_address"] = turn.words[:300]

    def _take_contact(self, turn: Turn, slots: dict[str, Any]) -> None:
        chosen = turn.value("contact")
        words = turn.words.lower()
        if chosen in ("anonymous", "named"):
            slots["ticket_contact"] = chosen
        elif not turn.personal_data:
            # There the question is whether to send it anonymously.
            if "аноним" in words or turn.intent in ("affirm", "give_consent"):
                slots["ticket_contact"] = "anonymous"
            elif turn.intent == "deny" or any(sign in words for sign in CHANGES["ticket_contact"]):
                slots["ticket_contact"] = "named"
        elif "аноним" in words or turn.intent == "deny":
            slots["ticket_contact"] = "anonymous"
        elif turn.intent in ("affirm", "give_consent") or turn.value("phone", "person_name"):
            slots["ticket_contact"] = "named"

    def _take_confirmation(self, turn: Turn, slots: dict[str, Any], voice: Voice) -> None:
        change = change_in(turn, CHANGES)
        if change in CHANGES:
            asked_again(slots, str(change))
            if change == "problem_address":
                slots["known_incident"] = None
            if change == "ticket_contact":
                slots.update(person_name=None, phone=None)
            return
        answer = confirmation(turn)
        if answer is False:
            asked_again(slots, "ticket_confirmed")
        else:
            slots["ticket_confirmed"] = answer

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """A known breakdown at the address ends the form with its number and forecast."""
        if slots["ticket_confirmed"]:
            return None
        if slots["problem_text"] is None:
            return "problem_text"
        if slots["known_incident"] is None:
            # The story often names the street already; an address alone says nothing of the kind of trouble.
            incident = await self.services.incidents.at(_place(slots), turn.now, slots["problem_topic"])
            if incident is not None or slots["problem_address"] is not None:
                slots["known_incident"] = incident.id if incident else _SKIPPED
        if slots["known_incident"] is None:
            return "problem_address"
        if slots["known_incident"] != _SKIPPED:
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


def _place(slots: Mapping[str, Any]) -> str:
    """Everything that was said about what and where."""
    return f"{slots.get('problem_text') or ''} {slots.get('problem_address') or ''}".strip()


def _other_wish(turn: Turn) -> bool:
    """«Лучше запишите на приём» instead of a story: short, sure and about nothing that could have happened."""
    short = len(turn.words.split()) <= 2 * SHORT_ANSWER
    return turn.digresses() and turn.confidence >= SURE_WISH and short and not turn.value("topic", "address", "street")


class AskProblemText(CitizenAction):
    """Asks what happened."""

    title = "action_ask_problem_text"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """In the citizen's own words."""
        voice.say("utter_ask_problem_text")
        voice.hint(expected="problem_text")
        return []


class AskProblemAddress(CitizenAction):
    """Asks where."""

    title = "action_ask_problem_address"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Names the topic, so that a wrong guess can be corrected; the place may be skipped where it matters little."""
        topic = str(tracker.get_slot("problem_topic") or "other")
        skip = (("Без адреса", payload("inform", skip="yes")),) if topic.split(".")[0] in NO_ADDRESS_TOPICS else ()
        voice.say("utter_ask_problem_address", skip, topic=self.services.topic_titles.get(topic, topic))
        voice.hint(expected="address")
        return []


class AskProblemDetails(CitizenAction):
    """Asks for details or a photo."""

    title = "action_ask_problem_details"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """May be skipped."""
        voice.say("utter_ask_problem_details", (("Добавить нечего", payload("inform", skip="yes")),))
        voice.hint(expected="problem_details")
        return []


class AskTicketContact(CitizenAction):
    """Asks whether the answer should come to the citizen or the ticket be anonymous."""

    title = "action_ask_ticket_contact"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Says what anonymity costs: no written answer (59-FZ art. 11); where contacts may not be taken, says where they may."""
        voice.hint(expected="ticket_contact")
        if not turn.personal_data:
            ways = await consent_step.ways_on(self.services, turn, tracker, "ticket_form", SLOTS)
            voice.say(
                "utter_ask_ticket_contact_elsewhere",
                (("Анонимно", payload("inform", contact="anonymous")), *ways),
            )
            return []
        voice.say("utter_ask_ticket_contact", (("Оставить контакты", payload("inform", contact="named")),
                                               ("Анонимно", payload("inform", contact="anonymous"))))  # fmt: skip
        return []


class AskTicketConfirmed(CitizenAction):
    """The summary before the ticket is registered."""

    title = "action_ask_ticket_confirmed"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Topic, words, place, contact. After «нет» ask what is wrong."""
        if declines(turn) and turn.expected == "ticket_confirmed":
            change = (("Описание", payload("inform", change="problem_text")),
                      ("Адрес", payload("inform", change="problem_address")),
                      ("Контакты", payload("inform", change="ticket_contact")), ("Не отправлять", payload("stop")))  # fmt: skip
            voice.say("utter_what_to_change", change)
            voice.hint(expected="ticket_confirmed")
            return []
        slot = tracker.get_slot
        topic = str(slot("problem_topic") or "other")
        contact = "анонимно"
        if slot("ticket_contact") == "named":
            contact = f"{slot('person_name')}, {slot('phone')}"
        details = slot("problem_details")
        voice.say(
            "utter_ask_ticket_confirmed", YES_NO,
            topic=self.services.topic_titles.get(topic, topic), story=str(slot("problem_text"))[:600],
            address=slot("problem_address") if slot("problem_address") != _SKIPPED else "не указан",
            details=str(details)[:300] if details != _SKIPPED else "нет",
            files=len(slot("ticket_files") or []), contact=contact,
        )  # fmt: skip
        voice.hint(expected="ticket_confirmed")
        return []


class FileTicket(CitizenAction):
    """Registers the ticket, or tells about the known breakdown instead of a duplicate."""

    title = "action_file_ticket"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Number, who answers and by when."""
        slot = tracker.get_slot
        known = slot("known_incident")
        if known and known != _SKIPPED:
            incident = await self.services.incidents.at(_place(tracker.slots), turn.now, slot("problem_topic"))
            if incident is not None:
                _tell_incident(voice, incident, turn)
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
            address=None if address == _SKIPPED else address,
            details=None if slot("problem_details") in (None, _SKIPPED) else {"text": slot("problem_details")},
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


def _tell_incident(voice: Voice, incident: Incident, turn: Turn) -> None:
    words = told(incident, turn.now.tzinfo or UTC)
    voice.say(
        "utter_incident_known", (("Сообщить, когда починят", payload("inform", choice="subscribe")), HUMAN),
        number=words["number"], title=words["title"], reason=words["reason"], forecast=words["forecast"],
    )  # fmt: skip


class AskIncident(CitizenAction):
    """When water, light or heat comes back; whether the breakdown is known."""

    title = "action_ask_incident"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Needs a street or a district; an unknown breakdown becomes a ticket if the citizen wants."""
        pending = tracker.get_slot("pending_question") or {}
        before = pending.get("text", "") if pending.get("intent") == "ask_incident" else ""
        text = f"{before} {turn.words}".strip()
        incident = await self.services.incidents.at(text, turn.now)
        if incident is not None:
            _tell_incident(voice, incident, turn)
            return [
                SlotSet("last_incident", incident.id),
                SlotSet("pending_question", None),
                SlotSet("offer", "subscribe"),
            ]
        if (
            not before
            and not turn.value("street", "district", "address")
            and self.services.places.point_in(text) is None
        ):
            voice.say("utter_ask_incident_street")
            return [SlotSet("pending_question", {"intent": "ask_incident", "text": turn.words[:500]})]
        voice.say("utter_incident_unknown", (("Сообщить о проблеме", payload("inform", choice="ticket")), HUMAN))
        return [
            SlotSet("pending_question", None),
            SlotSet("offer", "ticket"),
            SlotSet("problem_text", text[:4000]),
            SlotSet("problem_address", address_text(turn.value("address", "street"))),
            SlotSet("known_incident", None),
            SlotSet("problem_topic", self.services.topics.classify(text)[0][0]),
        ]


class Subscribe(CitizenAction):
    """Tells the citizen when a known breakdown is over."""

    title = "action_subscribe"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Once."""
        incident = tracker.get_slot("last_incident")
        if incident is None:
            return [FollowupAction("action_ask_incident")]
        try:
            await self.services.incidents.subscribe(turn.citizen, incident)
            voice.say("utter_subscribed")
        except NoSuchIncident:
            voice.say("utter_incident_over")
        return [SlotSet("offer", None)]


class TechnicalHelp(CitizenAction):
    """Advice for a portal that does not work or access that is lost, from the knowledge base; a human if it does not help."""

    def __init__(self, services: Any, title: str, response: str) -> None:
        super().__init__(services)
        self.title = title
        self._response = response

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """The nearest article, else the general advice."""
        hits = self.services.knowledge.search(turn.words, limit=1)
        if hits and hits[0].score >= 0.6 and hits[0].article.id in HELPFUL:
            voice.text(hits[0].article.text.strip().replace("\n\n", "\n"), () if tracker.active_loop_name else (HUMAN,))
        else:
            voice.say(self._response, () if tracker.active_loop_name else (HUMAN,))
        return [SlotSet("offer", "human")]


HELPFUL = frozenset(("change_phone", "code_word", "pin_code"))
"""Articles about access; others merely share its words («код из СМС» is also what swindlers ask for)."""
TECHNICAL = (
    ("action_technical_problem", "utter_technical_problem"),
    ("action_recover_access", "utter_recover_access"),
)
ALL = (
    TicketForm, AskProblemText, AskProblemAddress, AskProblemDetails, AskTicketContact, AskTicketConfirmed, FileTicket,
    AskIncident, Subscribe,
)  # fmt: skip
