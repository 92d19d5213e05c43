"""What all panels need: the opened talk and who may do what in it, what the robot gathered, and words to the citizen."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import HTTPException
from sqlalchemy import select

from bot.accounts.interface import Signed
from bot.handover.interface import NotYours, Refusal
from bot.handover.views import Talk
from bot.services.consents import Consent
from bot.services.consents.interface import Purpose
from bot.services.errors import ServiceError, ServiceUnavailable
from bot.services.people.tables import HandoverRow
from bot.store import journal
from bot.store.journal import Message
from desk.parts import Parts

T = TypeVar("T")

PERSONAL_DATA: Purpose = "personal_data"
CHANGED = {"HX-Trigger": "panels:changed"}
"""Headers of an answer after which the card has to be drawn anew."""
RECENT = 30
"""Messages that are looked through for the citizen's last words and files."""


async def opened(parts: Parts, me: Signed, conversation_id: str) -> Talk:
    """The talk of this conversation. Raises HTTPException 404 for an unknown one and for one the account may not see."""
    talk = await parts.views.talk(conversation_id)
    if talk is None or not talk.seen_by(me.account.groups, me.account.id):
        raise HTTPException(404)
    return talk


def is_mine(me: Signed, talk: Talk) -> bool:
    """Whether the account leads this talk now."""
    return talk.operator == me.account.id and talk.state == "taken"


async def held(parts: Parts, me: Signed, conversation_id: str) -> Talk:
    """The talk, when the account leads it. Raises HTTPException 404, NotYours."""
    talk = await opened(parts, me, conversation_id)
    if not is_mine(me, talk):
        raise NotYours("Сначала возьмите разговор: действия доступны тому, кто его ведёт.")
    return talk


async def gathered(parts: Parts, conversation_id: str) -> dict[str, Any]:
    """The slots the robot had filled when it handed over; {} without any."""
    async with parts.store.read() as session:
        sealed = await session.scalar(
            select(HandoverRow.summary)
            .where(HandoverRow.conversation_id == conversation_id)
            .order_by(HandoverRow.id.desc())
            .limit(1)
        )
    found = parts.vault.open(sealed) if sealed else {}
    slots = found.get("slots") if isinstance(found, Mapping) else None
    return dict(slots) if isinstance(slots, Mapping) else {}


async def recent(parts: Parts, conversation_id: str) -> list[Message]:
    """The newest messages of a conversation, oldest first."""
    async with parts.store.read() as session:
        return await journal.history(session, parts.vault, conversation_id, limit=RECENT)


def last_words(messages: list[Message]) -> str:
    """What the citizen wrote last: her messages up to somebody else's, as one text."""
    said: list[str] = []
    for message in reversed(messages):
        if message.author == "citizen":
            said.append(str(message.body.get("text") or ""))
        elif said and message.author != "system":
            break
    return "\n".join(text for text in reversed(said) if text).strip()


async def consent_in_force(parts: Parts, citizen_id: str, purpose: Purpose = PERSONAL_DATA) -> Consent | None:
    """The consent in the words that are in force now; one to older words does not count."""
    version = parts.consents.text(purpose).version
    active = await parts.consents.active(citizen_id)
    return next((c for c in active if c.purpose == purpose and c.text_version == version and c.scope is None), None)


async def or_none(work: Awaitable[T]) -> T | None:
    """What a service says; None when it is away, so that one silent system does not empty the whole card."""
    try:
        return await work
    except ServiceUnavailable:
        return None


async def remember(parts: Parts, talk: Talk, name: str, phone: str | None, **facts: Any) -> None:
    """Keep what an errand told of the citizen. What is known stays: she may have come for her mother."""
    profile = await parts.profiles.get(talk.citizen_id)
    new = {"full_name": name, "phone": phone}
    await parts.profiles.remember(
        talk.citizen_id, **{k: v for k, v in new.items() if v and not profile.get(k)}, **facts
    )


@dataclass(frozen=True)
class Told:
    """What became of a message about an errand: `text` as it went, `failure` why it did not go (Russian), "" when it went."""

    text: str
    failure: str = ""


async def tell(parts: Parts, me: Signed, talk: Talk, text: str, key: str) -> Told:
    """Send the citizen a message of the operator; an errand that is done stays done when the message is refused."""
    text = text.strip()
    if not text:
        return Told("")
    try:
        await parts.speaking.say(talk.conversation_id, me.account.id, me.account.name, text, key=key[:80])
    except Refusal as refusal:
        return Told(text, refusal.text)
    return Told(text)


def in_words(error: ServiceError) -> str:
    """A refusal of any service as a sentence for the operator."""
    if isinstance(error, Refusal):
        return error.text
    if isinstance(error, ServiceUnavailable):
        return "Система не отвечает. Попробуйте через минуту, ничего не потеряно."
    return "Не получилось. Проверьте данные и попробуйте ещё раз."
