"""The audit log: who did what to whom, when and from where. Rows are only ever added, and each one seals the one before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime


class AuditRow(Base):
    """One deed. `actor` is an account's id or `system`; `digest` chains the rows, so that a removed or changed one is noticed.

    `data` holds no personal data in the clear.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_citizen", "citizen_id", "id"), Index("ix_audit_actor", "actor", "id"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(36))
    actor_name: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(120), default="")
    citizen_id: Mapped[str | None] = mapped_column(String(36))
    ip: Mapped[str] = mapped_column(String(45), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    digest: Mapped[str] = mapped_column(String(64))
