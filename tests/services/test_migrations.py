"""The migrations make exactly the tables that the code works on."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.base import Base
from bot.store.migrate import upgrade
from bot.store.tables import import_all


def test_a_migrated_database_has_what_the_code_expects(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/otklik.db"
    import_all()
    upgrade(url)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return list(compare_metadata(context, Base.metadata))

    async def compare() -> list[object]:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            found = await connection.run_sync(differences)
        await engine.dispose()
        return found

    assert asyncio.run(compare()) == []


def test_messages_and_what_points_at_them_outlive_the_migration_and_no_number_is_given_twice(tmp_path: Path) -> None:
    file = tmp_path / "otklik.db"
    url = f"sqlite+aiosqlite:///{file}"
    upgrade(url, "0007")
    with sqlite3.connect(file) as old:
        old.execute("PRAGMA foreign_keys=ON")
        _fill(old, "citizens", id="anna")
        _fill(old, "conversations", id="talk", citizen_id="anna")
        for seq in (1, 2):
            _fill(old, "messages", seq=seq, conversation_id="talk", external_id=f"m{seq}")
        _fill(old, "outbox", seq=2)
        indexes = _indexes(old)
    upgrade(url)
    with sqlite3.connect(file) as new:
        assert new.execute("PRAGMA foreign_key_check").fetchall() == []
        assert _indexes(new) == indexes
        assert new.execute("SELECT seq, external_id FROM messages").fetchall() == [(1, "m1"), (2, "m2")]
        assert new.execute("SELECT seq FROM outbox").fetchall() == [(2,)]
        new.execute("DELETE FROM outbox")
        new.execute("DELETE FROM messages")
        _fill(new, "messages", conversation_id="talk", external_id="m3")
        assert new.execute("SELECT seq FROM messages").fetchall() == [(3,)]


def _fill(connection: sqlite3.Connection, table: str, **given: object) -> None:
    """A row with something in every column that must have something."""
    row = dict(given)
    for _, name, kind, needed, default, key in connection.execute(f"PRAGMA table_info({table})"):
        if needed and name not in row and default is None and not (key and kind == "INTEGER"):
            row[name] = (
                0 if kind in ("INTEGER", "BOOLEAN", "FLOAT") else "2026-11-22 10:00:00" if "TIME" in kind else ""
            )
    columns, places = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", tuple(row.values()))


def _indexes(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    query = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' ORDER BY 1, 2"
    return [(str(table), str(name)) for table, name in connection.execute(query)]
