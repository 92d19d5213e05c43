"""Tickets kept by an agency's own system, reached over its REST API (docs/services-http.md).

Topics, words and the lock after wrong proofs are ours; numbers, terms and states are the agency's.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.applications.proofs import Guard
from bot.services.case_numbers import canonical_number
from bot.services.errors import ServiceUnavailable
from bot.services.http_client import Refused, ServiceHttp
from bot.services.tickets.interface import (
    OPEN_STATES,
    STATES,
    Locked,
    NoSuchTicket,
    NotFoundOrWrongProof,
    Proof,
    Ticket,
    TicketState,
)
from bot.services.tickets.topics import TopicClassifier
from bot.services.tickets.wording import TicketWords
from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.events import record


class HttpTickets:
    """The `Tickets` of an agency."""

    def __init__(
        self,
        http: ServiceHttp,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        topics: TopicClassifier,
        words: TicketWords,
        zone: ZoneInfo,
    ) -> None:
        self._http, self._store, self._clock = http, store, clock
        self._topics, self._words, self._zone = topics, words, zone
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
        body = {
            "citizen_id": citizen_id, "text": text, "topic": topic.id, "group": topic.group,
            "term_days": topic.term_days, "address": {"text": address} if isinstance(address, str) else address,
            "details": dict(details or {}), "attachments": [dict(a) for a in attachments],
            "contact": dict(contact) if contact else None, "channel": channel,
        }  # fmt: skip
        ticket = self._ticket(await self._post("/tickets", body, key))
        if not ticket.repeated:
            async with self._store.write() as session:
                record(
                    session, "ticket_filed", self._clock(), citizen_id=citizen_id, number=ticket.number,
                    topic=topic.id, group=topic.group, channel=channel, anonymous=contact is None,
                    linked=ticket.linked, files=len(attachments),
                )  # fmt: skip
        return ticket

    async def status(self, number: str, who: str, proof: Proof | None = None) -> Ticket:
        """See `Tickets.status`."""
        number = canonical_number(number)
        keys = self._guard.keys(number, who)

        async def locked(session: AsyncSession) -> Locked | None:
            return await self._guard.locked(session, keys, self._clock())

        async def failed(session: AsyncSession) -> Locked | NotFoundOrWrongProof:
            return await self._guard.failed(session, keys, self._clock())

        if lock := await transact(self._store, locked):
            raise lock
        shown = {"kind": proof.kind, "value": proof.value} if proof else None
        try:
            answer = await self._http.post(
                "/tickets/status", {"number": number, "who": who, "proof": shown}, key=uuid.uuid4().hex
            )
        except Refused as refused:
            if refused.name == NotFoundOrWrongProof.code:
                raise await transact(self._store, failed) from None
            self._refused(refused)
        return self._ticket(answer)

    async def mine(self, citizen_id: str) -> list[Ticket]:
        """See `Tickets.mine`."""
        try:
            answer = await self._http.get("/tickets", citizen_id=citizen_id)
        except Refused as refused:
            self._refused(refused)
        with self._http.reading():
            items = list(answer["tickets"])
        return [self._ticket(item) for item in items]

    async def add_details(
        self, number: str, citizen_id: str, text: str, attachments: Sequence[Mapping[str, Any]] = ()
    ) -> Ticket:
        """See `Tickets.add_details`."""
        body = {
            "number": canonical_number(number), "citizen_id": citizen_id, "text": text,
            "attachments": [dict(a) for a in attachments],
        }  # fmt: skip
        return self._ticket(await self._post("/tickets/details", body, uuid.uuid4().hex))

    async def set_state(self, number: str, state: TicketState, note: str = "", at: datetime | None = None) -> Ticket:
        """See `Tickets.set_state`. Telling the citizen is up to the agency, which alone knows of most changes."""
        body = {"number": canonical_number(number), "state": state, "note": note}
        return self._ticket(await self._post("/tickets/state", body, uuid.uuid4().hex))

    async def _post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        try:
            return await self._http.post(path, body, key=key)
        except Refused as refused:
            self._refused(refused)

    def _refused(self, refused: Refused) -> NoReturn:
        if refused.name == NoSuchTicket.code:
            raise NoSuchTicket(refused.name) from None
        raise ServiceUnavailable(self._http.service, f"unknown refusal {refused.status}") from None

    def _ticket(self, data: Mapping[str, Any]) -> Ticket:
        with self._http.reading():
            state = data["state"]
            if state not in STATES:
                raise ValueError(state)
            topic = self._topics.topic(str(data["topic"]))
            due_on = date.fromisoformat(data["due_on"])
            today = self._clock().astimezone(self._zone).date()
            return Ticket(
                number=str(data["number"]), topic=topic.id, topic_title=topic.title,
                group=str(data.get("group") or topic.group), state=state, state_title=self._words.state(state),
                filed_on=date.fromisoformat(data["filed_on"]), due_on=due_on,
                overdue=state in OPEN_STATES and today > due_on, anonymous=bool(data.get("anonymous", False)),
                linked=[str(n) for n in data.get("linked") or []], note=data.get("note") or None,
                code=data.get("code") or None, repeated=bool(data.get("repeated", False)),
            )  # fmt: skip
        raise AssertionError("unreachable")
