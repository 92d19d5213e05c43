"""Tables of citizens, their conversations and every message in them. What people wrote is sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class CitizenRow(Base):
    """A person. `profile` is a sealed JSON object: name, phone, birth_date, segment and the like."""

    __tablename__ = "citizens"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    profile: Mapped[str] = mapped_column(Text)


class ConversationRow(Base):
    """One citizen in one channel, and who answers now.

    `expected` is the slot the robot has just asked for, `buttons` the choices it has just offered, `mood` the recent
    emotions, newest last, `offered_by` the number of the citizen's message whose answer offered the buttons, `blocked_at`
    since when the citizen does not want to hear from us.
    """

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "user"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    citizen_id: Mapped[str] = mapped_column(ForeignKey("citizens.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    user: Mapped[str] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(10), default="robot")
    expected: Mapped[str | None] = mapped_column(String(60))
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    mood: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    persona: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    offered_by: Mapped[int] = mapped_column(default=0, server_default="0")
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MessageRow(Base):
    """One message. `seq` grows over the whole database, so a client can ask for what came after the last one it saw.

    The number of a deleted message is never given again: pages and memories know messages by it.

    `state` of a citizen's message: `pending` until its turn is over, then `done`. `body` is a sealed JSON object.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "external_id"),
        # With author and time in it, lists of the desk count unread messages without looking at the messages themselves.
        Index("ix_messages_recent", "conversation_id", "seq", "author", "at"),
        Index("ix_messages_state", "state", "conversation_id"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    author: Mapped[str] = mapped_column(String(10))
    external_id: Mapped[str] = mapped_column(String(120))
    reply_to: Mapped[int | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10), default="done")
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
