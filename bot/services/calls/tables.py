"""Tables of telephone calls and of those the robot is to make. Numbers and texts are sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class CallRow(Base):
    """One leg of a call.

    `state`: registered, open, ended, refused (no room) or expired (no audio came). `user` is the conversation's name in
    channel `phone`, a fingerprint of the number. `linked_id` is the PBX's name of the whole call, the same through all
    transfers; `transfers` counts them up to and with the end of this leg. `caller` is the sealed number, None when withheld.
    """

    __tablename__ = "calls"
    __table_args__ = (Index("ix_calls_state", "state", "expires_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    direction: Mapped[str] = mapped_column(String(3))
    line: Mapped[str] = mapped_column(String(40))
    dialled: Mapped[str] = mapped_column(String(20))
    caller: Mapped[str | None] = mapped_column(Text)
    user: Mapped[str] = mapped_column(String(200), index=True)
    linked_id: Mapped[str] = mapped_column(String(80), index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(36), index=True)
    citizen_id: Mapped[str | None] = mapped_column(String(36), index=True)
    purpose: Mapped[str | None] = mapped_column(String(20))
    outgoing_id: Mapped[int | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(40))
    after_kind: Mapped[str | None] = mapped_column(String(10))
    after_target: Mapped[str] = mapped_column(String(40), default="")
    after_group: Mapped[str] = mapped_column(String(40), default="")
    transfers: Mapped[int] = mapped_column(default=0)
    rating: Mapped[int | None]
    recording: Mapped[str | None] = mapped_column(String(200))
    recording_delete_after: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class OutgoingCallRow(Base):
    """A call to be made. `text` is sealed, `answers` are the choices on offer (title and payload), without personal data.

    `state`: waiting, dialling, answered (somebody picked up), done (it was said), failed (all tries over), cancelled or
    expired (the matter is over). `tries` counts dials. `key` keeps the same call from being planned twice, `ref` names the
    matter (an appointment's number), `until` is when the matter is over, `taken_at` when the present try began.
    """

    __tablename__ = "outgoing_calls"
    __table_args__ = (Index("ix_outgoing_calls_state", "state", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    phone: Mapped[str] = mapped_column(Text)
    line: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    ref: Mapped[str] = mapped_column(String(80), default="", index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    outcome: Mapped[str | None] = mapped_column(String(40))
    consent_ref: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
