"""Rasa's own record of conversations, in the clear: deleted with the conversation it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Float, MetaData, String, Table, delete, func, inspect, make_url, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.privacy.scrub import empty_journal

EVENTS = Table("events", MetaData(), Column("sender_id", String), Column("timestamp", Float))
"""What we need of the table of Rasa's SQL tracker store."""
BATCH = 200
DRIVERS = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}


class Trackers:
    """The tracker store named by `OTKLIK_RASA_DB`: an SQLite file or an SQLAlchemy URL. A store that is not there yet is empty.

    Raises SQLAlchemyError when it cannot be reached.
    """

    def __init__(self, where: str) -> None:
        url = make_url(where if "://" in where else f"sqlite:///{where}")
        self._file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
        self._url = url.set(drivername=DRIVERS.get(url.get_backend_name(), url.drivername))

    async def delete(self, senders: Sequence[str]) -> int:
        """Forget conversations; how many events there were of them. Their pages are overwritten on SQLite."""
        if not senders or not self._is_there():
            return 0
        engine = self._engine()
        gone = 0
        try:
            for start in range(0, len(senders), BATCH):
                async with engine.begin() as connection:
                    if self._file is not None:
                        await connection.execute(text("PRAGMA secure_delete=ON"))
                    if await _known(connection):
                        some = senders[start : start + BATCH]
                        gone += (await connection.execute(delete(EVENTS).where(EVENTS.c.sender_id.in_(some)))).rowcount
            if self._file is not None and gone:
                await empty_journal(engine)
        finally:
            await engine.dispose()
        return gone

    async def silent_since(self, moment: datetime) -> list[str]:
        """Conversations in which nothing has happened since."""
        if not self._is_there():
            return []
        engine = self._engine()
        try:
            async with engine.connect() as connection:
                if not await _known(connection):
                    return []
                latest = func.max(EVENTS.c.timestamp)
                query = select(EVENTS.c.sender_id).group_by(EVENTS.c.sender_id).having(latest < moment.timestamp())
                return list(await connection.scalars(query))
        finally:
            await engine.dispose()

    def _is_there(self) -> bool:
        return self._file is None or self._file.is_file()

    def _engine(self) -> AsyncEngine:
        return create_async_engine(self._url, connect_args={"timeout": 30})


async def _known(connection: AsyncConnection) -> bool:
    def look(sync: Connection) -> bool:
        return inspect(sync).has_table(EVENTS.name)

    return await connection.run_sync(look)
