"""SQLite with one trip to the connection's thread for each statement, where the driver makes four.

A trip costs more than most statements: it wakes two threads, and each waits for the other to let go of the interpreter.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import aiosqlite

AHEAD = 1000
"""Rows that come back with the statement itself; what is longer is fetched as the driver does it."""
CHUNK = 64


class FewTrips(aiosqlite.Connection):
    """The driver's connection, with cursors that need one trip a statement, and none to begin or to end what was not begun."""

    _begun = False

    def cursor(self) -> Any:
        """A cursor, without a trip: making one touches no file."""
        return _Cursor(self, self._conn.cursor())

    def begins(self, sql: str) -> bool:
        """Whether a statement begins a transaction. Noted before it runs: it may run although nobody awaits it any more."""
        begins = sql.startswith("BEGIN")
        self._begun |= begins
        return begins

    async def commit(self) -> None:
        """Commit, if a transaction was begun."""
        if self._begun:
            await super().commit()
            self._begun = False

    async def rollback(self) -> None:
        """Roll back, if a transaction was begun."""
        if self._begun:
            await super().rollback()
            self._begun = False


def connection(path: str, **options: Any) -> FewTrips:
    """A connection to await, as `create_async_engine(async_creator=…)` wants it."""
    # The loop's thread makes cursors and looks at them, while statements run in the connection's own.
    made = FewTrips(lambda: sqlite3.connect(path, check_same_thread=False, **options), CHUNK)
    made._thread.daemon = True  # as SQLAlchemy does it for the driver's own
    return made


class _Cursor(aiosqlite.Cursor):
    """Runs a statement and brings its first rows back at once."""

    def __init__(self, conn: FewTrips, cursor: sqlite3.Cursor) -> None:
        super().__init__(conn, cursor)
        self._trips = conn
        self._first: list[Any] = []
        self._at_rest = True

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> _Cursor:
        """Run one statement."""
        if self._trips.begins(sql) and sql == "BEGIN":
            self._cursor.execute(sql)  # no lock is taken before the first statement
        else:
            self._first = await self._execute(self._run, sql, parameters or ())
        return self

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self._at_rest = False
        found = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        self._at_rest = True
        return found

    def _run(self, sql: str, parameters: Any) -> list[Any]:
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchmany(AHEAD) if self._cursor.description else []

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        first, self._first = self._first, []
        return first if len(first) < AHEAD else [*first, *await super().fetchall()]

    async def fetchmany(self, size: int | None = None) -> Iterable[Any]:
        """The next rows, none at the end."""
        if not self._first:
            return await super().fetchmany(size)
        size = size or self.arraysize
        some, self._first = self._first[:size], self._first[size:]
        return some

    async def fetchone(self) -> Any:
        """The next row, None at the end."""
        return self._first.pop(0) if self._first else await super().fetchone()

    async def close(self) -> None:
        """Let the cursor go, without a trip when its statement is over; one that nobody awaits any more may still run."""
        if self._at_rest:
            self._cursor.close()
        else:
            await super().close()
