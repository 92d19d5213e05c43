"""Answers from the catalogue, the knowledge base and the places; what is in none of them is said to be unknown."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions.base import CONTINUE, CitizenAction, Voice
from actions.cases import proof_in
from actions.days import wish_of
from actions.talk import HUMAN
from actions.turn import Turn, payload
from bot.services.content import Centre, Service
from bot.services.payments import NothingToPay

SURE = 0.6
"""A catalogue score from which the first service may be taken without asking."""
LIKELY = 0.5
"""A catalogue score from which a service is offered for a short question: «какие нужны документы» is about none."""
MORE = ("Подробнее", payload("inform", choice="more"))
MAX_ASPECTS = 3
SHORT_QUESTION = 5
"""Words up to which a question may lean on the service spoken of before."""
SURE_ARTICLE = 0.6
"""A knowledge score from which an article answers better than a service named in passing."""


SERVICE_QUESTIONS = ("ask_documents", "ask_fee", "ask_service_info")


class Question(CitizenAction):
    """A question about a service: meets the very aspect asked, asks which service when it is not clear."""

    asks = {
        "action_ask_documents": "ask_documents",
        "action_ask_fee": "ask_fee",
        "action_service_info": "ask_service_info",
    }

    def __init__(self, services: Any, title: str) -> None:
        super().__init__(services)
        self.title = title

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Answer, or remember the question and ask for the service."""
        return await answer_question(self, turn, tracker, voice, self.asks[self.title], turn.words)


async def answer_question(
    action: CitizenAction, turn: Turn, tracker: Tracker, voice: Voice, intent: str, question: str
) -> list[EventType]:
    """Answer a question about a service; `question` is the text whose aspects are meant."""
    services = action.services
    # In the middle of a booking "а паспорт брать?" asks about the service being booked, not about a passport.
    running = _running_service(action, tracker)
    named = _service_of(action, turn, tracker)
    aspects = services.catalogue.aspects(question, intent, named)
    plain = aspects == ["short"] and intent == "ask_service_info"
    last = running or tracker.get_slot("last_service")
    service = named
    if last and not plain and (_only_aspect(turn) or (running and intent == "ask_documents")):
        service = services.content.service(last)
        aspects = services.catalogue.aspects(question, intent, None)
    if service is None or (plain and question):
        hits = services.knowledge.search(turn.words, limit=1)
        enough = 0.0 if service is None and intent == "ask_service_info" else SURE_ARTICLE
        if service is None and intent != "ask_service_info" and _only_aspect(turn):
            hits = []
        if hits and hits[0].score >= enough:
            return _tell(voice, hits[0].article.text, tracker)
    if service is None:
        return _which_service(action, turn, voice, intent, question)
    texts, more = [], []
    for aspect in aspects[:MAX_ASPECTS]:
        answer = services.catalogue.answer(service, aspect, question.lower())
        texts.append(answer.text)
        if answer.more:
            more.append(answer.more)
    text = "\n".join([f"{service.title}.", *texts])
    buttons = [MORE] if more else []
    if not tracker.active_loop_name:
        buttons += _next_steps(service, intent)
    voice.text(text, buttons)
    return [
        SlotSet("last_service", service.id),
        SlotSet("more", "\n".join(more) or None),
        SlotSet("offer", "more" if more else None),
        SlotSet("pending_question", None),
    ]


def _only_aspect(turn: Turn) -> bool:
    """Whether a short question names no service of its own: «а доверенность нужна?» after an answer goes on about it."""
    service = turn.entity("service")
    named = len(str(service.get("text") or "").split()) if service else 0
    return len(turn.words.split()) <= SHORT_QUESTION and named < 2


def _running_service(action: CitizenAction, tracker: Tracker) -> str | None:
    """The service that the running form is about."""
    if not tracker.active_loop_name:
        return None
    form = action.services.forms.get(str(tracker.get_slot("application_form_id")))
    running: str | None = form.service_id if form else tracker.get_slot("service")
    return running


def _service_of(action: CitizenAction, turn: Turn, tracker: Tracker) -> Service | None:
    # «Может ли муж по доверенности поменять права» is about the licence, not about a power of attorney.
    found = [e for e in turn.entities if e["entity"] == "service" and e.get("value") is not None]
    entity = next((e for e in found if e["value"] != "notary_proxy"), found[0] if found else None)
    if entity is not None:
        candidates = entity.get("candidates") or []
        if len(candidates) < 2:
            try:
                return action.services.content.service(str(entity["value"]))
            except KeyError:
                pass
    hits = action.services.catalogue.search(turn.words)
    if hits and hits[0][1] >= SURE:
        return hits[0][0]
    return None


def _which_service(action: CitizenAction, turn: Turn, voice: Voice, intent: str, question: str) -> list[EventType]:
    least = LIKELY if len(turn.words.split()) <= SHORT_QUESTION else 0.0
    near = [s for s, score in action.services.catalogue.search(turn.words, limit=4) if score >= least]
    if near:
        voice.say("utter_which_service", [(s.title, payload("inform", service=s.id)) for s in near] + [HUMAN])
    elif intent == "ask_service_info" and len(turn.words.split()) > 3:
        voice.say("utter_not_found", (HUMAN, ("Что вы умеете", payload("help"))))
        return [SlotSet("offer", "human"), SlotSet("pending_question", None)]
    else:
        voice.say("utter_ask_which_service")
    return [SlotSet("pending_question", {"intent": intent, "text": question[:500]})]


def _next_steps(service: Service, intent: str) -> list[tuple[str, str]]:
    steps = []
    if service.at_centre and service.appointment != "no":
        steps.append(("Записаться", payload("book_appointment", service=service.id)))
    if intent != "ask_documents":
        steps.append(("Документы", payload("ask_documents", service=service.id)))
    if service.fee.amount and intent != "ask_service_info":
        steps.append(("Оплатить", payload("pay_duty", service=service.id)))
    return steps


def _tell(voice: Voice, text: str, tracker: Tracker) -> list[EventType]:
    first, _, rest = text.strip().partition("\n\n")
    rest = rest.replace("\n\n", "\n").strip()
    voice.text(first, [MORE] if rest else [])
    return [
        SlotSet("more", rest or None),
        SlotSet("offer", "more" if rest else None),
        SlotSet("pending_question", None),
    ]


class More(CitizenAction):
    """Tells the rest of the last answer."""

    title = "action_more"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Once; afterwards there is no more."""
        more = tracker.get_slot("more")
        if more:
            voice.text(str(more))
        else:
            voice.say("utter_no_more", (HUMAN,))
        return [SlotSet("more", None), SlotSet("offer", None)]


class Inform(CitizenAction):
    """Bare data outside a form: the answer to a pending question, a named service, a number of a case, or nothing."""

    understands = False
    title = "action_inform"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Find what the data belongs to."""
        choice = turn.value("choice")
        if tracker.active_loop_name and choice != CONTINUE:
            return [FollowupAction("action_not_understood")]
        follow = {"more": "action_more", "inquiry": "action_file_inquiry", "callback": "callback_form",
                  "ticket": "ticket_form", "subscribe": "action_subscribe",
                  CONTINUE: "action_continue_here"}.get(str(choice))  # fmt: skip
        if follow:
            return [FollowupAction(follow)]
        if situation := turn.value("situation"):
            found = self.services.situations.get(str(situation))
            voice.text(self.services.situations.text(found))
            return []
        pending = tracker.get_slot("pending_question")
        if pending:
            place = turn.value("centre", "district", "street", "address") or self.services.places.point_in(turn.words)
            if pending["intent"] == "ask_incident" and place:
                return [FollowupAction("action_ask_incident")]
            if pending["intent"] == "pay_duty" and turn.value("service"):
                return [FollowupAction("action_payment")]
            if pending["intent"] in ("ask_working_hours", "ask_address") and (place or _day_of(turn)):
                return [FollowupAction(f"action_{pending['intent']}")]
            if pending["intent"] in SERVICE_QUESTIONS and _service_of(self, turn, tracker) is not None:
                return await answer_question(self, turn, tracker, voice, pending["intent"], pending["text"])
        if number := turn.value("case_number"):
            # The form that follows does not read this message again, so what it said is handed over here.
            return [
                SlotSet("case_number", number),
                SlotSet("case_proof", proof_in(turn, None)),
                FollowupAction("status_form"),
            ]
        if turn.value("service"):
            return await answer_question(self, turn, tracker, voice, "ask_service_info", "")
        match = self.services.glossary.find(turn.words)
        if match is not None:
            return [FollowupAction("action_explain_status")]
        return [FollowupAction("action_not_understood")]


class WorkingHours(CitizenAction):
    """Hours of a centre today, on a named day, or of the week."""

    title = "action_ask_working_hours"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """All centres in short when none is named."""
        places, content = self.services.places, self.services.content
        centre = _centre_of(self, turn, tracker)
        day = _day_of(turn)
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


def _day_of(turn: Turn) -> date | None:
    wish = wish_of(turn)
    return wish.day or (wish.days[0] if wish.days else None)


class FindServices(CitizenAction):
    """What is due in a life situation."""

    title = "action_find_services"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """The list of the situation recognised; else the situations to choose from."""
        found = self.services.situations.find(turn.words)
        voice.hint(situation="first_request")
        if found:
            situation = found[0][0]
            due = self.services.situations.due(situation)
            buttons = [(d.service.title, payload("ask_service_info", service=d.service.id)) for d in due if d.service][
                :3
            ]
            voice.text(self.services.situations.text(situation).replace("\n\n", "\n"), buttons)
            return [SlotSet("life_situation", situation.id)]
        all_of_them = self.services.content.situations[:8]
        voice.say("utter_which_situation", [(s.title, payload("inform", situation=s.id)) for s in all_of_them])
        return []


class Payment(CitizenAction):
    """A link to pay the fee of a service, with the charge filled in."""

    title = "action_payment"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Ask for the service when it is not clear; say so when there is nothing to pay."""
        last = tracker.get_slot("last_service")
        leans = last and not turn.value("service") and _only_aspect(turn)
        service = self.services.content.service(last) if leans else _service_of(self, turn, tracker)
        if service is None:
            payable = [s for s in self.services.content.services if self.services.payments.charges(s.id)][:5]
            voice.say("utter_pay_for_what", [(s.title, payload("inform", service=s.id)) for s in payable])
            return [SlotSet("pending_question", {"intent": "pay_duty", "text": turn.words[:300]})]
        done = [SlotSet("pending_question", None), SlotSet("last_service", service.id)]
        try:
            link = await self.services.payments.link(service.id)
        except NothingToPay:
            voice.say("utter_nothing_to_pay", service=service.title, fee=service.fee.text)
            return done
        voice.say("utter_payment_link", title=link.title, amount=f"{link.amount:,}".replace(",", " "), url=link.url)
        return done


INTENT_ACTIONS = ("action_ask_documents", "action_ask_fee", "action_service_info")
ALL = (More, Inform, WorkingHours, Address, FindServices, Payment)
