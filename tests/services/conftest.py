"""Parts the service tests build on: databases (PostgreSQL when OTKLIK_TEST_POSTGRES is set), a clock, content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from cryptography.fernet import Fernet
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.applications.glossary import Glossary
from bot.services.applications.sql import SqlApplications
from bot.services.applications.wording import Wording
from bot.services.appointments.reminders import Reminders
from bot.services.appointments.schedule import Schedule
from bot.services.appointments.sql import SqlAppointments
from bot.services.production_calendar import ProductionCalendar
from bot.store import Base, Store, Vault
from bot.store.due import DueMessageRow
from bot.store.events import EventRow
from tests.databases import POSTGRES, postgres_url  # noqa: F401 - a fixture

CONTENT = Path(__file__).parents[2] / "bot" / "content"


class Clock:
    """A clock that stands still until told."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> Clock:
    """Monday 16 November 2026, 11:00 in Moscow."""
    return Clock(datetime(2026, 11, 16, 8, 0, tzinfo=UTC))


@pytest.fixture
def vault() -> Vault:
    return Vault(Fernet.generate_key())


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.skipif(not POSTGRES, reason="OTKLIK_TEST_POSTGRES is not set")),
    ]
)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty database with all tables."""
    if request.param == "sqlite":
        store = Store(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
        await store.create_all()
        yield store
        await store.close()
        return
    store = Store(request.getfixturevalue("postgres_url"))
    async with store.write() as session:
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        # The audit log lets nobody empty it, not even its owner.
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield store
    await store.close()


WEEK = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CENTRES: dict[str, Any] = {
    "centres": [
        {"id": "lenina", "title": "Центр на Ленина", "address": "улица Ленина, 1", "hours": WEEK, "windows": 5},
        {
            "id": "east",
            "title": "Восточный центр",
            "address": "улица Мира, 2",
            "timezone": "Asia/Vladivostok",
            "hours": {"mon": [["09:00", "10:00"]], "sat": [["09:00", "10:00"]]},
            "windows": 1,
        },
    ],
    "closed_dates": ["2026-11-20"],
    "special_hours": [{"date": "2026-11-19", "centres": ["lenina"], "hours": [["10:00", "11:00"]]}],
}
SERVICES: dict[str, Any] = {
    "services": [
        {"id": "passport", "title": "Паспорт", "minutes": 15, "at_centre": True, "appointment": "possible"},
        {"id": "land", "title": "Участок", "minutes": 40, "at_centre": True, "appointment": "required"},
        {"id": "online", "title": "Только на портале", "minutes": 15, "at_centre": False, "appointment": "no"},
    ]
}
REMINDERS = {
    "reminders": [
        {"hours": 24, "text": "Завтра, {day}, в {time}: {service}, {centre}, {address}, {number}"},
        {"hours": 2, "text": "Через два часа, в {time}: {number}"},
    ]
}


@pytest.fixture
def schedule() -> Schedule:
    return Schedule.from_content(
        CENTRES, SERVICES, {"region": {"timezone": "Europe/Moscow"}}, {"reasons": {"holiday": "праздник: {title}"}}
    )


@pytest.fixture
def appointments(store: Store, vault: Vault, clock: Clock, schedule: Schedule) -> SqlAppointments:
    return SqlAppointments(store, vault, clock, schedule, Reminders(REMINDERS, schedule))


async def due_texts(store: Store, state: str = "waiting") -> list[str]:
    async with store.read() as session:
        rows = await session.scalars(
            select(DueMessageRow).where(DueMessageRow.state == state).order_by(DueMessageRow.due_at)
        )
        return [row.payload["text"] for row in rows]


async def event_names(store: Store) -> list[str]:
    async with store.read() as session:
        return list(await session.scalars(select(EventRow.name).order_by(EventRow.id)))


@pytest.fixture
def glossary() -> Glossary:
    return Glossary(yaml.safe_load((CONTENT / "glossary.yml").read_text("utf-8")))


@pytest.fixture
def wording(glossary: Glossary) -> Wording:
    return Wording(yaml.safe_load((CONTENT / "applications.yml").read_text("utf-8")), glossary)


@pytest.fixture
def notified() -> set[str]:
    """Citizens who consented to notifications."""
    return set()


@pytest.fixture
def applications(store: Store, vault: Vault, clock: Clock, wording: Wording, notified: set[str]) -> SqlApplications:
    async def may_notify(_session: AsyncSession, citizen_id: str) -> bool:
        return citizen_id in notified

    return SqlApplications(store, vault, clock, wording, ProductionCalendar(), ZoneInfo("Europe/Moscow"), may_notify)
