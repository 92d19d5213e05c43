"""Which waiting messages a purpose allows; they are called back when it is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.consents.interface import Purpose
from bot.store.due import DueMessageRow

KINDS: Mapping[Purpose, tuple[str, ...]] = {
    "personal_data": (),
    # A reminder of a booked visit is part of the booking and names nobody: it stays until the visit is cancelled.
    "notifications": ("application_status",),
    "proactive_offers": ("offer",),
}
"""Kinds of due messages by purpose."""


async def call_back(session: AsyncSession, citizen_id: str, purposes: Iterable[Purpose]) -> None:
    """Withdraw the citizen's waiting messages of these purposes in the running transaction."""
    kinds = [kind for purpose in purposes for kind in KINDS[purpose]]
    await session.execute(
        update(DueMessageRow)
        .where(DueMessageRow.citizen_id == citizen_id, DueMessageRow.state == "waiting", DueMessageRow.kind.in_(kinds))
        .values(state="withdrawn")
    )
