"""Half-filled forms in the embedded database, kept for 30 days."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.forms.interface import Draft
from bot.services.forms.tables import FormDraftRow
from bot.services.transactions import transact
from bot.store import Store, Vault

KEPT_FOR = timedelta(days=30)


class SqlDrafts:
    """The `Drafts` of the embedded default."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    async def save(self, citizen_id: str, form_id: str, answers: Mapping[str, Any]) -> Draft:
        """See `Drafts.save`."""

        async def work(session: AsyncSession) -> Draft:
            now = self._clock()
            row = await session.scalar(_one(citizen_id, form_id).with_for_update())
            if row is not None and row.expires_at <= now:
                await session.delete(row)
                await session.flush()
                row = None
            if row is None:
                row = FormDraftRow(id=uuid.uuid4().hex, citizen_id=citizen_id, form_id=form_id)
                session.add(row)
            row.answers_sealed = self._vault.seal(dict(answers))
            row.saved_at, row.expires_at = now, now + KEPT_FOR
            return self._draft(row)

        return await transact(self._store, work)

    async def load(self, citizen_id: str, form_id: str) -> Draft | None:
        """See `Drafts.load`."""
        async with self._store.read() as session:
            row = await session.scalar(_one(citizen_id, form_id).where(FormDraftRow.expires_at > self._clock()))
            return None if row is None else self._draft(row)

    async def mine(self, citizen_id: str) -> list[Draft]:
        """See `Drafts.mine`."""
        query = select(FormDraftRow).where(
            FormDraftRow.citizen_id == citizen_id, FormDraftRow.expires_at > self._clock()
        )
        async with self._store.read() as session:
            return [self._draft(row) for row in await session.scalars(query.order_by(FormDraftRow.saved_at.desc()))]

    async def delete(self, citizen_id: str, form_id: str) -> None:
        """See `Drafts.delete`."""
        async with self._store.write() as session:
            await session.execute(
                delete(FormDraftRow).where(FormDraftRow.citizen_id == citizen_id, FormDraftRow.form_id == form_id)
            )

    async def purge(self) -> int:
        """See `Drafts.purge`."""
        async with self._store.write() as session:
            outcome = await session.execute(delete(FormDraftRow).where(FormDraftRow.expires_at <= self._clock()))
            return outcome.rowcount if isinstance(outcome, CursorResult) else 0

    def _draft(self, row: FormDraftRow) -> Draft:
        return Draft(
            id=row.id,
            citizen_id=row.citizen_id,
            form_id=row.form_id,
            answers=self._vault.open(row.answers_sealed),
            saved_at=row.saved_at,
            expires_at=row.expires_at,
        )


def _one(citizen_id: str, form_id: str) -> Any:
    return select(FormDraftRow).where(FormDraftRow.citizen_id == citizen_id, FormDraftRow.form_id == form_id)
