"""Tables of the codes by which one person is recognised in two channels; a code is kept as its keyed fingerprint."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class LinkCodeRow(Base):
    """One code, shown in `conversation_id`. `used_by` is the conversation in which it was written."""

    __tablename__ = "link_codes"

    code_print: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_by: Mapped[str | None] = mapped_column(String(36))


class CodeAttemptRow(Base):
    """Wrong codes of one conversation (`key`), or of everybody, since `since`."""

    __tablename__ = "link_code_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
