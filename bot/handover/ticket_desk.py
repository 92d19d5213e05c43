"""Tickets in the hands of people: which of them a group sees, who works on one, and that a stuck one reaches a supervisor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.bulletin import Bulletin, News
from bot.handover.interface import AlreadyTaken, Gone, NotYours, Refusal
from bot.services.case_numbers import canonical_number
from bot.services.people.groups import Groups
from bot.services.tickets.interface import OPEN_STATES, STATES, Step, Ticket, TicketState, TicketText
from bot.services.tickets.sql import SqlTickets
from bot.services.tickets.tables import TicketRow
from bot.services.transactions import transact
from bot.store import Store
from bot.store.events import record

LONGEST_NOTE = 2_000
WORDS_OWED: dict[str, str] = {
    "answered": "Напишите ответ: гражданин получит именно эти слова.",
    "rejected": "Напишите, почему обращение не рассматривают: гражданин получит эти слова.",
    "forwarded": "Напишите, в какое ведомство передали обращение: гражданин получит эти слова.",
}
"""States that mean nothing to the citizen without an explanation."""


@dataclass(frozen=True)
class TicketCard:
    """A ticket as colleagues see it. `owner` is an account's id or "", `group` of groups.yml; `escalated` while it is open."""

    ticket: Ticket
    group: str
    citizen_id: str
    channel: str
    owner: str
    escalated: bool
    soon: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Sought:
    """What of the list is sought. `state`: one of STATES, open or "" (all). `owner`: an account's id; `free` none.

    `overdue` and `soon` (due within three days) leave open ones of that kind, `topic` is a topic's id without subtopic.
    """

    state: str = "open"
    owner: str = ""
    free: bool = False
    overdue: bool = False
    soon: bool = False
    escalated: bool = False
    topic: str = ""
    number: str = ""
    limit: int = 50
    skip: int = 0


class TicketDesk:
    """Deeds on the tickets of the assistant's own database; tickets of groups that an account has not are unknown (LookupError)."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        groups: Groups,
        tickets: SqlTickets,
        topics: Collection[str],
        zone: ZoneInfo,
        bulletin: Bulletin,
    ) -> None:
        """`topics` are the ids of all topics; terms are counted in days of `zone`."""
        self._store, self._clock, self._groups, self._tickets = store, clock, groups, tickets
        self._zone, self._bulletin = zone, bulletin
        self._heads = frozenset(topic.split(".", maxsplit=1)[0] for topic in topics)

    async def find(self, groups: Collection[str], sought: Sought) -> list[TicketCard]:
        """Tickets these groups answer for: open ones by their term, the nearest first; else the newest first."""
        query = select(TicketRow).where(self._visible(groups))
        today = self._today()
        is_open = sought.state == "open" or sought.overdue or sought.soon or sought.escalated
        if is_open:
            query = query.where(TicketRow.state.in_(OPEN_STATES))
        elif sought.state:
            query = query.where(TicketRow.state == sought.state)
        if sought.owner:
            query = query.where(TicketRow.owner == sought.owner)
        if sought.free:
            query = query.where(TicketRow.owner.is_(None))
        if sought.overdue:
            query = query.where(TicketRow.due_on < today)
        if sought.soon:
            query = query.where(TicketRow.due_on.between(today, today + timedelta(days=3)))
        if sought.escalated:
            query = query.where(TicketRow.escalated_at.is_not(None))
        if sought.topic:
            query = query.where(TicketRow.topic_head == sought.topic)
        if sought.number:
            query = query.where(TicketRow.number == canonical_number(sought.number))
        order = (TicketRow.due_on, TicketRow.number) if is_open else (TicketRow.number.desc(),)
        async with self._store.read() as session:
            rows = await session.scalars(query.order_by(*order).offset(sought.skip).limit(sought.limit))
            return [self._card(row, today) for row in rows]

    async def count_overdue(self, groups: Collection[str]) -> int:
        """Open tickets of these groups whose term has passed."""
        query = (
            select(func.count())
            .select_from(TicketRow)
            .where(self._visible(groups), TicketRow.state.in_(OPEN_STATES), TicketRow.due_on < self._today())
        )
        async with self._store.read() as session:
            return int(await session.scalar(query) or 0)

    async def get(self, number: str, groups: Collection[str]) -> TicketCard:
        """One ticket. Raises LookupError."""
        async with self._store.read() as session:
            return self._card(await self._row(session, number, groups, lock=False), self._today())

    async def text(self, number: str, groups: Collection[str]) -> TicketText:
        """What was written and done. The caller notes the look in the audit log. Raises LookupError."""
        await self.get(number, groups)
        return await self._tickets.text_of(number)

    async def linked(self, card: TicketCard, groups: Collection[str]) -> list[TicketCard]:
        """Similar tickets that these groups may see."""
        query = select(TicketRow).where(TicketRow.number.in_(card.ticket.linked), self._visible(groups))
        async with self._store.read() as session:
            rows = await session.scalars(query.order_by(TicketRow.number))
            return [self._card(row, self._today()) for row in rows]

    async def set_state(
        self, number: str, by: str, groups: Collection[str], state: str, note: str, seen_state: str
    ) -> TicketCard:
        """A new state, of which the citizen is told. `seen_state` is what the window showed. Raises LookupError, Refusal, Gone."""
        words = _note(note)
        if state not in STATES:
            raise Refusal("Выберите новое состояние.")
        if not words and state in WORDS_OWED:
            raise Refusal(WORDS_OWED[state])
        kind: TicketState = state

        async def deed(session: AsyncSession, row: TicketRow, now: datetime) -> None:
            if row.state != seen_state:
                raise Gone("Состояние уже изменили, пока вы писали. Посмотрите историю ниже и решите заново.")
            if row.state == state and (row.note or "") == words:
                raise Refusal("Состояние то же самое. Выберите другое или допишите пояснение.")
            self._tickets.move(session, row, kind, words, now, by)

        return await self._change(number, groups, deed)

    async def assign(
        self, number: str, by: str, groups: Collection[str], owner: str, *, supervisor: bool = False
    ) -> TicketCard:
        """Make `owner` the one who works on it, "" nobody. Only a supervisor takes a ticket from a colleague or gives it to one.

        Raises LookupError, AlreadyTaken, NotYours, Gone.
        """

        async def deed(session: AsyncSession, row: TicketRow, now: datetime) -> None:
            if row.state not in OPEN_STATES:
                raise Gone("По этому обращению уже ответили.")
            if row.owner == (owner or None):
                return
            if not supervisor and row.owner not in (None, by):
                raise AlreadyTaken("Этим обращением уже занимается другой специалист.")
            if not supervisor and owner not in ("", by):
                raise NotYours("Назначить другого специалиста может руководитель смены.")
            row.owner, row.updated_at = owner or None, now
            self._tickets.remember(row, Step(now, "owner", by, owner))
            record(session, "ticket_assigned", now, citizen_id=row.citizen_id, number=row.number, owner=owner, by=by)

        return await self._change(number, groups, deed)

    async def escalate(self, number: str, by: str, groups: Collection[str], reason: str) -> TicketCard:
        """Show the ticket to the supervisors. Raises LookupError, Gone, and Refusal without a reason or when it was done."""
        words = _note(reason)
        if not words:
            raise Refusal("Напишите, почему нужна помощь руководителя.")

        async def deed(session: AsyncSession, row: TicketRow, now: datetime) -> None:
            if row.state not in OPEN_STATES:
                raise Gone("По этому обращению уже ответили.")
            if row.escalated_at is not None:
                raise Refusal("Руководителю уже сообщили.")
            row.escalated_at = row.updated_at = now
            self._tickets.remember(row, Step(now, "escalated", by, "", words))
            record(session, "ticket_escalated", now, citizen_id=row.citizen_id, number=row.number, by=by)

        return await self._change(number, groups, deed)

    async def _change(
        self,
        number: str,
        groups: Collection[str],
        deed: Callable[[AsyncSession, TicketRow, datetime], Awaitable[None]],
    ) -> TicketCard:
        async def work(session: AsyncSession) -> TicketCard:
            row = await self._row(session, number, groups, lock=True)
            await deed(session, row, self._clock())
            await session.flush()
            return self._card(row, self._today())

        card = await transact(self._store, work)
        self._bulletin.post(News("ticket", group=card.group, data={"number": card.ticket.number}))
        return card

    async def _row(self, session: AsyncSession, number: str, groups: Collection[str], *, lock: bool) -> TicketRow:
        query = select(TicketRow).where(TicketRow.number == canonical_number(number), self._visible(groups))
        row: TicketRow | None = await session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise LookupError(number)
        return row

    def _visible(self, groups: Collection[str]) -> ColumnElement[bool]:
        """Tickets whose topic one of these groups answers for; topics gone from the content are the default group's."""
        own = [head for head in self._heads if self._groups.for_topic(head).id in groups]
        known: ColumnElement[bool] = TicketRow.topic_head.in_(own)
        if self._groups.for_topic("").id in groups:
            return or_(known, TicketRow.topic_head.not_in(self._heads))
        return known

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _card(self, row: TicketRow, today: date) -> TicketCard:
        is_open = row.state in OPEN_STATES
        return TicketCard(
            ticket=self._tickets.shown(row), group=self._groups.for_topic(row.topic).id, citizen_id=row.citizen_id or "",
            channel=row.channel, owner=row.owner or "", escalated=is_open and row.escalated_at is not None,
            soon=is_open and today <= row.due_on <= today + timedelta(days=3), created_at=row.created_at,
            updated_at=row.updated_at,
        )  # fmt: skip


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise Refusal(f"Текст длиннее {LONGEST_NOTE} знаков. Сократите его.")
    return text
