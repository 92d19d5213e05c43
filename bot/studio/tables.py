"""Tables of the studio: trainings, publications, how the robot read what citizens wrote, and what they thought of its answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class RunRow(Base):
    """One training (`kind` train) or training with all tests (`kind` check) of an editor's draft.

    `state`: waiting, running, done, failed, cancelled, lost (the assistant was stopped meanwhile). `stage` names what is done
    now, `progress` goes from 0 to 1. `edition` is the fingerprint of the draft's files, `report` what came of it.
    """

    __tablename__ = "studio_runs"
    __table_args__ = (Index("ix_studio_runs_draft", "draft", "created_at"), Index("ix_studio_runs_state", "state"))

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    draft: Mapped[str] = mapped_column(String(36))
    edition: Mapped[str] = mapped_column(String(64), default="")
    model: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    stage: Mapped[str] = mapped_column(String(60), default="")
    progress: Mapped[float] = mapped_column(default=0.0)
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PublicationRow(Base):
    """One publication, or return to an earlier version (`kind` return).

    `state`: proposed (waits for the second person), refused, taken_back, publishing, live, past (was live before), failed.
    `version` is its commit, `parent` the one before, `changes` the difference in words.
    """

    __tablename__ = "studio_publications"
    __table_args__ = (Index("ix_studio_publications_state", "state", "created_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), default="publication")
    state: Mapped[str] = mapped_column(String(12))
    why: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(36))
    approver: Mapped[str] = mapped_column(String(36), default="")
    refusal: Mapped[str] = mapped_column(Text, default="")
    run: Mapped[str] = mapped_column(String(36), default="")
    edition: Mapped[str] = mapped_column(String(64), default="")
    model: Mapped[str] = mapped_column(String(64), default="")
    version: Mapped[str] = mapped_column(String(64), default="")
    parent: Mapped[str] = mapped_column(String(64), default="")
    changes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    live_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReadingRow(Base):
    """How the robot read one message of a citizen, by the message's number.

    `intent` with its `confidence`, and the `second` likeliest. `doubts` says why people should look at it, separated by spaces:
    unsure, misread, thumbs_down, handed_over. `meant` is what somebody said it meant. `state`: new, taught, ignored.
    """

    __tablename__ = "studio_readings"
    __table_args__ = (
        Index("ix_studio_readings_open", "state", "doubtful", "at"),
        Index("ix_studio_readings_conversation", "conversation_id", "message"),
    )

    message: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    intent: Mapped[str] = mapped_column(String(80))
    confidence: Mapped[float]
    second: Mapped[str] = mapped_column(String(80), default="")
    second_confidence: Mapped[float] = mapped_column(default=0.0)
    doubtful: Mapped[bool] = mapped_column(default=False)
    doubts: Mapped[str] = mapped_column(String(60), default="")
    meant: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(10), default="new")
    settled_by: Mapped[str] = mapped_column(String(36), default="")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class VoteRow(Base):
    """What a citizen said of one answer, by the number of the robot's message under which she said it.

    `question` is the number of her own message before it, `intent` the wish that was answered, `answer` the response or the record
    (kind/id) that the words came from, "" unknown. A later vote takes the place of the earlier one.
    """

    __tablename__ = "answer_votes"
    __table_args__ = (
        # With what is counted in it, a share over days never looks at the rows.
        Index("ix_answer_votes_at", "at", "intent", "answer", "helpful"),
        Index("ix_answer_votes_conversation", "conversation_id", "message"),
    )

    message: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    question: Mapped[int]
    intent: Mapped[str] = mapped_column(String(80))
    answer: Mapped[str] = mapped_column(String(120), default="")
    helpful: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
