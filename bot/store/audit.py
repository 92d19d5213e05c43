"""The audit log: who did what to whom, when and from where. Rows are only ever added, and each one seals the one before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, Index, String, event
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


def append_only(dialect: str) -> tuple[str, ...]:
    """Statements that make a database of this dialect refuse to change, remove or replace rows of the audit log."""
    if dialect == "sqlite":
        refuse = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        again = "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)"
        return (
            f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit {refuse}",
            f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {refuse}",
            # INSERT OR REPLACE deletes without asking the trigger above.
            f"CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit {again} {refuse}",
        )
    return (
        "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
    )


@event.listens_for(AuditRow.__table__, "after_create")
def _protect(_table: Any, connection: Connection, **_options: Any) -> None:
    for statement in append_only(connection.dialect.name):
        connection.exec_driver_sql(statement)
