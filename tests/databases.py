"""A PostgreSQL database of this test run, where `OTKLIK_TEST_POSTGRES` names a server (`./otklik test` starts one)."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import Store

POSTGRES = os.environ.get("OTKLIK_TEST_POSTGRES", "")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of this test run with all tables, dropped afterwards."""
    url = make_url(POSTGRES).set(database=f"otklik_test_{uuid.uuid4().hex[:12]}")

    async def admin(statement: str) -> None:
        engine = create_async_engine(POSTGRES, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    async def begin() -> str:
        await admin(f"CREATE DATABASE {url.database}")
        ready = url.render_as_string(hide_password=False)
        store = Store(ready)
        await store.create_all()
        await store.close()
        return ready

    # A loop of its own in a thread of its own: the loops of the tests live for one test each.
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(asyncio.run, begin()).result()
        thread.submit(asyncio.run, admin(f"DROP DATABASE {url.database} WITH (FORCE)")).result()
