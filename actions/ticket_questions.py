"""What is asked while a complaint is taken down, with the buttons of each question, and the summary at the end."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType

from actions import consent_step
from actions.base import YES_NO, CitizenAction, Voice, declines
from actions.ticket_story import SKIPPED, SLOTS
from actions.turn import Turn, payload

NO_ADDRESS_TOPICS = frozenset(
    (
        "labour", "social_support", "telecom", "mfc", "business", "psychological_help", "medicine", "education", "transport",
    )
)  # fmt: skip
"""Topics where a place is often not the point; the address is asked for but may be skipped."""


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
            address=slot("problem_address") if slot("problem_address") != SKIPPED else "не указан",
            details=str(details)[:300] if details != SKIPPED else "нет",
            files=len(slot("ticket_files") or []), contact=contact,
        )  # fmt: skip
        voice.hint(expected="ticket_confirmed")
        return []


QUESTIONS = (AskProblemText, AskProblemAddress, AskProblemDetails, AskTicketContact, AskTicketConfirmed)
