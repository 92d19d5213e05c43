"""Tables of tickets and incidents. What citizens wrote is sealed; places are compared by keyed fingerprints."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class TicketRow(Base):
    """One ticket. `body` seals text, address, details, attachments, contact; `meaning` the sentence vector.

    `owner` is the account that works on it, `escalated_at` when a supervisor was told that it is late or stuck.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_topic_state", "topic_head", "state", "created_at"),
        Index("ix_tickets_state_due", "state", "due_on"),
    )

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    citizen_id: Mapped[str | None] = mapped_column(String(36), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(60))
    topic_head: Mapped[str] = mapped_column(String(40))
    group: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(12), default="registered")
    note: Mapped[str | None] = mapped_column(Text)
    anonymous: Mapped[bool]
    surname_print: Mapped[str | None] = mapped_column(String(64))
    code_print: Mapped[str | None] = mapped_column(String(64))
    street_print: Mapped[str | None] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    meaning: Mapped[str | None] = mapped_column(Text)
    linked: Mapped[list[str]] = mapped_column(JSON, default=list)
    owner: Mapped[str | None] = mapped_column(String(36))
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    filed_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IncidentRow(Base):
    """A known failure. `source` is `content` for demonstration ones, whose times are renewed, else who wrote it."""

    __tablename__ = "incidents"

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    streets: Mapped[list[str]] = mapped_column(JSON, default=list)
    districts: Mapped[list[str]] = mapped_column(JSON, default=list)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    forecast_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    reason: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(20), default="content")


class IncidentSubscriptionRow(Base):
    """A citizen who wants to hear when an incident is over."""

    __tablename__ = "incident_subscriptions"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    citizen_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
