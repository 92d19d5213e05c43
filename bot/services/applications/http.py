"""Applications kept by an agency's own system, reached over its REST API (docs/services-http.md).

The agency gives facts; the words, and the lock after wrong proofs, are ours.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.applications.interface import (
    STATES,
    ApplicationState,
    ApplicationStatus,
    HistoryEntry,
    Inquiry,
    Locked,
    NoSuchApplication,
    NotFoundOrWrongProof,
    NotOverdue,
    Proof,
    ProofKind,
)
from bot.services.applications.proofs import Guard
from bot.services.applications.wording import Facts, Wording
from bot.services.case_numbers import canonical_number
from bot.services.errors import ServiceUnavailable
from bot.services.http_client import Refused, ServiceHttp
from bot.services.transactions import transact
from bot.store import Store, Vault, events


class HttpApplications:
    """The `Applications` of an agency. Dates are shown in `zone`."""

    def __init__(
        self,
        http: ServiceHttp,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        wording: Wording,
        zone: ZoneInfo,
    ) -> None:
        self._http = http
        self._store = store
        self._clock = clock
        self._wording = wording
        self._zone = zone
        self._guard = Guard(vault)

    async def status(self, number: str, proof: Proof, who: str) -> ApplicationStatus:
        """See `Applications.status`."""
        number = canonical_number(number)
        keys = self._guard.keys(number, who)

        async def locked(session: AsyncSession) -> Locked | None:
            return await self._guard.locked(session, keys, self._clock())

        if lock := await transact(self._store, locked):
            raise lock
        body = {"number": number, "proof": {"kind": proof.kind, "value": proof.value}, "who": who}
        try:
            answer = await self._http.post("/applications/status", body, key=uuid.uuid4().hex)
        except Refused as refused:
            if refused.name == Locked.code:
                with self._http.reading():
                    raise Locked(datetime.fromisoformat(refused.error["until"])) from None
            if refused.name != NotFoundOrWrongProof.code:
                raise self._unknown(refused) from None
            raise await self._failed(keys, proof, who) from None
        shown = self._status(answer)

        async def proved(session: AsyncSession) -> None:
            await self._guard.proved(session, keys)
            what = {"number": shown.number, "service_id": shown.service_id, "state": shown.state}
            events.record(session, "status_shown", self._clock(), citizen_id=who, overdue=shown.overdue, **what)

        await transact(self._store, proved)
        return shown

    async def mine(self, citizen_id: str) -> list[ApplicationStatus]:
        """See `Applications.mine`."""
        try:
            answer = await self._http.get("/applications", citizen_id=citizen_id)
        except Refused as refused:
            raise self._unknown(refused) from None
        with self._http.reading():
            return [self._status(item) for item in answer["applications"]]

    async def register(
        self,
        citizen_id: str | None,
        form_id: str,
        answers: Mapping[str, Any],
        *,
        service_id: str,
        proofs: Mapping[ProofKind, str],
        key: str | None = None,
        working_days: int | None = None,
    ) -> str:
        """See `Applications.register`."""
        body = {
            "citizen_id": citizen_id,
            "form_id": form_id,
            "service_id": service_id,
            "answers": dict(answers),
            "proofs": dict(proofs),
            "working_days": working_days,
        }
        try:
            answer = await self._http.post("/applications", body, key=key or uuid.uuid4().hex)
        except Refused as refused:
            raise self._unknown(refused) from None
        with self._http.reading():
            number = str(answer["number"])
        async with self._store.write() as session:
            what = {"number": number, "service_id": service_id, "form_id": form_id}
            events.record(session, "application_registered", self._clock(), citizen_id=citizen_id, **what)
        return number

    async def set_state(
        self, number: str, state: ApplicationState, *, stage_text: str | None = None, reason: str | None = None
    ) -> ApplicationStatus:
        """See `Applications.set_state`. The agency keeps the states and tells of them itself."""
        body = {"number": canonical_number(number), "state": state, "stage_text": stage_text, "reason": reason}
        try:
            return self._status(await self._http.post("/applications/state", body, key=uuid.uuid4().hex))
        except Refused as refused:
            raise self._unknown(refused) from None

    async def file_inquiry(self, number: str, who: str) -> Inquiry:
        """See `Applications.file_inquiry`."""
        body = {"number": canonical_number(number), "who": who}
        try:
            answer = await self._http.post("/applications/inquiries", body, key=uuid.uuid4().hex)
        except Refused as refused:
            if refused.name == NotOverdue.code:
                with self._http.reading():
                    raise NotOverdue(date.fromisoformat(refused.error["due_on"])) from None
            raise self._unknown(refused) from None
        with self._http.reading():
            inquiry = Inquiry(
                str(answer["number"]), str(answer["application_number"]), date.fromisoformat(answer["due_on"])
            )
        async with self._store.write() as session:
            what = {"number": inquiry.number, "application": inquiry.application_number}
            events.record(session, "inquiry_filed", self._clock(), citizen_id=who, **what)
        return inquiry

    async def _failed(self, keys: tuple[str, str], proof: Proof, who: str) -> Locked | NotFoundOrWrongProof:
        async def work(session: AsyncSession) -> Locked | NotFoundOrWrongProof:
            now = self._clock()
            refusal = await self._guard.failed(session, keys, now)
            events.record(session, "proof_failed", now, citizen_id=who, kind=proof.kind, outcome=refusal.code)
            return refusal

        return await transact(self._store, work)

    def _unknown(self, refused: Refused) -> Exception:
        if refused.name == NoSuchApplication.code:
            return NoSuchApplication()
        return ServiceUnavailable(self._http.service, f"refused with {refused.status} {refused.name}")

    def _status(self, item: Mapping[str, Any]) -> ApplicationStatus:
        with self._http.reading():
            facts = Facts(
                number=str(item["number"]),
                service_id=str(item["service_id"]),
                state=_state(item["state"]),
                stage_text=item.get("stage_text"),
                filed_on=date.fromisoformat(item["filed_on"]),
                due_on=date.fromisoformat(item["due_on"]),
                decided_on=date.fromisoformat(item["decided_on"]) if item.get("decided_on") else None,
                rejection_reason=item.get("rejection_reason"),
                history=[
                    HistoryEntry(
                        datetime.fromisoformat(step["at"]).astimezone(self._zone),
                        _state(step["state"]),
                        self._wording.title(_state(step["state"])),
                        step.get("stage_text"),
                    )
                    for step in item.get("history") or []
                ],
            )
        return self._wording.status(facts, self._clock().astimezone(self._zone).date())


def _state(value: Any) -> ApplicationState:
    if value not in STATES:
        raise ValueError("a state outside the contract")
    return cast(ApplicationState, value)
