"""Questions about services, answered from the catalogue and the knowledge base; what is in neither is said to be unknown."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.base import CitizenAction, Voice
from actions.talk import HUMAN
from actions.turn import Turn, payload
from bot.services.content import Article, Service

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
    named = service_of(action, turn)
    aspects = services.catalogue.aspects(question, intent, named)
    plain = aspects == ["short"] and intent == "ask_service_info"
    last = running or tracker.get_slot("last_service")
    service = named
    if last and not plain and (leans_on_the_last(turn) or (running and intent == "ask_documents")):
        service = services.content.service(last)
        aspects = services.catalogue.aspects(question, intent, None)
    if service is None or (plain and question):
        hits = services.knowledge.search(turn.words, limit=1)
        enough = 0.0 if service is None and intent == "ask_service_info" else SURE_ARTICLE
        if service is None and intent != "ask_service_info" and leans_on_the_last(turn):
            hits = []
        if hits and hits[0].score >= enough:
            spoken_of = [SlotSet("last_service", named.id)] if named else []
            return [*_tell(voice, hits[0].article, tracker), *spoken_of]
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
    voice.text(text, buttons, f"services/{service.id}")
    return [
        SlotSet("last_service", service.id),
        SlotSet("more", "\n".join(more) or None),
        SlotSet("offer", "more" if more else None),
        SlotSet("pending_question", None),
    ]


def leans_on_the_last(turn: Turn) -> bool:
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


def service_of(action: CitizenAction, turn: Turn) -> Service | None:
    """The service that the message names, or that its words surely mean."""
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


def _tell(voice: Voice, article: Article, tracker: Tracker) -> list[EventType]:
    first, _, rest = article.text.strip().partition("\n\n")
    rest = rest.replace("\n\n", "\n").strip()
    voice.text(first, [MORE] if rest else [], f"articles/{article.id}")
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


INTENT_ACTIONS = tuple(Question.asks)
ALL = (More,)
