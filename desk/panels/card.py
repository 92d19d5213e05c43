"""The citizen's card: who this is, what she agreed to, what she waits for, and talks that were before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.handover.views import Talk
from bot.handover.words import CHANNELS, SEGMENTS, name_of
from bot.services.applications.interface import ApplicationStatus
from bot.services.appointments import Appointment
from bot.services.consents import Consent
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.services.tickets.interface import Ticket
from bot.store.conversations import CitizenRow, ConversationRow
from desk.panels.common import or_none
from desk.panels.people import masked_phone
from desk.parts import Parts

LANGUAGES = {"ru": "русский", "en": "английский"}
CALLBACK_STATES = {"waiting": "ждёт звонка", "done": "дозвонились", "failed": "не дозвонились", "cancelled": "отменён"}
SHOWN = 5
"""Tickets, call-backs, cases and past talks of each kind."""


@dataclass(frozen=True)
class ConsentLine:
    """A consent in force. `old`: its text has changed since."""

    title: str
    at: datetime
    version: str
    channel: str
    old: bool


@dataclass(frozen=True)
class Past:
    """A talk with a person that is over."""

    at: datetime
    topic: str
    result: str
    who: str
    resolved: bool | None


@dataclass(frozen=True)
class Card:
    """Everything about one citizen. A list that is None belongs to a system that does not answer now."""

    name: str
    phone: str
    segment: str
    language: str
    known_since: datetime | None
    channels: tuple[tuple[str, datetime, bool], ...]
    consents: tuple[ConsentLine, ...] | None
    visits: tuple[Appointment, ...] | None
    cases: tuple[ApplicationStatus, ...] | None
    tickets: tuple[Ticket, ...] | None
    callbacks: tuple[dict[str, Any], ...] = ()
    past: tuple[Past, ...] = ()
    profile: dict[str, Any] = field(default_factory=dict, repr=False)


async def read_card(parts: Parts, talk: Talk) -> Card:
    """The card of the talk's citizen; a few queries over her own rows."""
    citizen = talk.citizen_id
    profile = await parts.profiles.get(citizen)
    now = parts.clock()
    visits = await or_none(parts.appointments.mine(citizen, now))
    cases = await or_none(parts.applications.mine(citizen))
    tickets = await or_none(parts.tickets.mine(citizen))
    consents = await or_none(parts.consents.active(citizen))
    async with parts.store.read() as session:
        known = await session.scalar(select(CitizenRow.created_at).where(CitizenRow.id == citizen))
        channels = (
            await session.execute(
                select(ConversationRow.channel, ConversationRow.updated_at, ConversationRow.blocked_at)
                .where(ConversationRow.citizen_id == citizen)
                .order_by(ConversationRow.updated_at.desc())
            )
        ).all()
        callbacks = (
            await session.scalars(
                select(CallbackRow)
                .where(CallbackRow.citizen_id == citizen)
                .order_by(CallbackRow.created_at.desc())
                .limit(SHOWN)
            )
        ).all()
        talks = (
            await session.scalars(
                select(HandoverRow)
                .where(
                    HandoverRow.citizen_id == citizen,
                    HandoverRow.state.in_(("wrap_up", "closed")),
                    HandoverRow.id != (talk.handover_id or 0),
                )
                .order_by(HandoverRow.id.desc())
                .limit(SHOWN)
            )
        ).all()
    names = {a.id: a.name for a in await parts.accounts.all()} if talks else {}
    segment = str(profile.get("segment") or "")
    return Card(
        name=name_of(profile), phone=masked_phone(str(profile["phone"])) if profile.get("phone") else "",
        segment=SEGMENTS.get(segment, segment), language=LANGUAGES.get(talk.language, talk.language),
        known_since=known,
        channels=tuple((CHANNELS.get(name, name), at, blocked is not None) for name, at, blocked in channels),
        consents=None if consents is None else tuple(_consent(parts, one) for one in consents),
        visits=None if visits is None else tuple(v for v in visits if v.state == "booked" and v.start > now)[:SHOWN],
        cases=None if cases is None else tuple(cases[:SHOWN]),
        tickets=None if tickets is None else tuple(tickets[:SHOWN]),
        callbacks=tuple(
            {"number": c.number, "starts_at": c.starts_at, "state": CALLBACK_STATES.get(c.state, c.state)}
            for c in callbacks
        ),
        past=tuple(
            Past(
                t.ended_at or t.taken_at or t.created_at, _topic(parts, t.closing_topic or t.topic),
                parts.rules.results.get(t.result or "", t.result or ""), names.get(t.operator or "", ""), t.resolved,
            )
            for t in talks
        ),
        profile=profile,
    )  # fmt: skip


def _consent(parts: Parts, one: Consent) -> ConsentLine:
    text = parts.consents.text(one.purpose)
    return ConsentLine(
        text.title, one.at, one.text_version, CHANNELS.get(one.channel, one.channel), text.version != one.text_version
    )


def _topic(parts: Parts, topic: str) -> str:
    return parts.topic_titles.get(topic, topic) or "без темы"
