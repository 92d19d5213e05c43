"""Tables of the way to a human: wishes for an operator, and promised calls. What was told and the phone are sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class HandoverRow(Base):
    """One wish for a human. `state`: queued, taken, closed, left (the citizen went back to the robot), out_of_hours."""

    __tablename__ = "handovers"
    __table_args__ = (Index("ix_handovers_queue", "state", "group", "priority"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    citizen_id: Mapped[str] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(String(60))
    topic: Mapped[str] = mapped_column(String(60))
    group: Mapped[str] = mapped_column(String(40))
    priority: Mapped[int] = mapped_column(default=0)
    summary: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(14), default="queued")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    operator: Mapped[str | None] = mapped_column(String(60))


class CallbackRow(Base):
    """A promised call (`kind` phone) or video consultation (`kind` video). `state`: waiting, done, failed, cancelled."""

    __tablename__ = "callbacks"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    phone: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(String(60))
    group: Mapped[str] = mapped_column(String(40))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    link: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
