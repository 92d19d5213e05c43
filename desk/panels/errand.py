"""What errands share: the state of the consent, the words about what went wrong, and the answer after a deed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.handover.views import Talk
from bot.services.appointments import (
    AlreadyBooked,
    AlreadyCancelled,
    CentreClosed,
    HoldExpired,
    NoSuchAppointment,
    NotASlot,
    NotServedHere,
    NotYours,
    PastMoment,
    Slot,
    SlotTaken,
    TooFarAhead,
    TooLateToMove,
)
from bot.services.errors import ServiceError
from bot.services.russian_dates import day_text, time_text
from bot.store.events import record
from desk.panels.common import CHANGED, Told, consent_in_force, in_words
from desk.parts import Parts


@dataclass(frozen=True)
class Allowed:
    """Whether personal data may be asked here: the channel carries it, and the consent is in force."""

    channel: bool
    consent: bool

    @property
    def both(self) -> bool:
        """Whether the form may be filled in."""
        return self.channel and self.consent


async def allowed(parts: Parts, talk: Talk) -> Allowed:
    """What stands in the way of personal data in this talk."""
    consent = await consent_in_force(parts, talk.citizen_id) if talk.personal_data else None
    return Allowed(talk.personal_data, consent is not None)


def nonce() -> str:
    """A name for one filled-in form, so that pressed twice it counts once."""
    return uuid.uuid4().hex


def visit_text(start: datetime) -> str:
    """«24 ноября, вторник, в 9:05»."""
    return f"{day_text(start.date())}, в {time_text(start)}"


def why(error: ServiceError) -> str:
    """What a refusal about a visit means, for the operator."""
    text = in_words(error)
    if isinstance(error, HoldExpired | SlotTaken):
        text = "Это время только что заняли."
        if isinstance(error, NotASlot):
            text = "На это время не записывают."
    elif isinstance(error, CentreClosed):
        text = f"Центр в этот день закрыт: {error.reason}."
    elif isinstance(error, PastMoment):
        text = "Это время уже прошло."
    elif isinstance(error, TooFarAhead):
        text = f"Так далеко не записывают. Последний день — {day_text(error.last)}."
    elif isinstance(error, NotServedHere):
        text = "В этом центре услугу не оказывают. Выберите другой центр."
    elif isinstance(error, AlreadyBooked):
        booked = error.appointment
        text = f"Гражданин уже записан на эту услугу: {visit_text(booked.start)}, номер {booked.number}. Её можно перенести."
    elif isinstance(error, TooLateToMove):
        text = f"Поздно: приём начинается {visit_text(error.start)}."
    elif isinstance(error, AlreadyCancelled):
        text = "Эта запись уже отменена."
    elif isinstance(error, NoSuchAppointment | NotYours):
        text = "Такой записи у этого гражданина нет."
    return text


def nearest(error: ServiceError) -> tuple[Slot, ...]:
    """Free moments instead, when the service names some."""
    return tuple(getattr(error, "alternatives", ()))


async def written(parts: Parts, me: Signed, talk: Talk, deed: str, subject: str = "", **facts: Any) -> None:
    """Store that an operator did this for a citizen: an event for figures, an entry in the audit log."""
    async with parts.store.write() as session:
        record(
            session, "errand_done", parts.clock(), citizen_id=talk.citizen_id, conversation_id=talk.conversation_id,
            deed=deed, operator=me.account.id, **facts,
        )  # fmt: skip
        await parts.audit.add(session, me, deed, subject or talk.conversation_id, talk.citizen_id, **facts)


def done(parts: Parts, request: Request, talk: Talk, title: str, told: Told, **more: Any) -> HTMLResponse:
    """The fragment after a deed: what was done, and what the citizen was told of it."""
    answer = parts.pages.page(request, "panels/done.html", talk=talk, title=title, told=told, **({"then": ""} | more))
    answer.headers.update(CHANGED)
    return answer
