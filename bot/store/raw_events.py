"""What messengers sent, kept as it came before it is acknowledged; each event is worked off once, then its key is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Index, String, Table, Text, UniqueConstraint, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime
from bot.store.vault import Vault


class RawEventRow(Base):
    """One event of a channel. `state`: `new`, `done`, `ignored` or `dead` (a dead letter; `reason` says why). `body` is sealed."""

    __tablename__ = "raw_events"
    __table_args__ = (UniqueConstraint("channel", "key"), Index("ix_raw_events_state", "state", "id"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(130))
    state: Mapped[str] = mapped_column(String(10), default="new")
    reason: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChannelCursorRow(Base):
    """Up to where a channel's news have been fetched and stored."""

    __tablename__ = "channel_cursors"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    cursor: Mapped[str] = mapped_column(String(200))


@dataclass(frozen=True)
class RawEvent:
    """A stored event: its number, its key, the event as the platform sent it, and when it was stored."""

    id: int
    key: str
    event: dict[str, Any]
    at: datetime


async def add(
    session: AsyncSession, vault: Vault, channel: str, events: Sequence[tuple[str, dict[str, Any]]], now: datetime
) -> list[RawEvent]:
    """Store (key, event) pairs; returns those that were not known, in the given order."""
    fresh: dict[str, dict[str, Any]] = {}
    for key, event in events:
        fresh.setdefault(key, event)
    if not fresh:
        return []
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [
        {"channel": channel, "key": key, "state": "new", "body": vault.seal(event), "received_at": now}
        for key, event in fresh.items()
    ]
    table = cast(Table, RawEventRow.__table__)
    # A repeat on another key (a webhook's retry while the first call still runs) must not undo the whole batch. Rows are
    # given apart from the statement, which then is compiled once and not for every batch anew.
    statement = insert(table).on_conflict_do_nothing().returning(table.c.id, table.c.key)
    numbers = {key: number for number, key in (await session.execute(statement, rows)).all()}
    return [RawEvent(numbers[key], key, event, now) for key, event in fresh.items() if key in numbers]


async def waiting(
    session: AsyncSession, vault: Vault, channel: str, after: int = 0, limit: int = 500
) -> list[RawEvent]:
    """Events that were stored and not worked off, oldest first."""
    rows = await session.scalars(
        select(RawEventRow)
        .where(RawEventRow.state == "new", RawEventRow.channel == channel, RawEventRow.id > after)
        .order_by(RawEventRow.id)
        .limit(limit)
    )
    return [RawEvent(row.id, row.key, vault.open(row.body), row.received_at) for row in rows]


def _pieces(numbers: list[int], size: int) -> list[list[int]]:
    return [numbers[i : i + size] for i in range(0, len(numbers), size)]


async def settle(session: AsyncSession, numbers: Iterable[int], state: str, reason: str | None = None) -> None:
    """Mark events as worked off (`done`, `ignored`) or as dead letters (`dead`)."""
    # In pieces: one flood read as one message has more events than a statement may have parameters.
    for piece in _pieces(list(numbers), 1000):
        await session.execute(
            update(RawEventRow).where(RawEventRow.id.in_(piece)).values(state=state, reason=reason and reason[:200])
        )


async def revive(session: AsyncSession) -> None:
    """Let dead letters be read again at the next start, after what they died of was mended."""
    await session.execute(update(RawEventRow).where(RawEventRow.state == "dead").values(state="new", reason=None))


async def reasons(session: AsyncSession) -> dict[tuple[str, str], int]:
    """Why dead letters died: how many there are of each (channel, reason)."""
    found = await session.execute(
        select(RawEventRow.channel, RawEventRow.reason, func.count())
        .where(RawEventRow.state == "dead")
        .group_by(RawEventRow.channel, RawEventRow.reason)
    )
    return {(channel, reason or "?"): number for channel, reason, number in found.all()}


async def counts(session: AsyncSession) -> dict[tuple[str, str], int]:
    """How many events each (channel, state) has, without those already worked off."""
    found = await session.execute(
        select(RawEventRow.channel, RawEventRow.state, func.count())
        .where(RawEventRow.state.in_(("new", "dead")))
        .group_by(RawEventRow.channel, RawEventRow.state)
    )
    return {(channel, state): number for channel, state, number in found.all()}


async def purge(session: AsyncSession, before: datetime, channel: str) -> None:
    """Forget a channel's events settled before a moment: what was said is in the journal."""
    await session.execute(
        delete(RawEventRow).where(
            RawEventRow.channel == channel,
            RawEventRow.state.in_(("done", "ignored")),
            RawEventRow.received_at < before,
        )
    )


async def cursor_of(session: AsyncSession, channel: str) -> str | None:
    """Where to look for news next; None at the very first time."""
    row = await session.get(ChannelCursorRow, channel)
    return row.cursor if row else None


async def move_cursor(session: AsyncSession, channel: str, cursor: str) -> None:
    """Remember where to look next; in the transaction that stores what lies before it."""
    row = await session.get(ChannelCursorRow, channel)
    if row is None:
        session.add(ChannelCursorRow(channel=channel, cursor=cursor))
    else:
        row.cursor = cursor
