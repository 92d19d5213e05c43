"""The table of half-filled forms; the answers are sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store import Base, UtcDateTime


class FormDraftRow(Base):
    """One draft of one citizen and form."""

    __tablename__ = "form_drafts"
    __table_args__ = (UniqueConstraint("citizen_id", "form_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    citizen_id: Mapped[str] = mapped_column(String(36))
    form_id: Mapped[str] = mapped_column(String(60))
    answers_sealed: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
