"""The registry of consents in the embedded database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.consents.interface import Consent, ConsentText, DeletionRequest, Purpose
from bot.services.consents.messages import call_back
from bot.services.consents.tables import ConsentRow, DeletionRequestRow
from bot.services.consents.texts import Texts, ends_with
from bot.services.production_calendar import ProductionCalendar
from bot.services.transactions import transact
from bot.store import Store, Vault, events
from bot.store.numbers import next_number


class SqlConsents:
    """The `Consents` of the embedded default. Terms are counted in `zone`'s days and the calendar's working days."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        texts: Texts,
        calendar: ProductionCalendar,
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._texts = texts
        self._calendar = calendar
        self._zone = zone

    def text(self, purpose: Purpose) -> ConsentText:
        """See `Consents.text`."""
        return self._texts.text(purpose)

    async def give(
        self,
        citizen_id: str,
        purpose: Purpose,
        *,
        channel: str,
        scope: str | None = None,
        ip: str | None = None,
        proof: Mapping[str, Any] | None = None,
    ) -> Consent:
        """See `Consents.give`."""
        version = self._texts.text(purpose).version

        async def work(session: AsyncSession) -> Consent:
            for row in await _in_force(session, citizen_id, (purpose,)):
                if row.scope == (scope or "") and row.text_version == version:
                    return _consent(row)
            row = self._row(citizen_id, purpose, scope, True, version, channel, ip, proof)
            return await self._add(session, row, "consent_given")

        return await transact(self._store, work)

    async def withdraw(
        self,
        citizen_id: str,
        purpose: Purpose,
        *,
        channel: str,
        scope: str | None = None,
        ip: str | None = None,
        proof: Mapping[str, Any] | None = None,
    ) -> list[Consent]:
        """See `Consents.withdraw`."""
        self._texts.text(purpose)

        async def work(session: AsyncSession) -> list[Consent]:
            return await self._withdraw(session, citizen_id, purpose, channel, scope, ip, proof)

        return await transact(self._store, work)

    async def active(self, citizen_id: str) -> list[Consent]:
        """See `Consents.active`."""
        async with self._store.read() as session:
            return [_consent(row) for row in await _in_force(session, citizen_id)]

    async def has(self, citizen_id: str, purpose: Purpose, scope: str | None = None) -> bool:
        """See `Consents.has`."""
        self._texts.text(purpose)
        async with self._store.read() as session:
            return await has_consent(session, citizen_id, purpose, scope)

    async def history(self, citizen_id: str) -> list[Consent]:
        """See `Consents.history`."""
        async with self._store.read() as session:
            return [_consent(row) for row in await _acts(session, citizen_id)]

    async def request_deletion(self, citizen_id: str, *, channel: str) -> DeletionRequest:
        """See `Consents.request_deletion`."""

        async def work(session: AsyncSession) -> DeletionRequest:
            row = await session.scalar(select(DeletionRequestRow).where(DeletionRequestRow.open_for == citizen_id))
            if row is None:
                await self._withdraw(session, citizen_id, "personal_data", channel, None, None, {"by": "deletion"})
                now = self._clock()
                today = now.astimezone(self._zone).date()
                row = DeletionRequestRow(
                    number=await next_number(session, "УД", today.year),
                    citizen_id=citizen_id,
                    open_for=citizen_id,
                    channel=channel,
                    at=now,
                    requested_on=today,
                    due_on=self._calendar.add_working_days(today, self._texts.deletion_working_days),
                )
                session.add(row)
                events.record(session, "deletion_requested", now, citizen_id=citizen_id, number=row.number)
            return self._texts.deletion(row.number, row.requested_on, row.due_on)

        return await transact(self._store, work)

    async def _withdraw(
        self,
        session: AsyncSession,
        citizen_id: str,
        purpose: Purpose,
        channel: str,
        scope: str | None,
        ip: str | None,
        proof: Mapping[str, Any] | None,
    ) -> list[Consent]:
        purposes = ends_with(purpose)
        ended = []
        for row in await _in_force(session, citizen_id, purposes):
            if scope is None or row.scope == scope:
                ended.append(_consent(row))
                act = self._row(
                    citizen_id, cast(Purpose, row.purpose), row.scope, False, row.text_version, channel, ip, proof
                )
                await self._add(session, act, "consent_withdrawn")
        if scope is None:
            await call_back(session, citizen_id, purposes)
        elif not ended and await has_consent(session, citizen_id, purpose, scope):
            # Agreed to everything, and now not to this one: an act of its own, newer than the general one.
            act = self._row(citizen_id, purpose, scope, False, self._texts.text(purpose).version, channel, ip, proof)
            ended.append(await self._add(session, act, "consent_withdrawn"))
        return ended

    def _row(
        self,
        citizen_id: str,
        purpose: Purpose,
        scope: str | None,
        given: bool,
        version: str,
        channel: str,
        ip: str | None,
        proof: Mapping[str, Any] | None,
    ) -> ConsentRow:
        return ConsentRow(
            citizen_id=citizen_id,
            purpose=purpose,
            scope=scope or "",
            given=given,
            text_version=version,
            at=self._clock(),
            channel=channel,
            proof_sealed=self._vault.seal({"ip": ip, "proof": dict(proof or {})}),
        )

    @staticmethod
    async def _add(session: AsyncSession, row: ConsentRow, event: str) -> Consent:
        session.add(row)
        await session.flush()
        what = {"purpose": row.purpose, "scope": row.scope, "version": row.text_version, "channel": row.channel}
        events.record(session, event, row.at, citizen_id=row.citizen_id, **what)
        return _consent(row)


async def has_consent(session: AsyncSession, citizen_id: str, purpose: Purpose, scope: str | None = None) -> bool:
    """Whether the citizen agrees now, asked inside a running transaction."""
    if scope is None:
        return bool(await _in_force(session, citizen_id, (purpose,)))
    acts = [row for row in await _acts(session, citizen_id, (purpose,)) if row.scope in ("", scope)]
    return bool(acts) and acts[-1].given


async def may_notify(session: AsyncSession, citizen_id: str) -> bool:
    """Whether news may be written to the citizen; what `SqlApplications` asks."""
    return await has_consent(session, citizen_id, "notifications")


async def _acts(
    session: AsyncSession, citizen_id: str, purposes: tuple[Purpose, ...] | None = None
) -> list[ConsentRow]:
    query = select(ConsentRow).where(ConsentRow.citizen_id == citizen_id).order_by(ConsentRow.id)
    if purposes is not None:
        query = query.where(ConsentRow.purpose.in_(purposes))
    return list(await session.scalars(query))


async def _in_force(
    session: AsyncSession, citizen_id: str, purposes: tuple[Purpose, ...] | None = None
) -> list[ConsentRow]:
    newest = {(row.purpose, row.scope): row for row in await _acts(session, citizen_id, purposes)}
    return sorted((row for row in newest.values() if row.given), key=lambda row: row.id)


def _consent(row: ConsentRow) -> Consent:
    return Consent(
        id=row.id,
        citizen_id=row.citizen_id,
        purpose=cast(Purpose, row.purpose),
        scope=row.scope or None,
        given=row.given,
        text_version=row.text_version,
        at=row.at,
        channel=row.channel,
    )
