"""Fixtures for the tests of the doors: a Rasa that answers over HTTP, the assistant on a free port, a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.store import Base, Store
from tests.browsers import browser  # noqa: F401 - a fixture
from tests.channels.drivers import row
from tests.channels.fake_rasa import FakeRasa
from tests.channels.parts import Assistant
from tests.databases import POSTGRES, postgres_url  # noqa: F401 - a fixture


@pytest_asyncio.fixture(loop_scope="session")
async def rasa() -> AsyncIterator[FakeRasa]:
    """A Rasa that answers from a script."""
    server = FakeRasa()
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def assistant(tmp_path: Path, rasa: FakeRasa) -> AsyncIterator[Assistant]:
    """The doors, listening."""
    running = Assistant(tmp_path, rasa)
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Any, assistant: Assistant) -> AsyncIterator[Any]:  # noqa: F811
    """Opens the demo page as a new visitor: `page = await visit(360, 740)`. Script errors fail the test."""
    contexts, errors = [], []

    async def open_page(width: int = 1280, height: int = 800, path: str = "/demo", **options: Any) -> Any:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale="ru-RU", timezone_id="Europe/Moscow", **options
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(f"pageerror: {error}"))
        page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        await page.goto(assistant.url + path)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert errors == []


@pytest_asyncio.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.skipif(not POSTGRES, reason="OTKLIK_TEST_POSTGRES is not set")),
    ]
)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/doors.db"
    url = str(request.getfixturevalue("postgres_url"))
    store = Store(url)
    async with store.write() as session:
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        # The audit log lets nobody empty it, not even its owner.
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    await store.close()
    return url


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A channel is not asked for rows of the abuse list that it cannot have; `absent.json` says why, and a test reads it."""
    left = [item for item in items if not _impossible(item)]
    config.hook.pytest_deselected(items=[item for item in items if _impossible(item)])
    items[:] = left


def _impossible(item: pytest.Item) -> bool:
    params = getattr(getattr(item, "callspec", None), "params", {})
    marker = item.get_closest_marker("row")
    names = [*(marker.args if marker else ()), *([params["name"]] if "live" in params and "name" in params else [])]
    return "live" in params and any(row(params["live"], name) is None for name in names)
