"""The table of ratings; the comment is sealed, for people write names and numbers into it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class RatingRow(Base):
    """One citizen's opinion of one thing: `ref` is a deed's number, or empty for the conversation as a whole."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("conversation_id", "ref"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    ref: Mapped[str] = mapped_column(String(80), default="")
    answered_by: Mapped[str] = mapped_column(String(10))
    satisfaction: Mapped[int | None]
    ease: Mapped[int | None]
    nps: Mapped[int | None]
    comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
