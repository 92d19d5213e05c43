"""Status of a case: number, one more proof, the state in plain words; what a status phrase means; why it was refused."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import consent_step
from actions.base import CitizenAction, CitizenForm, Voice, asked_again, forget
from actions.case_number import number_in_pieces, number_unknown
from actions.talk import HUMAN
from actions.turn import LEAVES_FORM, Turn, payload
from actions.words import person_text
from bot.services.applications import (
    ApplicationStatus,
    Locked,
    NotFoundOrWrongProof,
    NotOverdue,
    Proof,
)
from bot.services.applications.interface import ApplicationError
from bot.services.content import Article
from bot.services.russian_dates import day_text, time_text
from bot.services.tickets.interface import Ticket

TICKET_PREFIX = "ОБ-"
SLOTS = ("case_number", "case_number_part", "case_proof", "personal_data_consent")


class StatusForm(CitizenForm):
    """Number of the case and one more proof: surname, birth date or code word."""

    form: ClassVar[str] = "status_form"
    intent: ClassVar[str] = "check_status"
    slots = SLOTS
    personal = frozenset(SLOTS)

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """Number and proof may come in one message."""
        wish = turn.digresses("case_number", "person_name", "birth_date", "code_word", "date")
        if requested and wish and not (requested == "case_proof" and _is_bare_surname(turn)):
            if turn.intent != "check_status":
                return
        number, part = number_in_pieces(slots["case_number_part"], turn, requested == "case_number")
        slots["case_number_part"] = part
        if number:
            slots["case_number"] = number
        elif requested == "case_number" and number_unknown(turn):
            voice.say("utter_where_is_number", (HUMAN,))
            asked_again(slots, "case_number")
        elif part:
            asked_again(slots, "case_number")
        elif requested == "case_number" and turn.intent in ("inform", "nlu_fallback", "deny"):
            voice.say("utter_case_number_unclear", (("Где на расписке номер", payload("explain_status")), HUMAN))
            asked_again(slots, "case_number")
        if requested == "personal_data_consent":
            answer = await consent_step.hear(self.services, turn, voice)
            if answer is not None:
                slots["personal_data_consent"] = answer
            return
        proof = proof_in(turn, requested)
        if proof is not None:
            slots["case_proof"] = proof

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """A citizen's own applications need no proof."""
        if slots["personal_data_consent"] is False:
            return None
        if slots["case_number"] is None:
            return "case_number"
        if slots["case_number"] in await _own_numbers(self, turn):
            return None
        if not slots["personal_data_consent"]:
            if not await consent_step.agreed(self.services, turn):
                return "personal_data_consent"
            slots["personal_data_consent"] = True
        return "case_proof" if slots["case_proof"] is None else None


async def _own_numbers(action: CitizenAction, turn: Turn) -> list[str]:
    """The citizen's own applications and appeals: they need no proof."""
    applications = await action.services.applications.mine(turn.citizen)
    return [a.number for a in applications] + [t.number for t in await action.services.tickets.mine(turn.citizen)]


def proof_in(turn: Turn, requested: str | None) -> dict[str, str] | None:
    """The proof a message gives: {kind, value}; bare words count only when a proof was asked for."""
    if not turn.personal_data:
        return None
    name = turn.entity("person_name")
    if name is not None and name.get("value") is not None:
        value = name["value"]
        surname = value.get("surname") if isinstance(value, dict) else None
        return {"kind": "surname", "value": str(surname or person_text(value) or "").split()[0]}
    if birth := turn.value("birth_date"):
        return {"kind": "birth_date", "value": str(birth)[:10]}
    if turn.value("case_number") and (code := _CODE.search(turn.text)):
        return {"kind": "code_word", "value": code[1]}
    if turn.value("case_number") and (surname := _surname_after_number(turn)):
        return {"kind": "surname", "value": surname}
    if requested != "case_proof":
        return None
    if (born := turn.value("date")) and str(born)[:10] < turn.now.date().isoformat():
        return {"kind": "birth_date", "value": str(born)[:10]}
    if word := turn.value("code_word"):
        return {"kind": "code_word", "value": str(word)}
    words = turn.words.strip(" .,!").split()
    if (turn.digresses() and not _is_bare_surname(turn)) or not words or len(words) > 4:
        return None
    last = words[-1] if words[0].lower() in ("кодовое", "код", "фамилия", "моя", "слово") else words[0]
    kind = "code_word" if any(c.isdigit() for c in last) else "surname"
    return {"kind": kind, "value": last}


_CODE = re.compile(r"\bкод(?:овое слово)?:? (\w{6,12})\b", re.I)
_SURNAME = re.compile(
    r"[А-ЯЁа-яё-]+?(?:ов|ев|ёв|ин|ын|ский|цкий|ой|ых|их|ко|ук|юк|ова|ева|ёва|ина|ына|ская|цкая|ая|ян|дзе)", re.I
)


def _is_bare_surname(turn: Turn) -> bool:
    """One word with a surname's ending: «Звонкоречная» is no wish for a call."""
    return turn.intent not in LEAVES_FORM and bool(_SURNAME.fullmatch(turn.words.strip(" .,!")))


def _surname_after_number(turn: Turn) -> str | None:
    """«2/2/134660 Ясноцветова»: the one word after the number, when it is written or ends as a surname."""
    number = turn.entity("case_number")
    end = number.get("end") if number else None
    words = re.findall(r"[А-ЯЁа-яё-]{3,}", turn.text[end:]) if isinstance(end, int) else []
    if len(words) != 1 or not (words[0][0].isupper() or _SURNAME.fullmatch(words[0])):
        return None
    return str(words[0])


class AskCaseNumber(CitizenAction):
    """Asks for the number and says where it is written."""

    title = "action_ask_case_number"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Offers the citizen's own applications and appeals as buttons; of a number half said, asks for the rest."""
        if part := tracker.get_slot("case_number_part"):
            voice.say("utter_case_number_goes_on", part="/".join(part))
            voice.hint(expected="case_number")
            return []
        buttons = [(n, payload("inform", case_number=n)) for n in (await _own_numbers(self, turn))[:5]]
        voice.say("utter_ask_case_number", buttons)
        voice.hint(expected="case_number")
        return []


class AskCaseProof(CitizenAction):
    """Asks for one more proof."""

    title = "action_ask_case_proof"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Surname, birth date or code word; of an appeal the code that was given with its number."""
        ticket = str(tracker.get_slot("case_number")).startswith(TICKET_PREFIX)
        voice.say("utter_ask_ticket_proof" if ticket else "utter_ask_case_proof")
        voice.hint(expected="case_proof")
        return []


class ShowStatus(CitizenAction):
    """Tells the state of the case in plain words, what to do next and by when."""

    title = "action_show_status"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """A wrong proof keeps the number and asks again; five wrong ones lock for a while."""
        number, proof = tracker.get_slot("case_number"), tracker.get_slot("case_proof")
        if await consent_step.refused_here(self.services, turn, tracker, voice, "status_form", SLOTS):
            return forget(SLOTS)
        if number is None or tracker.get_slot("personal_data_consent") is False:
            return forget(SLOTS)
        own = {a.number: a for a in await self.services.applications.mine(turn.citizen)}
        try:
            if str(number).startswith(TICKET_PREFIX):
                given = Proof(proof["kind"], proof["value"]) if proof else None
                ticket = await self.services.tickets.status(number, turn.citizen, given)
                return [*_tell_ticket(voice, ticket), *forget(SLOTS)]
            if number in own:
                status = own[number]
            elif proof is None:
                return forget(SLOTS)
            else:
                status = await self.services.applications.status(
                    number, Proof(proof["kind"], proof["value"]), turn.citizen
                )
        except NotFoundOrWrongProof as error:
            voice.say("utter_case_not_found", (HUMAN,), number=number, left=error.attempts_left)
            # The number stays: a slip is likelier in the name, and a new number may be said as well.
            return [SlotSet("case_proof", None), FollowupAction("status_form")]
        except Locked as error:
            local = error.until.astimezone(turn.now.tzinfo)
            voice.say("utter_case_locked", (HUMAN,), until=time_text(local))
            return forget(SLOTS)
        return [*_tell_status(self, voice, status), *forget(SLOTS)]


def _tell_status(action: CitizenAction, voice: Voice, status: ApplicationStatus) -> list[EventType]:
    stage = f" («{status.stage_text}»)" if status.stage_text else ""
    by_when = f" Срок — до {day_text(status.by_when)}." if status.by_when else ""
    reason = f" Причина: {status.rejection_reason}" if status.rejection_reason else ""
    voice.say(
        "utter_case_status",
        number=status.number, service=action.services.service_title(status.service_id),
        state=status.state_title + stage, meaning=status.meaning + reason, next=status.what_next + by_when,
    )  # fmt: skip
    voice.hint(
        situation="bad_news" if status.state == "rejected" else "success" if status.state == "approved" else None
    )
    if status.overdue:
        voice.say(
            "utter_case_overdue",
            (("Отправить запрос", payload("inform", choice="inquiry")), HUMAN), due=day_text(status.due_on),
        )  # fmt: skip
        return [SlotSet("last_case", status.number), SlotSet("offer", "inquiry")]
    return [SlotSet("last_case", status.number), SlotSet("offer", None)]


def _tell_ticket(voice: Voice, ticket: Ticket) -> list[EventType]:
    note = f" {ticket.note}" if ticket.note else ""
    response = "utter_ticket_late" if ticket.overdue else "utter_ticket_status"
    voice.say(
        response, (HUMAN,) if ticket.overdue else (),
        number=ticket.number, topic=ticket.topic_title, state=ticket.state_title + note, due=day_text(ticket.due_on),
    )  # fmt: skip
    return [SlotSet("last_ticket", ticket.number)]


class FileInquiry(CitizenAction):
    """Asks the agency why an overdue case is late."""

    title = "action_file_inquiry"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Only for a case that was shown to this citizen before."""
        number = tracker.get_slot("last_case")
        if number is None:
            return [FollowupAction("status_form")]
        try:
            inquiry = await self.services.applications.file_inquiry(number, turn.citizen)
        except NotOverdue as error:
            voice.say("utter_not_overdue", due=day_text(error.due_on))
        except ApplicationError:
            voice.say("utter_case_number_unclear")
        else:
            voice.say("utter_inquiry_filed", number=inquiry.number, due=day_text(inquiry.due_on))
        return [SlotSet("offer", None)]


def _tell_article(voice: Voice, article: Article) -> None:
    voice.text(article.text.strip().replace("\n\n", "\n"), source=f"articles/{article.id}")


class ExplainStatus(CitizenAction):
    """Says what a status phrase means; where on the receipt the number is; else offers to look the case up."""

    title = "action_explain_status"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Glossary first: it is what most citizens ask; a number goes to the status lookup."""
        match = self.services.glossary.find(turn.words)
        receipt = None if match else self.services.glossary.receipt(turn.words)
        number = turn.value("case_number")
        if match is not None:
            buttons = (("Проверить по номеру", payload("check_status")), HUMAN)
            voice.say("utter_status_meaning", () if tracker.active_loop_name else buttons,
                      phrase=match.phrase, meaning=match.meaning, next=match.action)  # fmt: skip
        elif receipt is not None:
            voice.text(receipt, source="glossary")
        if number is not None and not tracker.active_loop_name:
            return [
                SlotSet("case_number", number),
                SlotSet("case_proof", proof_in(turn, None)),
                FollowupAction("status_form"),
            ]
        if match is None and receipt is None:
            hits = self.services.knowledge.search(turn.words, limit=1)
            if hits:
                _tell_article(voice, hits[0].article)
            elif tracker.active_loop_name:
                voice.say("utter_where_is_number")
            else:
                voice.say("utter_status_unknown")
                return [FollowupAction("status_form")]
        return []


class ExplainRejection(CitizenAction):
    """Why a refusal may be, what to correct, how to appeal; the very case when its number is given."""

    title = "action_explain_rejection"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """General advice, then the look-up."""
        voice.hint(situation="bad_news")
        match = self.services.glossary.find(turn.words)
        hits = [] if match else self.services.knowledge.search(turn.words, limit=1)
        if match is not None and match.state in ("rejected", "suspended"):
            voice.say("utter_status_meaning", phrase=match.phrase, meaning=match.meaning, next=match.action)
        elif hits and hits[0].score >= 0.6:
            _tell_article(voice, hits[0].article)
        else:
            voice.say("utter_rejection")
        if tracker.active_loop_name:
            return []
        if number := turn.value("case_number"):
            return [
                SlotSet("case_number", number),
                SlotSet("case_proof", proof_in(turn, None)),
                FollowupAction("status_form"),
            ]
        voice.say("utter_rejection_next", (("Узнать причину по номеру", payload("check_status")), HUMAN))
        return []


ALL = (StatusForm, AskCaseNumber, AskCaseProof, ShowStatus, FileInquiry, ExplainStatus, ExplainRejection)
