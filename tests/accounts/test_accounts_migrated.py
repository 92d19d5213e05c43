"""A database made by migrations protects its audit log as one made for tests does."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.accounts.audit import Audit
from bot.store import Store, StoreAway
from bot.store.migrate import upgrade
from tests.databases import POSTGRES
from tests.services.conftest import Clock


async def _admin(statement: str) -> None:
    engine = create_async_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.skipif(not POSTGRES, reason="OTKLIK_TEST_POSTGRES is not set")),
    ]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database."""
    if request.param == "sqlite":
        made = f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}"
        upgrade(made)
        yield made
        return
    name = f"otklik_test_{uuid.uuid4().hex[:12]}"
    asyncio.run(_admin(f"CREATE DATABASE {name}"))
    made = make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    upgrade(made)
    yield made
    asyncio.run(_admin(f"DROP DATABASE {name} WITH (FORCE)"))


def test_a_migrated_log_is_append_only(url: str, clock: Clock) -> None:
    async def check() -> None:
        store = Store(url)
        audit = Audit(store, clock)
        await audit.write(None, "first")
        for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
            with pytest.raises((DBAPIError, StoreAway)):
                await _run(store, statement)
        await audit.write(None, "second")
        assert await audit.broken() is None
        assert len(await audit.page()) == 2
        await store.close()

    asyncio.run(check())


async def _run(store: Store, statement: str) -> None:
    async with store.write() as session:
        await session.execute(text(statement))
