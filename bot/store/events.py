"""Named facts about conversations and citizens; timelines and every figure are computed from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class EventRow(Base):
    """One fact: what happened (`name`), to whom, when. `data` holds no personal data in the clear."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_citizen", "citizen_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(60), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    citizen_id: Mapped[str | None] = mapped_column(String(36))
    conversation_id: Mapped[str | None] = mapped_column(String(36), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    session: AsyncSession,
    name: str,
    at: datetime,
    *,
    citizen_id: str | None = None,
    conversation_id: str | None = None,
    **data: Any,
) -> None:
    """Add a fact to the running transaction, so that it is stored exactly when its deed is."""
    session.add(EventRow(name=name, at=at, citizen_id=citizen_id, conversation_id=conversation_id, data=data))
