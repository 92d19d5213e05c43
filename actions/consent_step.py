"""The step before the first personal field of any form: the law's own consent, asked with its own box and kept with proof."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa_sdk import Tracker

from actions.base import Link, Voice, confirmation
from actions.services import Services
from actions.turn import UNSURE, Turn, payload
from bot.services.consents import Purpose

PURPOSE: Purpose = "personal_data"
_TITLES = {"vk": "Продолжить во ВКонтакте", "max": "Продолжить в MAX"}
_ALWAYS_KEPT = ("last_service", "last_centre")
_NEVER_KEPT = frozenset(
    (
        "person_name", "phone", "personal_data_consent", "case_proof", "appointment_number", "appointment_hold",
        "appointment_confirmed", "move_confirmed", "cancel_confirmed", "application_answer", "application_confirmed",
        "ticket_confirmed", "consent_given", "withdraw_confirmed", "deletion_confirmed",
    )
)  # fmt: skip
"""Slots that do not travel: personal data, what has to be proved or confirmed anew, and holds of the other conversation."""
_NOT_ABOUT_CONSENT = frozenset(("date", "time", "datetime", "interval", "centre", "service"))


async def agreed(services: Services, turn: Turn) -> bool:
    """Whether the citizen has agreed to the processing of personal data, in the words that are in force now.

    A consent given elsewhere does not open a channel that may not carry the data.
    """
    if not turn.personal_data:
        return False
    version = services.consents.text(PURPOSE).version
    active = await services.consents.active(turn.citizen)
    return any(c.purpose == PURPOSE and c.text_version == version for c in active)


async def hear(services: Services, turn: Turn, voice: Voice) -> bool | None:
    """Read the answer to the consent question; records a yes. None when it is neither yes nor no."""
    answer = confirmation(turn)
    elsewhere = any(e["entity"] in _NOT_ABOUT_CONSENT for e in turn.entities)
    if not turn.pressed and answer is not None and (elsewhere or (answer and turn.confidence < UNSURE)):
        # «Давайте 12:00» and «нет, лучше в среду» are about the visit; a consent has to be a clear yes.
        return None
    if answer is None and turn.intent == "withdraw_consent":
        answer = False
    if answer:
        proof = {"message": turn.message, "words": turn.words[:200], "pressed": turn.pressed}
        await services.consents.give(turn.citizen, PURPOSE, channel=turn.channel, ip=turn.ip, proof=proof)
        voice.say("utter_consent_thanks")
    elif answer is False:
        voice.say("utter_consent_refused")
    return answer


def ask(services: Services, voice: Voice) -> None:
    """Show the consent; a door with a box of its own draws it unticked, others show the text and two buttons."""
    text = services.consents.text(PURPOSE)
    accept, decline = ("Согласиться", payload("give_consent")), ("Не согласен", payload("deny"))
    voice.form(
        f"{text.short}",
        {
            "type": "consent",
            "title": text.title,
            "text": text.text,
            "version": text.version,
            "accept": {"title": accept[0], "payload": accept[1]},
            "decline": {"title": decline[0], "payload": decline[1]},
        },
        (accept, decline),
    )


async def refused_here(
    services: Services,
    turn: Turn,
    tracker: Tracker,
    voice: Voice,
    scenario: str,
    slots: Iterable[str] = (),
    **said: Any,
) -> bool:
    """Says why and where instead, when this channel must not carry personal data (149-FZ art. 10 part 8).

    `scenario` is the form or action to go on with there, `slots` those it takes along, `said` further ones with their values.
    """
    if turn.personal_data:
        return False
    ways = await ways_on(services, turn, tracker, scenario, slots, **said)
    voice.say("utter_not_in_this_channel" if ways else "utter_not_in_this_channel_plain", ways, **services.extra())
    return True


def may_travel(slots: Iterable[str]) -> frozenset[str]:
    """The slots that a conversation takes along into another channel: never personal data, always what it is about."""
    return frozenset((*slots, *_ALWAYS_KEPT)) - frozenset(_NEVER_KEPT)


async def ways_on(
    services: Services, turn: Turn, tracker: Tracker, scenario: str, slots: Iterable[str], **said: Any
) -> list[Link]:
    """One-time links into channels that may carry personal data; none for a talk past the assistant (Rasa's own shell)."""
    kept = {name: tracker.get_slot(name) for name in may_travel(slots)} | said
    try:
        issued = await services.continuations.issue(
            turn.conversation, scenario, {name: value for name, value in kept.items() if value is not None}
        )
    except LookupError:
        return []
    return [
        Link("Продолжить на сайте", issued.url),
        *(Link(_TITLES.get(name, f"Продолжить: {name}"), url) for name, url in issued.others),
    ]
