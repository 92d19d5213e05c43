"""The step before the first personal field of any form: the law's own consent, asked with its own box and kept with proof."""

from __future__ import annotations

from actions.base import Voice, confirmation
from actions.services import Services
from actions.turn import UNSURE, Turn, payload
from bot.services.consents import Purpose

PURPOSE: Purpose = "personal_data"
_NOT_ABOUT_CONSENT = frozenset(("date", "time", "datetime", "interval", "centre", "service"))


async def agreed(services: Services, turn: Turn) -> bool:
    """Whether the citizen has agreed to the processing of personal data, in the words that are in force now."""
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


def refused_here(services: Services, turn: Turn, voice: Voice) -> bool:
    """Says why and where instead, when this channel must not carry personal data (149-FZ art. 10 part 8)."""
    if turn.channel in services.personal_data_channels:
        return False
    voice.say("utter_not_in_this_channel", **services.extra())
    return True
