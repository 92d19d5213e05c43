"""Messages that fall due later (reminders, news of a case): written in the same transaction as the deed they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class DueMessageRow(Base):
    """A message to one citizen with the moment it falls due. `ref` names the deed, so that it can be withdrawn."""

    __tablename__ = "due_messages"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    ref: Mapped[str] = mapped_column(String(80), index=True)
    state: Mapped[str] = mapped_column(String(12), default="waiting")


@dataclass(frozen=True)
class DueMessage:
    """A due message as the sender sees it; `payload["text"]` is what the citizen reads."""

    id: int
    citizen_id: str
    due_at: datetime
    kind: str
    payload: dict[str, Any]
    ref: str


def schedule(
    session: AsyncSession, citizen_id: str, due_at: datetime, kind: str, payload: dict[str, Any], ref: str
) -> None:
    """Add a message to the running transaction."""
    session.add(DueMessageRow(citizen_id=citizen_id, due_at=due_at, kind=kind, payload=payload, ref=ref))


async def withdraw(session: AsyncSession, ref: str) -> None:
    """Call back every message of one deed that has not been sent."""
    await session.execute(
        update(DueMessageRow)
        .where(DueMessageRow.ref == ref, DueMessageRow.state == "waiting")
        .values(state="withdrawn")
    )


async def put_off(session: AsyncSession, message_id: int, until: datetime) -> None:
    """Let a message that was taken in the running transaction wait until another moment."""
    await session.execute(
        update(DueMessageRow).where(DueMessageRow.id == message_id).values(state="waiting", due_at=until)
    )


async def take(session: AsyncSession, now: datetime, limit: int = 50) -> list[DueMessage]:
    """Messages due by `now`, marked as taken in the same transaction, oldest first."""
    rows = (
        await session.scalars(
            select(DueMessageRow)
            .where(DueMessageRow.state == "waiting", DueMessageRow.due_at <= now)
            .order_by(DueMessageRow.due_at, DueMessageRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
    for row in rows:
        row.state = "taken"
    return [DueMessage(r.id, r.citizen_id, r.due_at, r.kind, r.payload, r.ref) for r in rows]
