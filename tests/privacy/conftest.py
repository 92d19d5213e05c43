"""A database (SQLite, and PostgreSQL where there is one) with the care for citizens' data over it, and a movable clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.privacy import RecordedCalls
from bot.accounts.audit import Audit
from bot.privacy.privacy import Privacy
from bot.privacy.rules import RetentionRules
from bot.privacy.trackers import Trackers
from bot.store import Base, Store, Vault
from bot.store.keys import Ring
from bot.store.tables import import_all
from channels.files import FileStore
from tests.databases import POSTGRES, postgres_url  # noqa: F401 - a fixture
from tests.privacy.life import Life

import_all()
RULES = Path(__file__).parents[2] / "bot" / "content" / "retention.yml"


class Clock:
    """A clock that stands still until told."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


class House:
    """Everything that holds data, in one folder."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.vault = Vault(Ring.new())
        self.clock = Clock(datetime(2026, 11, 16, 8, 0, tzinfo=UTC))
        self.audit = Audit(store, self.clock)
        self.files = FileStore(folder / "files", self.vault)
        self.recordings = folder / "recordings"
        self.sounds = RecordedCalls(self.recordings, self.vault)
        self.rasa = folder / "rasa.db"
        self.life = Life(store, self.vault, self.files, self.recordings, self.rasa)
        self.rules(30)

    def rules(self, days: int) -> None:
        """Begin anew with another number of days."""
        rules = RetentionRules.load(RULES, days)
        self.privacy = Privacy(
            self.store, self.vault, self.clock, self.audit, rules, self.files, self.sounds, Trackers(str(self.rasa)),
            ZoneInfo("Europe/Moscow"),
        )  # fmt: skip

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table."""
        async with self.store.read() as session:
            return [dict(row) for row in (await session.execute(Base.metadata.tables[table].select())).mappings()]

    async def trackers(self) -> set[str]:
        """Whose conversations Rasa remembers."""
        engine = create_async_engine(f"sqlite+aiosqlite:///{self.rasa}")
        async with engine.connect() as connection:
            found = set(await connection.scalars(text("SELECT DISTINCT sender_id FROM events")))
        await engine.dispose()
        return found


@pytest_asyncio.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.skipif(not POSTGRES, reason="OTKLIK_TEST_POSTGRES is not set")),
    ]
)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A new, empty house."""
    if request.param == "sqlite":
        store = Store(f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}")
        await store.create_all()
    else:
        store = Store(request.getfixturevalue("postgres_url"))
        async with store.write() as session:
            names = ", ".join(table.name for table in Base.metadata.sorted_tables)
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            await session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    made = House(store, tmp_path)
    yield made
    made.life.rasa.close()
    await store.close()
