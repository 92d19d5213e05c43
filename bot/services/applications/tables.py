"""Tables of applications. Proofs are kept as keyed fingerprints only, answers sealed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.store import Base, UtcDateTime


class ApplicationRow(Base):
    """One application. `key` is the caller's own, for registering once; `demo` marks invented ones."""

    __tablename__ = "applications"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    citizen_id: Mapped[str | None] = mapped_column(String(36), index=True)
    service_id: Mapped[str] = mapped_column(String(60))
    form_id: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20))
    stage_text: Mapped[str | None] = mapped_column(String(200))
    rejection_reason: Mapped[str | None] = mapped_column(Text)
    filed_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    decided_on: Mapped[date | None] = mapped_column(Date)
    surname_print: Mapped[str | None] = mapped_column(String(64))
    birth_date_print: Mapped[str | None] = mapped_column(String(64))
    code_word_print: Mapped[str | None] = mapped_column(String(64))
    answers_sealed: Mapped[str | None] = mapped_column(Text)
    demo: Mapped[bool] = mapped_column(default=False)
    history: Mapped[list[HistoryRow]] = relationship(
        order_by="HistoryRow.at, HistoryRow.id", lazy="selectin", cascade="all, delete-orphan"
    )


class HistoryRow(Base):
    """One step of an application."""

    __tablename__ = "application_history"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(20))
    stage_text: Mapped[str | None] = mapped_column(String(200))


class ProofAttemptRow(Base):
    """Wrong proofs counted for one number or one asker (`key` is a fingerprint of it) since `since`."""

    __tablename__ = "proof_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InquiryRow(Base):
    """A question to the agency. `open_for` repeats the application while it is open: one open inquiry at a time."""

    __tablename__ = "application_inquiries"

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    open_for: Mapped[int | None] = mapped_column(Integer, unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_on: Mapped[date] = mapped_column(Date)
