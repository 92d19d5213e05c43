"""Applications kept in the embedded database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.applications import proofs as proofing
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
from bot.services.applications.news import News
from bot.services.applications.tables import ApplicationRow, HistoryRow, InquiryRow
from bot.services.applications.wording import Facts, Wording
from bot.services.case_numbers import canonical_number
from bot.services.production_calendar import ProductionCalendar
from bot.services.transactions import transact
from bot.store import Store, Vault, events
from bot.store.numbers import next_number

MayNotify = Callable[[AsyncSession, str], Awaitable[bool]]
"""Whether a citizen consented to notifications, asked inside the transaction that writes the message."""


class SqlApplications:
    """The `Applications` of the embedded default. Terms are counted in `zone` and in working days of `calendar`."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        wording: Wording,
        calendar: ProductionCalendar,
        zone: ZoneInfo,
        may_notify: MayNotify,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._wording = wording
        self._calendar = calendar
        self._zone = zone
        self._may_notify = may_notify
        self._guard = proofing.Guard(vault)
        self._news = News(wording, zone)

    async def status(self, number: str, proof: Proof, who: str) -> ApplicationStatus:
        """See `Applications.status`."""
        number = canonical_number(number)

        # A refusal is returned, not raised: raising would roll the count of wrong proofs back.
        async def work(session: AsyncSession) -> ApplicationStatus | Locked | NotFoundOrWrongProof:
            now = self._clock()
            keys = self._guard.keys(number, who)
            if locked := await self._guard.locked(session, keys, now):
                return locked
            row = await session.scalar(select(ApplicationRow).where(ApplicationRow.number == number))
            stored = getattr(row, f"{proof.kind}_print") if row is not None else None
            if not proofing.matches(self._vault, number, proof.kind, proof.value, stored) or row is None:
                refusal = await self._guard.failed(session, keys, now)
                events.record(session, "proof_failed", now, citizen_id=who, kind=proof.kind, outcome=refusal.code)
                return refusal
            await self._guard.proved(session, keys)
            shown = self._status(row, now)
            events.record(session, "status_shown", now, citizen_id=who, **_facts_for_events(shown))
            return shown

        outcome = await transact(self._store, work)
        if isinstance(outcome, ApplicationStatus):
            return outcome
        raise outcome

    async def mine(self, citizen_id: str) -> list[ApplicationStatus]:
        """See `Applications.mine`."""
        async with self._store.read() as session:
            rows = await session.scalars(
                select(ApplicationRow)
                .where(ApplicationRow.citizen_id == citizen_id)
                .order_by(ApplicationRow.filed_on.desc(), ApplicationRow.id.desc())
            )
            return [self._status(row, self._clock()) for row in rows]

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
        term = working_days if working_days is not None else self._wording.default_working_days

        async def work(session: AsyncSession) -> str:
            if key is not None:
                known = await session.scalar(select(ApplicationRow.number).where(ApplicationRow.key == key))
                if known is not None:
                    return known
            now = self._clock()
            today = now.astimezone(self._zone).date()
            number = await next_number(session, "ЗЯ", today.year)
            row = ApplicationRow(
                number=number,
                key=key,
                citizen_id=citizen_id,
                service_id=service_id,
                form_id=form_id,
                state="accepted",
                filed_on=today,
                due_on=self._calendar.add_working_days(today, term),
                answers_sealed=self._vault.seal(dict(answers)),
                demo=False,
                history=[HistoryRow(at=now, state="accepted")],
                **proofing.prints(self._vault, number, proofs),
            )
            session.add(row)
            events.record(
                session,
                "application_registered",
                now,
                citizen_id=citizen_id,
                number=number,
                service_id=service_id,
                form_id=form_id,
            )
            return number

        return await transact(self._store, work)

    async def set_state(
        self, number: str, state: ApplicationState, *, stage_text: str | None = None, reason: str | None = None
    ) -> ApplicationStatus:
        """See `Applications.set_state`."""
        if state not in STATES:
            raise ValueError(f"unknown state {state}")

        async def work(session: AsyncSession) -> ApplicationStatus:
            now = self._clock()
            row = await self._locked_row(session, number)
            reason_now = reason if state == "rejected" else None
            if (row.state, row.stage_text, row.rejection_reason) == (state, stage_text, reason_now):
                return self._status(row, now)
            decided = state in ("approved", "rejected")
            if decided and row.decided_on is None:
                row.decided_on = now.astimezone(self._zone).date()
            if not decided:
                row.decided_on = None
            row.state, row.stage_text, row.rejection_reason = state, stage_text, reason_now
            row.history.append(HistoryRow(at=now, state=state, stage_text=stage_text))
            for inquiry in await session.scalars(select(InquiryRow).where(InquiryRow.open_for == row.id)):
                inquiry.open_for = None
            shown = self._status(row, now)
            events.record(
                session, "application_state_changed", now, citizen_id=row.citizen_id, **_facts_for_events(shown)
            )
            if row.citizen_id and await self._may_notify(session, row.citizen_id):
                await self._news.write(session, row.citizen_id, self._facts(row), now)
            return shown

        return await transact(self._store, work)

    async def file_inquiry(self, number: str, who: str) -> Inquiry:
        """See `Applications.file_inquiry`."""

        async def work(session: AsyncSession) -> Inquiry:
            now = self._clock()
            row = await self._locked_row(session, number)
            if not self._status(row, now).overdue:
                raise NotOverdue(row.due_on)
            inquiry = await session.scalar(select(InquiryRow).where(InquiryRow.open_for == row.id))
            today = now.astimezone(self._zone).date()
            if inquiry is not None and inquiry.due_on < today:
                # The agency did not answer in time: the next question is a new one.
                inquiry.open_for = None
                await session.flush()
                inquiry = None
            if inquiry is None:
                inquiry = InquiryRow(
                    number=await next_number(session, "ЗП", today.year),
                    application_id=row.id,
                    open_for=row.id,
                    at=now,
                    due_on=self._calendar.add_working_days(today, self._wording.inquiry_working_days),
                )
                session.add(inquiry)
                events.record(
                    session, "inquiry_filed", now, citizen_id=who, number=inquiry.number, application=row.number
                )
            return Inquiry(inquiry.number, row.number, inquiry.due_on)

        return await transact(self._store, work)

    async def _locked_row(self, session: AsyncSession, number: str) -> ApplicationRow:
        query = select(ApplicationRow).where(ApplicationRow.number == canonical_number(number)).with_for_update()
        row = await session.scalar(query)
        if row is None:
            raise NoSuchApplication()
        return row

    def _facts(self, row: ApplicationRow) -> Facts:
        return Facts(
            number=row.number,
            service_id=row.service_id,
            state=cast(ApplicationState, row.state),
            stage_text=row.stage_text,
            filed_on=row.filed_on,
            due_on=row.due_on,
            decided_on=row.decided_on,
            rejection_reason=row.rejection_reason,
            history=[
                HistoryEntry(
                    h.at.astimezone(self._zone),
                    cast(ApplicationState, h.state),
                    self._wording.title(h.state),
                    h.stage_text,
                )
                for h in row.history
            ],
        )

    def _status(self, row: ApplicationRow, now: datetime) -> ApplicationStatus:
        return self._wording.status(self._facts(row), now.astimezone(self._zone).date())


def _facts_for_events(shown: ApplicationStatus) -> dict[str, Any]:
    return {
        "number": shown.number,
        "service_id": shown.service_id,
        "state": shown.state,
        "overdue": shown.overdue,
    }
