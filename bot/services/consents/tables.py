"""Tables of consents: acts are only ever added, the newest of one citizen, purpose and scope is in force."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store import Base, UtcDateTime


class ConsentRow(Base):
    """One act. The proof (with the network address) is sealed; `scope` is empty for the whole purpose."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_citizen_id_purpose", "citizen_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    citizen_id: Mapped[str] = mapped_column(String(36))
    purpose: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(60), default="")
    given: Mapped[bool]
    text_version: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    channel: Mapped[str] = mapped_column(String(20))
    proof_sealed: Mapped[str] = mapped_column(Text)


class DeletionRequestRow(Base):
    """A request to delete data. `open_for` repeats the citizen while it is open: one open request at a time."""

    __tablename__ = "deletion_requests"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    open_for: Mapped[str | None] = mapped_column(String(36), unique=True)
    channel: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
