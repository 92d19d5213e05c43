"""Tickets in the assistant's own database: filed once, sealed, linked to similar ones."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.applications.proofs import Guard, fingerprint, matches, normal
from bot.services.case_numbers import canonical_number
from bot.services.russian_dates import long_day_text
from bot.services.tickets.address import parse_address
from bot.services.tickets.interface import OPEN_STATES, NoSuchTicket, Proof, Step, Ticket, TicketState, TicketText
from bot.services.tickets.similar import sealed_vector, similar
from bot.services.tickets.tables import TicketRow
from bot.services.tickets.topic_model import SentenceEncoder
from bot.services.tickets.topics import TopicClassifier
from bot.services.tickets.wording import TicketWords
from bot.services.transactions import transact
from bot.store import Store, Vault, due
from bot.store.events import record
from bot.store.numbers import next_number


class SqlTickets:
    """The embedded `Tickets`. Terms are counted in `zone`, where the citizens live."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        topics: TopicClassifier,
        encoder: SentenceEncoder,
        words: TicketWords,
        zone: ZoneInfo,
    ) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self._topics, self._encoder, self._words, self._zone = topics, encoder, words, zone
        self._guard = Guard(vault)

    async def file(
        self,
        citizen_id: str | None,
        text: str,
        topic_id: str,
        address: Mapping[str, Any] | str | None = None,
        details: Mapping[str, Any] | None = None,
        attachments: Sequence[Mapping[str, Any]] = (),
        contact: Mapping[str, Any] | None = None,
        channel: str = "",
        *,
        key: str,
    ) -> Ticket:
        """See `Tickets.file`."""
        topic = self._topics.topic(topic_id)
        head = topic.parent or topic.id
        place = parse_address(address)
        street = self._vault.fingerprint(f"street|{place.street}") if place and place.street else None
        # Before the transaction: no lock is held while the model thinks.
        vector = self._encoder.encode([text])[0]
        code = None if contact else f"{secrets.randbelow(10**6):06d}"
        body = {
            "text": text,
            "address": dict(address) if isinstance(address, Mapping) else address,
            "details": [{"fields": dict(details)}] if details else [],
            "attachments": [dict(a) for a in attachments],
            "contact": dict(contact) if contact else None,
        }

        async def work(session: AsyncSession) -> Ticket:
            now = self._clock()
            known = await session.scalar(select(TicketRow).where(TicketRow.key == key))
            if known is not None:
                return self._ticket(known, repeated=True)
            today = now.astimezone(self._zone).date()
            number = await next_number(session, "ОБ", today.year)
            alike = await similar(session, self._vault, head, place, street, vector, now)
            row = TicketRow(
                number=number, key=key, citizen_id=citizen_id, channel=channel, topic=topic.id, topic_head=head,
                group=topic.group, state="registered", anonymous=contact is None, street_print=street,
                surname_print=self._print(number, "surname", str((contact or {}).get("surname") or "")),
                code_print=self._print(number, "code_word", code or ""),
                body=self._vault.seal(body), meaning=sealed_vector(self._vault, vector),
                linked=[other.number for other in alike], filed_on=today,
                due_on=today + timedelta(days=topic.term_days), created_at=now, updated_at=now,
            )  # fmt: skip
            for other in alike:
                other.linked = [*other.linked, number]
            session.add(row)
            record(
                session, "ticket_filed", now, citizen_id=citizen_id, number=number, topic=topic.id, group=topic.group,
                channel=channel, anonymous=contact is None, linked=row.linked, files=len(attachments),
            )  # fmt: skip
            await session.flush()
            return self._ticket(row, code=code)

        return await transact(self._store, work)

    async def status(self, number: str, who: str, proof: Proof | None = None) -> Ticket:
        """See `Tickets.status`."""
        number = canonical_number(number)
        keys = self._guard.keys(number, who)

        async def work(session: AsyncSession) -> Ticket | Exception:
            now = self._clock()
            row = await session.get(TicketRow, number)
            if row is not None and row.citizen_id is not None and row.citizen_id == who:
                return self._ticket(row)
            if lock := await self._guard.locked(session, keys, now):
                return lock
            if proof is not None and self._proves(number, row, proof) and row is not None:
                await self._guard.proved(session, keys)
                record(session, "ticket_shown", now, citizen_id=who, number=number, proof=proof.kind)
                return self._ticket(row)
            return await self._guard.failed(session, keys, now)

        answer = await transact(self._store, work)
        # Returned, not raised, inside: a raised error would roll the count of wrong proofs back.
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def mine(self, citizen_id: str) -> list[Ticket]:
        """See `Tickets.mine`."""
        async with self._store.read() as session:
            rows = await session.scalars(
                select(TicketRow)
                .where(TicketRow.citizen_id == citizen_id)
                .order_by(TicketRow.created_at.desc(), TicketRow.number.desc())
            )
            return [self._ticket(row) for row in rows]

    async def text_of(self, number: str) -> TicketText:
        """What was written, for the operator's window. The caller notes the look in the audit log.

        Raises NoSuchTicket.
        """
        async with self._store.read() as session:
            row = await session.get(TicketRow, canonical_number(number))
            if row is None:
                raise NoSuchTicket(number)
            body = self._vault.open(row.body)
        place = parse_address(body["address"])
        return TicketText(
            body["text"], place.text if place else None, body["details"], body["attachments"], body["contact"],
            [Step.of(step) for step in body.get("story", ())],
        )  # fmt: skip

    async def add_details(
        self, number: str, citizen_id: str, text: str, attachments: Sequence[Mapping[str, Any]] = ()
    ) -> Ticket:
        """See `Tickets.add_details`."""

        async def work(session: AsyncSession) -> Ticket:
            now = self._clock()
            row = await self._row(session, number)
            if row is None or row.citizen_id != citizen_id or row.state not in OPEN_STATES:
                raise NoSuchTicket(number)
            body = dict(self._vault.open(row.body))
            body["details"] = [*body["details"], {"at": now.isoformat(), "text": text}]
            body["attachments"] = [*body["attachments"], *(dict(a) for a in attachments)]
            row.body, row.updated_at = self._vault.seal(body), now
            record(
                session, "ticket_details_added", now, citizen_id=citizen_id, number=row.number, files=len(attachments)
            )
            return self._ticket(row)

        return await transact(self._store, work)

    async def set_state(
        self, number: str, state: TicketState, note: str = "", at: datetime | None = None, *, by: str = ""
    ) -> Ticket:
        """See `Tickets.set_state`."""

        async def work(session: AsyncSession) -> Ticket:
            row = await self._row(session, number)
            if row is None:
                raise NoSuchTicket(number)
            return self.move(session, row, state, note, at or self._clock(), by)

        return await transact(self._store, work)

    def move(
        self, session: AsyncSession, row: TicketRow, state: TicketState, note: str, now: datetime, by: str = ""
    ) -> Ticket:
        """Change the state of a locked row in the running transaction; `by` is the account that did it, "" the agency."""
        if row.state == state and (row.note or "") == note:
            return self._ticket(row)
        row.state, row.note, row.updated_at = state, note or None, now
        self.remember(row, Step(now, "state", by, state, note))
        record(session, "ticket_state", now, citizen_id=row.citizen_id, number=row.number, state=state, by=by)
        title = self._topics.topic(row.topic).title
        text = self._words.news(state, row.number, title, note, long_day_text(row.due_on))
        # Without a look at the consent to notifications, on purpose: the answer to her own appeal is owed (59-FZ, art. 10 and 12).
        if row.citizen_id and text:
            due.schedule(session, row.citizen_id, now, "ticket_news", {"text": text}, f"ticket:{row.number}")
        return self._ticket(row)

    def remember(self, row: TicketRow, step: Step) -> None:
        """Add a step to the sealed story of a locked row. Events name the step too, but hold no words."""
        body = dict(self._vault.open(row.body))
        body["story"] = [*body.get("story", ()), step.as_dict()]
        row.body = self._vault.seal(body)

    @staticmethod
    async def _row(session: AsyncSession, number: str) -> TicketRow | None:
        row: TicketRow | None = await session.scalar(
            select(TicketRow).where(TicketRow.number == canonical_number(number)).with_for_update()
        )
        return row

    def _print(self, number: str, kind: Any, value: str) -> str | None:
        plain = normal(kind, value) if value else ""
        return fingerprint(self._vault, number, kind, plain) if plain else None

    def _proves(self, number: str, row: TicketRow | None, proof: Proof) -> bool:
        stored = {"surname": row.surname_print, "code_word": row.code_print} if row else {}
        return matches(self._vault, number, proof.kind, proof.value, stored.get(proof.kind))

    def shown(self, row: TicketRow) -> Ticket:
        """A row as everybody may see it."""
        return self._ticket(row)

    def _ticket(self, row: TicketRow, *, code: str | None = None, repeated: bool = False) -> Ticket:
        today = self._clock().astimezone(self._zone).date()
        return Ticket(
            number=row.number, topic=row.topic, topic_title=self._topics.topic(row.topic).title, group=row.group,
            state=row.state, state_title=self._words.state(row.state),  # type: ignore[arg-type]
            filed_on=row.filed_on, due_on=row.due_on, overdue=row.state in OPEN_STATES and today > row.due_on,
            anonymous=row.anonymous, linked=list(row.linked), note=row.note, code=code, repeated=repeated,
        )  # fmt: skip
