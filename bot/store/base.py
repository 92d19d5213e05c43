"""The database engine and its sessions: one short write transaction at a time on SQLite, ordinary ones on PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import AsyncAdaptedQueuePool, DateTime, MetaData, TypeDecorator, event
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from bot.store import sqlite_trips

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


READERS = 12
"""Connections to SQLite that are kept for reading at once, and as many for writing."""


TRUSTED_FOR = 5.0
"""Seconds a connection to PostgreSQL may rest before it is asked whether it still stands; one that was cut says so itself."""


class StoreAway(SQLAlchemyError):
    """The database cannot be reached, or was lost in the middle: nobody knows whether the last transaction happened.

    So whoever tries again must find out first, or write in a way that does no harm twice.
    """


_LOST = ("57P01", "57P02", "57P03", "08")
"""PostgreSQL's states (or their beginnings) of a server that shuts down, has crashed, starts up, or cut the connection."""


@contextmanager
def _as_away() -> Iterator[None]:
    """Turn the many faces of a lost database into one."""
    try:
        yield
    except (OperationalError, InterfaceError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StoreAway(type(error).__name__) from error
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if error.connection_invalidated or state.startswith(_LOST):
            raise StoreAway(type(error).__name__) from error
        raise


def _watch_connections(engine: AsyncEngine) -> None:
    """Give nobody a connection to PostgreSQL that is known to be cut, or that rested long and does not answer.

    The pool's own `pre_ping` asks the server three times before every transaction, more than many pages ask of it themselves.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def _checkin(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def _checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        now = time.monotonic()
        if now - record.info.get("rests_since", now) > TRUSTED_FOR:
            try:
                connection.ping()
            except (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise InvalidatePoolError from error


class Base(DeclarativeBase):
    """The parent of every table; its metadata is what Alembic compares with the database."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. A naive datetime is refused: nobody would know whose hours it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Store:
    """Sessions on one database.

    `url` is an SQLAlchemy async URL: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        self._write_engine = self._engine(immediate=True)
        self._read_engine = self._engine(immediate=False) if self.is_sqlite else self._write_engine
        self._write = async_sessionmaker(self._write_engine, expire_on_commit=False)
        self._read = async_sessionmaker(self._read_engine, expire_on_commit=False)

    @property
    def engine(self) -> AsyncEngine:
        """The engine that may write; migrations and tests use it."""
        return self._write_engine

    def _engine(self, *, immediate: bool) -> AsyncEngine:
        if not self.is_sqlite:
            engine = create_async_engine(self.url, pool_size=10, hide_parameters=True)
            _watch_connections(engine)
            return engine
        path = make_url(self.url).database or ":memory:"
        engine = create_async_engine(
            self.url, async_creator=lambda: sqlite_trips.connection(path, timeout=30), hide_parameters=True,
            poolclass=AsyncAdaptedQueuePool, pool_size=READERS,
        )  # fmt: skip

        @event.listens_for(engine.sync_engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            # The driver must not open transactions by itself, else BEGIN IMMEDIATE below comes too late.
            connection.isolation_level = None
            cursor = connection.cursor()
            # secure_delete: what was deleted is overwritten in the file, too.
            pragmas = (
                "journal_mode=WAL",
                "synchronous=NORMAL",
                "foreign_keys=ON",
                "secure_delete=ON",
                "busy_timeout=30000",
            )
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Any) -> None:
            # A deferred transaction that reads first and writes later fails with "database is locked" under load.
            connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

        return engine

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One transaction that is committed at the end of the block and rolled back when the block raises. Raises StoreAway."""
        with _as_away():
            async with self._turn(), self._write() as session, session.begin():
                yield session

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """On SQLite, the turn of one writer after the other, in the order they came.

        SQLite itself lets waiting writers look again and again, and whoever comes late may be first for seconds.
        """
        if not self.is_sqlite:
            yield
            return
        loop = asyncio.get_running_loop()
        lock = self._turns.get(loop)
        if lock is None:
            self._turns[loop] = lock = asyncio.Lock()
        async with lock:
            yield

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading only; on SQLite it does not wait for writers. Raises StoreAway."""
        with _as_away():
            async with self._read() as session:
                yield session

    async def create_all(self) -> None:
        """Make every table at once, for tests; a real database is made by Alembic (`bot.store.migrate`)."""
        async with self._write_engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def close(self) -> None:
        """Give back all connections."""
        await self._write_engine.dispose()
        if self._read_engine is not self._write_engine:
            await self._read_engine.dispose()
