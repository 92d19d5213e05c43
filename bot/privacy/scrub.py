"""Takes what was deleted out of the database file as well: SQLite only marks pages as free unless it is told otherwise."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store import Store

WAIT_MS = 100
USUAL_WAIT_MS = 30_000


async def scrub(store: Store) -> None:
    """Empty the journal of an SQLite database, unless somebody is reading; then the next time does it.

    PostgreSQL frees the space itself (autovacuum). Everything a person wrote is sealed anyhow.
    """
    if store.is_sqlite:
        await empty_journal(store.engine)


async def empty_journal(engine: AsyncEngine) -> None:
    """Move an SQLite journal into the database file and cut it to nothing."""
    with suppress(SQLAlchemyError):
        async with engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.execute(f"PRAGMA busy_timeout={WAIT_MS}")
            try:
                cursor = await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                await cursor.close()
            finally:
                await raw.execute(f"PRAGMA busy_timeout={USUAL_WAIT_MS}")
