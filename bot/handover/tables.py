"""Tables of the desk's work: who is at work, what colleagues note to each other, what has been read, and ready answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class PresenceRow(Base):
    """Whether an account takes conversations now. `status`: online, pause (`reason` says why) or offline.

    `since` is when the status began, `seen_at` when her window was last alive, `busy_until` when she was last given a talk or
    ends (ended) her last wrap-up: whoever has been idle longest is given the next one.
    """

    __tablename__ = "presences"

    operator: Mapped[str] = mapped_column(String(36), primary_key=True)
    status: Mapped[str] = mapped_column(String(10), default="offline")
    reason: Mapped[str] = mapped_column(String(60), default="")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    busy_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NoteRow(Base):
    """A word between colleagues that no citizen ever sees.

    `kind`: note, whisper (of a supervisor), task (for the robot). `text` is sealed.
    """

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_conversation", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    author: Mapped[str] = mapped_column(String(36))
    author_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10), default="note")
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReadMarkRow(Base):
    """Up to which message a reader has seen a conversation. `reader` is an account's id, or `citizen`."""

    __tablename__ = "read_marks"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    reader: Mapped[str] = mapped_column(String(36), primary_key=True)
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CannedAnswerRow(Base):
    """A ready answer with variables ({имя}, {оператор} …). `group` empty: for all groups. `files` are attachments as JSON."""

    __tablename__ = "canned_answers"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    group: Mapped[str] = mapped_column(String(40), default="", index=True)
    shortcut: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    changed_by: Mapped[str] = mapped_column(String(36))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
