"""When a citizen's matters ended, and which of them are still open: what decides whether data may go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.privacy.rules import RetentionRules
from bot.services.applications.tables import ApplicationRow
from bot.services.appointments.tables import AppointmentRow
from bot.services.calls.tables import CallRow, OutgoingCallRow
from bot.services.consents.tables import ConsentRow
from bot.services.feedback.tables import RatingRow
from bot.services.forms.tables import FormDraftRow
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.services.tickets.interface import OPEN_STATES
from bot.services.tickets.tables import IncidentRow, IncidentSubscriptionRow, TicketRow
from bot.store.conversations import CitizenRow, ConversationRow, MessageRow
from bot.store.due import DueMessageRow

NEVER = datetime.max.replace(tzinfo=UTC)
OPEN_APPLICATIONS = ("accepted", "in_progress")
OPEN_HANDOVERS = ("queued", "taken", "wrap_up")


@dataclass
class Standing:
    """How things stand for one citizen. `open` are kinds of matters that go on, `until` the day from which her data are due."""

    citizen_id: str
    last: datetime
    open: set[str] = field(default_factory=set)
    consent: str = ""
    """The purpose of a consent that makes her data stay longer."""
    until: datetime = NEVER

    def due(self, now: datetime) -> bool:
        """Whether her data are to go."""
        return not self.open and self.until <= now


async def standing(
    session: AsyncSession, citizens: Sequence[str], now: datetime, rules: RetentionRules
) -> dict[str, Standing]:
    """How things stand for some citizens, a few queries for all of them; unknown ids are left out."""
    born = await session.execute(select(CitizenRow.id, CitizenRow.created_at).where(CitizenRow.id.in_(citizens)))
    found = {citizen: Standing(citizen, created) for citizen, created in born}
    for query in _ends(list(found)):
        for citizen, moment in await session.execute(query):
            found[citizen].last = max(found[citizen].last, _moment(moment))
    for kind, query in _open_matters(list(found), now):
        for (citizen,) in await session.execute(query):
            found[citizen].open.add(kind)
    longer = await _consents(session, list(found), rules)
    for one in found.values():
        purpose = max(longer[one.citizen_id], key=lambda name: rules.longer[name], default="")
        days = max(rules.days, rules.longer.get(purpose, 0))
        one.consent = purpose if days > rules.days else ""
        one.until = one.last + timedelta(days=days)
    return found


def _ends(citizens: list[str]) -> Iterable[Select[Any]]:
    talk, said = ConversationRow, MessageRow
    yield _latest(talk.citizen_id, talk.updated_at, citizens)
    yield _latest(talk.citizen_id, said.at, citizens).where(said.conversation_id == talk.id)
    yield _latest(HandoverRow.citizen_id, func.coalesce(HandoverRow.ended_at, HandoverRow.created_at), citizens)
    visits = _latest(AppointmentRow.citizen_id, AppointmentRow.end_at, citizens)
    yield visits.where(AppointmentRow.state == "booked")
    yield _latest(TicketRow.citizen_id, TicketRow.updated_at, citizens)
    yield _latest(
        ApplicationRow.citizen_id, func.coalesce(ApplicationRow.decided_on, ApplicationRow.filed_on), citizens
    )
    yield _latest(CallbackRow.citizen_id, func.coalesce(CallbackRow.closed_at, CallbackRow.ends_at), citizens)
    yield _latest(CallRow.citizen_id, func.coalesce(CallRow.ended_at, CallRow.registered_at), citizens)
    yield _latest(OutgoingCallRow.citizen_id, OutgoingCallRow.due_at, citizens)
    yield _latest(FormDraftRow.citizen_id, FormDraftRow.saved_at, citizens)
    yield _latest(RatingRow.citizen_id, RatingRow.updated_at, citizens)


def _latest(citizen: Any, moment: Any, citizens: list[str]) -> Select[Any]:
    return select(citizen, func.max(moment)).where(citizen.in_(citizens)).group_by(citizen)


def _open_matters(citizens: list[str], now: datetime) -> Iterable[tuple[str, Select[Any]]]:
    def of(citizen: Any, *conditions: Any) -> Select[Any]:
        return select(citizen).where(citizen.in_(citizens), *conditions).distinct()

    yield "application", of(ApplicationRow.citizen_id, ApplicationRow.state.in_(OPEN_APPLICATIONS))
    yield "ticket", of(TicketRow.citizen_id, TicketRow.state.in_(OPEN_STATES))
    yield "callback", of(CallbackRow.citizen_id, CallbackRow.state == "waiting")
    visit = AppointmentRow
    booked, held = (visit.state == "booked") & (visit.end_at > now), (visit.state == "held") & (visit.expires_at > now)
    yield "appointment", of(visit.citizen_id, or_(booked, held))
    yield "talk", of(HandoverRow.citizen_id, HandoverRow.state.in_(OPEN_HANDOVERS))
    talk = ConversationRow
    yield "talk", of(talk.citizen_id, talk.mode != "robot")
    pending = select(MessageRow.seq).where(MessageRow.conversation_id == talk.id, MessageRow.state == "pending")
    yield "message", of(talk.citizen_id, pending.exists())
    yield "reminder", of(DueMessageRow.citizen_id, DueMessageRow.state == "waiting", DueMessageRow.due_at > now)
    planned = OutgoingCallRow
    waiting = planned.state.in_(("waiting", "dialling"))
    yield "call", of(planned.citizen_id, waiting, or_(planned.until.is_(None), planned.until > now))
    wants = select(IncidentSubscriptionRow.citizen_id).join(
        IncidentRow, IncidentRow.id == IncidentSubscriptionRow.incident_id
    )
    yield (
        "incident",
        wants.where(IncidentSubscriptionRow.citizen_id.in_(citizens), IncidentRow.closed_at.is_(None)).distinct(),
    )


async def _consents(session: AsyncSession, citizens: list[str], rules: RetentionRules) -> dict[str, set[str]]:
    """Purposes in force that make data stay longer."""
    acts = await session.execute(
        select(ConsentRow.citizen_id, ConsentRow.purpose, ConsentRow.scope, ConsentRow.given)
        .where(ConsentRow.citizen_id.in_(citizens), ConsentRow.purpose.in_(list(rules.longer)))
        .order_by(ConsentRow.id)
    )
    newest = {(citizen, purpose, scope): given for citizen, purpose, scope, given in acts}
    found: dict[str, set[str]] = defaultdict(set)
    for (citizen, purpose, _), given in newest.items():
        if given:
            found[citizen].add(purpose)
    return found


def _moment(value: Any) -> datetime:
    """Of a day its end."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time.max, UTC)
    # SQLite gives back the text of what a function made of a moment or a day.
    found = datetime.fromisoformat(str(value))
    return _moment(found.date() if len(str(value)) == 10 else found)
