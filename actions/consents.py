"""Giving, showing and taking back consents; asking for deletion, with its limits explained."""

from __future__ import annotations

from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions import consent_step
from actions.base import YES_NO, CitizenAction, CitizenForm, Voice, confirmation, forget
from actions.turn import Turn, payload
from bot.services.consents import PURPOSES, Consent, Purpose
from bot.services.russian_dates import day_text

GIVE_SLOTS = ("consent_purpose", "consent_scope", "consent_given")
WITHDRAW_SLOTS = ("withdraw_purpose", "withdraw_confirmed")
TITLES: dict[str, str] = {
    "personal_data": "Обработка персональных данных",
    "proactive_offers": "Подсказки о положенных услугах",
    "notifications": "Уведомления о моих делах",
}
_SIGNS: tuple[tuple[Purpose, tuple[str, ...]], ...] = (
    ("notifications", ("уведомл", "оповещ", "напомин", "сообща", "смс", "готовност", "присыла")),
    ("proactive_offers", ("предложен", "подсказ", "рассыл", "положен", "упрежда", "реклам", "советы", "рекоменд")),
    ("personal_data", ("персональн", "обработк", "данны", "личны", "сведени")),
)


def purpose_of(turn: Turn) -> Purpose | None:
    """The purpose a button or the words name, None when they name none."""
    given = turn.value("purpose")
    if given in PURPOSES:
        return next(p for p in PURPOSES if p == given)
    words = turn.words.lower()
    return next((purpose for purpose, signs in _SIGNS if any(s in words for s in signs)), None)


class ConsentForm(CitizenForm):
    """Which consent, its own text, a clear yes."""

    form: ClassVar[str] = "consent_form"
    intent: ClassVar[str] = "give_consent"
    slots = GIVE_SLOTS
    personal = frozenset(GIVE_SLOTS)

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """The purpose first, then the yes to its text."""
        if requested == "consent_given":
            slots["consent_given"] = confirmation(turn)
            return
        if requested is None or not turn.digresses():
            slots["consent_purpose"] = purpose_of(turn) or slots["consent_purpose"]
            if slots["consent_purpose"] == "proactive_offers":
                found = self.services.situations.find(turn.words, limit=1)
                slots["consent_scope"] = found[0][0].id if found else None

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """Purpose, then consent."""
        return next((n for n in ("consent_purpose", "consent_given") if slots[n] is None), None)


class AskConsentPurpose(CitizenAction):
    """Asks what the consent is for."""

    title = "action_ask_consent_purpose"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """The three purposes."""
        voice.say("utter_ask_consent_purpose", [(TITLES[p], payload("inform", purpose=p)) for p in PURPOSES])
        voice.hint(expected="consent_purpose")
        return []


class AskConsentGiven(CitizenAction):
    """Shows the text of the consent, to be agreed to by its own box."""

    title = "action_ask_consent_given"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """A consent already in force is still shown: the citizen asked for it."""
        text = self.services.consents.text(tracker.get_slot("consent_purpose"))
        accept, decline = ("Согласиться", payload("give_consent")), ("Не согласен", payload("deny"))
        voice.form(
            text.short,
            {
                "type": "consent", "title": text.title, "text": text.text, "version": text.version,
                "accept": {"title": accept[0], "payload": accept[1]},
                "decline": {"title": decline[0], "payload": decline[1]},
            },
            (accept, decline),
        )  # fmt: skip
        voice.hint(expected="consent_given")
        return []


class GiveConsent(CitizenAction):
    """Records the consent with its proof."""

    title = "action_give_consent"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """A no is respected and changes nothing."""
        if await consent_step.refused_here(self.services, turn, tracker, voice, "consent_form", GIVE_SLOTS):
            return forget(GIVE_SLOTS)
        purpose, given = tracker.get_slot("consent_purpose"), tracker.get_slot("consent_given")
        if purpose is None or given is None:
            return forget(GIVE_SLOTS)
        if given:
            await self.services.consents.give(
                turn.citizen, purpose, channel=turn.channel, ip=turn.ip, scope=tracker.get_slot("consent_scope"),
                proof={"message": turn.message, "words": turn.words[:200], "pressed": turn.pressed},
            )  # fmt: skip
            voice.say("utter_consent_recorded", purpose=TITLES[purpose])
            voice.hint(situation="success")
        else:
            voice.say("utter_consent_not_given")
        return forget(GIVE_SLOTS)


class WithdrawForm(CitizenForm):
    """Which consent is taken back; taking back the processing of data is confirmed, since services stop with it."""

    form: ClassVar[str] = "withdraw_form"
    intent: ClassVar[str] = "withdraw_consent"
    slots = WITHDRAW_SLOTS
    personal = frozenset(WITHDRAW_SLOTS)

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """The purpose, or the only consent there is."""
        if requested == "withdraw_confirmed":
            slots["withdraw_confirmed"] = True if turn.intent == "withdraw_consent" else confirmation(turn)
            return
        if requested and turn.digresses() and turn.intent != "withdraw_consent":
            return
        active = {c.purpose for c in await self.services.consents.active(turn.citizen)}
        everything = turn.value("purpose") == "all" or any(w in turn.words.lower() for w in ("все ", "всё", "все."))
        named = purpose_of(turn)
        if everything and active:
            slots["withdraw_purpose"] = "all"
        elif named in active:
            slots["withdraw_purpose"] = named
        elif len(active) == 1:
            slots["withdraw_purpose"] = next(iter(active))

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """No consent in force ends the form; only the data consent needs a confirmation."""
        if not await self.services.consents.active(turn.citizen):
            return None
        if slots["withdraw_purpose"] is None:
            return "withdraw_purpose"
        needs = slots["withdraw_purpose"] in ("personal_data", "all")
        return "withdraw_confirmed" if needs and slots["withdraw_confirmed"] is None else None


class AskWithdrawPurpose(CitizenAction):
    """Asks which of the consents in force."""

    title = "action_ask_withdraw_purpose"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Offer those in force and all of them."""
        active = {c.purpose: c for c in await self.services.consents.active(turn.citizen)}
        buttons = [(TITLES[p], payload("inform", purpose=p)) for p in active]
        voice.say("utter_ask_withdraw_purpose", [*buttons, ("Все сразу", payload("inform", purpose="all"))])
        voice.hint(expected="withdraw_purpose")
        return []


class AskWithdrawConfirmed(CitizenAction):
    """Says what stops without the consent to data processing before it is taken back."""

    title = "action_ask_withdraw_confirmed"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Yes or no."""
        voice.say("utter_ask_withdraw_confirmed", (("Да, отозвать", payload("affirm")), ("Нет", payload("deny"))))
        voice.hint(expected="withdraw_confirmed")
        return []


class WithdrawConsent(CitizenAction):
    """Takes consents back, effective at once."""

    title = "action_withdraw_consent"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Say what stopped."""
        if await consent_step.refused_here(self.services, turn, tracker, voice, "withdraw_form", WITHDRAW_SLOTS):
            return forget(WITHDRAW_SLOTS)
        purpose = tracker.get_slot("withdraw_purpose")
        if purpose is None:
            if not await self.services.consents.active(turn.citizen):
                voice.say("utter_no_consents")
            return forget(WITHDRAW_SLOTS)
        if tracker.get_slot("withdraw_confirmed") is False:
            voice.say("utter_left_as_is")
            return forget(WITHDRAW_SLOTS)
        proof = {"message": turn.message, "words": turn.words[:200]}
        ended: list[Consent] = []
        for one in PURPOSES if purpose == "all" else (purpose,):
            ended += await self.services.consents.withdraw(
                turn.citizen, one, channel=turn.channel, ip=turn.ip, proof=proof
            )
        titles = ", ".join(dict.fromkeys(TITLES[c.purpose].lower() for c in ended))
        if ended:
            voice.say("utter_consent_withdrawn", what=titles)
        else:
            voice.say("utter_no_consents")
        return [*forget(WITHDRAW_SLOTS), SlotSet("personal_data_consent", None)]


class ShowConsents(CitizenAction):
    """Lists the consents in force with their dates."""

    title = "action_show_consents"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """With the way to take one back."""
        if await consent_step.refused_here(self.services, turn, tracker, voice, self.title):
            return []
        active = await self.services.consents.active(turn.citizen)
        if not active:
            voice.say("utter_no_consents")
            return []
        lines = [f"• {TITLES[c.purpose]} — с {day_text(c.at.astimezone(turn.now.tzinfo).date())}" for c in active]
        buttons = () if tracker.active_loop_name else (("Отозвать", payload("withdraw_consent")),)
        voice.say("utter_consents", buttons, consents="\n".join(lines))
        return []


class DeletionForm(CitizenForm):
    """A deletion request is confirmed: it ends everything that rests on the data."""

    form: ClassVar[str] = "deletion_form"
    intent: ClassVar[str] = "delete_my_data"
    slots = ("deletion_confirmed",)
    personal = frozenset(slots)

    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """Yes or no."""
        if requested == "deletion_confirmed":
            slots["deletion_confirmed"] = True if turn.intent == "delete_my_data" else confirmation(turn)

    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """One question."""
        return "deletion_confirmed" if slots["deletion_confirmed"] is None else None


class AskDeletionConfirmed(CitizenAction):
    """Says what deletion ends before it is asked for."""

    title = "action_ask_deletion_confirmed"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Appointments and notifications stop."""
        voice.say("utter_ask_deletion_confirmed", YES_NO)
        voice.hint(expected="deletion_confirmed")
        return []


class RequestDeletion(CitizenAction):
    """Registers the deletion request and explains what the law makes us keep."""

    title = "action_request_deletion"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Number, term, what stays and why."""
        if await consent_step.refused_here(self.services, turn, tracker, voice, "deletion_form"):
            return forget(("deletion_confirmed",))
        if not tracker.get_slot("deletion_confirmed"):
            if tracker.get_slot("deletion_confirmed") is False:
                voice.say("utter_left_as_is")
            return forget(("deletion_confirmed",))
        request = await self.services.consents.request_deletion(turn.citizen, channel=turn.channel)
        kept = "\n".join(f"• {k.what} — {k.why}, {k.until}" for k in request.kept)
        voice.say("utter_deletion_registered", number=request.number, explanation=request.explanation, kept=kept)
        return forget(("deletion_confirmed", "personal_data_consent"))


ALL = (
    ConsentForm, AskConsentPurpose, AskConsentGiven, GiveConsent, WithdrawForm, AskWithdrawPurpose, AskWithdrawConfirmed,
    WithdrawConsent,
    ShowConsents, DeletionForm, AskDeletionConfirmed, RequestDeletion,
)  # fmt: skip
