"""The table of one-time links; what was said before is sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class LinkRow(Base):
    """One link out of a conversation. `used_by` is the conversation it led to, `taken_by` the message that went on with it."""

    __tablename__ = "one_time_links"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    scenario: Mapped[str] = mapped_column(String(60))
    slots_sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_by: Mapped[str | None] = mapped_column(String(36), index=True)
    taken_by: Mapped[int | None]
