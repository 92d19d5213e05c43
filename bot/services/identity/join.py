"""Makes two citizens one: everything of the younger one moves to the older one, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Table, UniqueConstraint, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import Base, Vault
from bot.store.conversations import CitizenRow
from bot.store.events import record

REPEATED: tuple[tuple[str, str, Literal["delete", "clear"]], ...] = (
    ("appointments", "holder", "delete"),
    ("deletion_requests", "open_for", "clear"),
)
"""Unique columns that repeat the citizen, and what becomes of the younger one's row when both have one: a hold is given
back (the booking renews it), a second open request for deletion stays registered."""
MOMENTS = ("updated_at", "saved_at", "at")
"""Columns that tell which of two equal rows is the newer one; it stays."""


async def join(session: AsyncSession, vault: Vault, one: str, other: str, now: datetime, *, by: str) -> str:
    """The id of the citizen that stays, the older one; `by` says how it was proved. Raises LookupError for an unknown citizen.

    Profiles: the one that stays wins where both know a fact. Consents are acts in the order of their giving, so the newest
    act of either is in force afterwards.
    """
    if one == other:
        return one
    found = await session.scalars(
        select(CitizenRow).where(CitizenRow.id.in_((one, other))).order_by(CitizenRow.id).with_for_update()
    )
    rows = sorted(found, key=lambda row: (row.created_at, row.id))
    if len(rows) != 2:
        raise LookupError(one, other)
    kept, gone = rows
    kept.profile = vault.seal(vault.open(gone.profile) | vault.open(kept.profile))
    record(session, "citizens_joined", now, citizen_id=kept.id, joined=gone.id, by=by)
    await session.flush()
    for name, column, on_clash in REPEATED:
        if (table := Base.metadata.tables.get(name)) is not None:
            await _move_repeated(session, table, column, on_clash, kept.id, gone.id)
    for table in Base.metadata.sorted_tables:
        if "citizen_id" in table.c:
            for columns in _uniques(table):
                await _drop_older(session, table, columns, kept.id, gone.id)
            await session.execute(update(table).where(table.c.citizen_id == gone.id).values(citizen_id=kept.id))
    await session.execute(delete(CitizenRow).where(CitizenRow.id == gone.id))
    return kept.id


async def _move_repeated(
    session: AsyncSession, table: Table, column: str, on_clash: Literal["delete", "clear"], kept: str, gone: str
) -> None:
    repeats = table.c[column]
    if await session.scalar(select(repeats).where(repeats == kept)) is None:
        await session.execute(update(table).where(repeats == gone).values({column: kept}))
    elif on_clash == "delete":
        await session.execute(delete(table).where(repeats == gone))
    else:
        await session.execute(update(table).where(repeats == gone).values({column: None}))


def _uniques(table: Table) -> Iterator[tuple[str, ...]]:
    """The columns beside the citizen of everything that must be unique."""
    constraints = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    for columns in [table.primary_key.columns, *(c.columns for c in constraints)]:
        names = [c.name for c in columns]
        if "citizen_id" in names:
            yield tuple(n for n in names if n != "citizen_id")


async def _drop_older(session: AsyncSession, table: Table, columns: tuple[str, ...], kept: str, gone: str) -> None:
    """Of two rows that would become the same one, delete the older one; without a moment, that of the citizen who goes."""
    moment = next((name for name in MOMENTS if name in table.c), None)
    found = (await session.execute(select(table).where(table.c.citizen_id.in_((kept, gone))))).mappings().all()
    mine = {tuple(row[c] for c in columns): row for row in found if row["citizen_id"] == kept}
    for row in found:
        twin = mine.get(tuple(row[c] for c in columns))
        if row["citizen_id"] == gone and twin is not None:
            older: Any = twin if moment and row[moment] > twin[moment] else row
            same = [column == older[column.name] for column in table.primary_key.columns]
            await session.execute(delete(table).where(*same))
