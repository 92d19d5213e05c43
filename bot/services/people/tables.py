"""Tables of the way to a human: wishes for an operator, their transfers, promised calls. What was told and the phone are sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class HandoverRow(Base):
    """One wish for a human, from the moment it is uttered to the end of the talk.

    `state`: queued, taken (an operator talks), wrap_up (the talk is over, the operator writes up what came of it), closed,
    left (the citizen went back to the robot, or hung up, before anybody came), out_of_hours. The place in the queue is by
    `priority`, then by `id`. `group_since` is when it came into the queue of its present group, `taken_at` when the first
    operator came, `operator` an account's id, `wanted_operator` the only one who may take it, `transfers` how often people
    passed it on. `resolved` is what the operator says («решено с первого раза»), None: not said.
    """

    __tablename__ = "handovers"
    __table_args__ = (
        Index("ix_handovers_queue", "state", "group", "priority"),
        Index("ix_handovers_operator", "operator", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    channel: Mapped[str] = mapped_column(String(20), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(60))
    topic: Mapped[str] = mapped_column(String(60))
    group: Mapped[str] = mapped_column(String(40))
    line: Mapped[str] = mapped_column(String(40), default="", server_default="")
    language: Mapped[str] = mapped_column(String(8), default="ru", server_default="ru")
    priority: Mapped[int] = mapped_column(default=0)
    summary: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(14), default="queued")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    group_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    first_reply_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    wrap_up_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    callback_offered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    operator: Mapped[str | None] = mapped_column(String(60))
    wanted_operator: Mapped[str | None] = mapped_column(String(36))
    transfers: Mapped[int] = mapped_column(default=0, server_default="0")
    closing_topic: Mapped[str | None] = mapped_column(String(60))
    result: Mapped[str | None] = mapped_column(String(40))
    resolved: Mapped[bool | None]


class TransferRow(Base):
    """One passing on of a talk between people. `note` is sealed; an empty `to_operator` means anybody of the group."""

    __tablename__ = "transfers"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    from_operator: Mapped[str] = mapped_column(String(36))
    from_group: Mapped[str] = mapped_column(String(40))
    to_operator: Mapped[str] = mapped_column(String(36), default="")
    to_group: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CallbackRow(Base):
    """A promised call (`kind` phone) or video consultation (`kind` video).

    `state`: waiting, done (reached), failed (not reached three times), cancelled. `owner` is the account that promised to do it,
    `tries` how often nobody answered, `next_try_at` when the next try is due, `note` what came of it (sealed), `escalated_at`
    when a supervisor was told that it is late.
    """

    __tablename__ = "callbacks"
    __table_args__ = (Index("ix_callbacks_open", "state", "starts_at"),)

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    phone: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(String(60))
    group: Mapped[str] = mapped_column(String(40))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    link: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    owner: Mapped[str | None] = mapped_column(String(36))
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
