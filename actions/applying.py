"""An application filled in conversation. The form is data, so this file serves every form without knowing any."""

from __future__ import annotations

from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions import consent_step
from actions.base import YES_NO, CitizenAction, CitizenForm, Voice, asked_again, confirmation, declines, forget
from actions.turn import Turn, payload
from actions.words import address_text, as_written, capital, person_text
from bot.services.forms import Accepted, Field, Form, Refused
from bot.services.forms.submit import submit

SLOTS = ("application_form_id", "application_answer", "application_confirmed", "personal_data_consent")
ENTITY_OF = {
    "person_name": ("person_name",), "date": ("birth_date", "date"), "snils": ("snils",), "phone": ("phone",),
    "address": ("address",), "integer": ("number",), "money": ("money", "number"), "choice": (), "yes_no": (), "text": (),
}  # fmt: skip
FROM_TEXT = frozenset(("text", "choice", "yes_no", "integer", "money"))


class ApplicationForm(CitizenForm):
    """Asks what the form still lacks. Answers live in the draft, not in slots, so they survive days of silence."""

    form: ClassVar[str] = "application_form"
    intent: ClassVar[str] = "submit_application"
    slots = SLOTS
    personal = frozenset(("personal_data_consent", "application_answer", "application_confirmed"))

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """Read the answer to the field asked last."""
        if slots["application_form_id"] is None:
            slots["application_form_id"] = self._which(turn, requested)
            form = self._form(slots)
            if form is not None:
                draft = await self.services.drafts.load(turn.citizen, form.id) if turn.personal_data else None
                voice.say("utter_application_resumed" if draft and draft.answers else "utter_application_start",
                          title=form.title, intro=form.intro)  # fmt: skip
            return
        form = self._form(slots)
        if form is None:
            return
        if requested == "personal_data_consent":
            answer = await consent_step.hear(self.services, turn, voice)
            if answer is not None:
                slots["personal_data_consent"] = answer
        elif requested == "application_answer":
            await self._take_answer(form, turn, slots, voice)
        elif requested == "application_confirmed":
            await self._take_confirmation(form, turn, slots, voice)

    def _which(self, turn: Turn, requested: str | None) -> str | None:
        named = turn.value("form") or turn.value("service")
        for form in self.services.forms.values():
            if named in (form.id, form.service_id):
                return form.id
        hits = self.services.catalogue.search(turn.words, limit=1)
        if hits and hits[0][1] >= 0.5:
            return next((f.id for f in self.services.forms.values() if f.service_id == hits[0][0].id), None)
        return None

    def _form(self, slots: dict[str, Any]) -> Form | None:
        return self.services.forms.get(str(slots["application_form_id"]))

    async def _take_answer(self, form: Form, turn: Turn, slots: dict[str, Any], voice: Voice) -> None:
        answers = await self._answers(form, turn)
        field = form.next_field(answers, await self.services.profiles.get(turn.citizen))
        if field is None:
            return
        wanted = ENTITY_OF[field.type]
        if turn.digresses(*wanted) and not (field.type in FROM_TEXT and turn.intent in _LOOKS_LIKE_WORDS):
            return
        entity = turn.value(*wanted)
        raw = str(turn.value("answer") or _raw(field, turn, entity))
        outcome = form.check(field, raw, entity if isinstance(entity, int | str) else None, answers)
        if isinstance(outcome, Refused):
            voice.text(outcome.message)
            asked_again(slots, "application_answer")
        elif isinstance(outcome, Accepted):
            await self.services.drafts.save(turn.citizen, form.id, {**answers, field.id: outcome.value})
            for warning in outcome.warnings:
                voice.text(warning)
            asked_again(slots, "application_answer")

    async def _take_confirmation(self, form: Form, turn: Turn, slots: dict[str, Any], voice: Voice) -> None:
        if field_id := turn.value("change"):
            answers = await self._answers(form, turn)
            answers.pop(str(field_id), None)
            await self.services.drafts.save(turn.citizen, form.id, answers)
            asked_again(slots, "application_answer")
            return
        answer = confirmation(turn)
        if answer is False:
            asked_again(slots, "application_confirmed")
        elif answer:
            slots["application_confirmed"] = True

    async def _answers(self, form: Form, turn: Turn) -> dict[str, Any]:
        draft = await self.services.drafts.load(turn.citizen, form.id)
        return dict(draft.answers) if draft else {}

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """Form, consent, fields, confirmation."""
        form = self._form(slots)
        if form is None:
            return "application_form_id"
        if slots["personal_data_consent"] is False or slots["application_confirmed"]:
            return None
        if not slots["personal_data_consent"]:
            if not await consent_step.agreed(self.services, turn):
                return "personal_data_consent"
            slots["personal_data_consent"] = True
        profile = await self.services.profiles.get(turn.citizen)
        if form.next_field(await self._answers(form, turn), profile) is not None:
            return "application_answer"
        return "application_confirmed"


_LOOKS_LIKE_WORDS = frozenset(
    (
        "report_problem",
        "find_services",
        "ask_service_info",
        "check_status",
        "smalltalk",
        "out_of_scope",
        "pay_duty",
        "submit_application",
        "ask_documents",
        "greet",
        "frustration",
        "technical_problem",
    )
)
"""Intents that a free-text answer («потеряла работу, муж болеет») is often taken for."""


def _raw(field: Field, turn: Turn, entity: Any) -> str:
    if field.type == "person_name":
        name = person_text(entity)
        return capital(as_written(name, turn.words)) if name else turn.words
    if field.type == "address":
        return turn.words if len(turn.words) > len(address_text(entity) or "") else str(address_text(entity))
    if field.type == "yes_no" and turn.intent in ("affirm", "deny"):
        return "да" if turn.intent == "affirm" else "нет"
    return turn.words


class AskFormId(CitizenAction):
    """Asks which application; only those the robot can fill in are offered, the rest are explained."""

    title = "action_ask_application_form_id"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """A service without a form here is answered with the way to apply for it."""
        named = turn.value("service")
        if named is not None and named not in {f.service_id for f in self.services.forms.values()}:
            service = self.services.content.service(named)
            voice.say("utter_no_form_for", service=service.title, online=service.online)
        voice.say(
            "utter_ask_application_form",
            [(f.title, payload("inform", form=f.id)) for f in self.services.forms.values()],
        )
        voice.hint(expected="application_form_id")
        return []


class AskAnswer(CitizenAction):
    """Asks the next field of the form."""

    title = "action_ask_application_answer"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """The question with its hint; choices as buttons."""
        form = self.services.forms[tracker.get_slot("application_form_id")]
        draft = await self.services.drafts.load(turn.citizen, form.id)
        answers = dict(draft.answers) if draft else {}
        field = form.next_field(answers, await self.services.profiles.get(turn.citizen))
        if field is None:
            return []
        buttons = [(c.title, payload("inform", answer=c.title)) for c in field.choices]
        if field.type == "yes_no":
            buttons = list(YES_NO)
        if field.optional:
            buttons.append(("Пропустить", payload("inform", answer="пропустить")))
        voice.text(f"{field.question}\n{field.hint}" if field.hint and not field.choices else field.question, buttons)
        voice.hint(expected=_EXPECTED.get(field.type, "application_answer"))
        return []


_EXPECTED = {
    "person_name": "person_name",
    "date": "birth_date",
    "phone": "phone",
    "snils": "snils",
    "address": "address",
}


class AskApplicationConfirmed(CitizenAction):
    """The summary before the application is registered."""

    title = "action_ask_application_confirmed"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Line by line. After «нет» ask which line is wrong."""
        form = self.services.forms[tracker.get_slot("application_form_id")]
        draft = await self.services.drafts.load(turn.citizen, form.id)
        known = form.known(dict(draft.answers) if draft else {}, await self.services.profiles.get(turn.citizen))
        summary = form.summary(known)
        if declines(turn) and turn.expected == "application_confirmed":
            voice.say(
                "utter_application_change", [(s.title, payload("inform", change=s.field_id)) for s in summary[:12]]
            )
            voice.hint(expected="application_confirmed")
            return []
        lines = "\n".join(f"• {s.title}: {s.text}" for s in summary)
        buttons = (("Отправить", payload("affirm")), ("Исправить", payload("deny")))
        voice.say("utter_ask_application_confirmed", buttons, title=form.title, summary=lines)
        voice.hint(expected="application_confirmed")
        return []


class SubmitApplication(CitizenAction):
    """Registers the application; its number is found by the status lookup afterwards."""

    title = "action_submit_application"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Register once; the profile remembers who applied."""
        form = self.services.forms.get(str(tracker.get_slot("application_form_id")))
        if form is not None and await consent_step.refused_here(
            self.services, turn, tracker, voice, "application_form", SLOTS
        ):
            return forget(SLOTS)
        if form is None or not tracker.get_slot("application_confirmed"):
            return forget(SLOTS)
        draft = await self.services.drafts.load(turn.citizen, form.id)
        answers = dict(draft.answers) if draft else {}
        profile = await self.services.profiles.get(turn.citizen)
        known = form.known(answers, profile)
        number = await submit(form, turn.citizen, answers, profile, self.services.applications, self.services.drafts)
        facts = {f.prefill: known.get(f.id) for f in form.fields if f.prefill and known.get(f.id)}
        await self.services.profiles.remember(turn.citizen, **facts)
        voice.say("utter_application_submitted", (("Проверить статус", payload("check_status", case_number=number)),),
                  number=number, done=form.done)  # fmt: skip
        voice.hint(situation="success")
        if not await self.services.consents.has(turn.citizen, "notifications"):
            voice.say("utter_offer_notifications", (("Да, сообщайте", payload("give_consent", purpose="notifications")),
                                                    ("Нет, спасибо", payload("deny"))))  # fmt: skip
            return [*forget(SLOTS), SlotSet("last_case", number), SlotSet("offer", "notifications")]
        return [*forget(SLOTS), SlotSet("last_case", number)]


ALL = (ApplicationForm, AskFormId, AskAnswer, AskApplicationConfirmed, SubmitApplication)
