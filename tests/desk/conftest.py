"""A world for each test module that asks for one, and pages of a real Chromium in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio

from bot.accounts.interface import Account
from desk.access import COOKIE
from tests.browsers import browser  # noqa: F401 - a fixture
from tests.desk.world import World

Open = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An assistant with its desk, on Monday morning."""
    made = World(tmp_path_factory.mktemp("world"))
    made.start()
    yield made
    made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def opened(browser: Any, world: World) -> AsyncIterator[Open]:  # noqa: F811
    """Opens a page in a browser of its own: `page = await opened(account, "/desk")`; account None: not signed in.

    Script errors and breaches of the content security policy fail the test.
    """
    contexts, errors = [], []

    async def open_page(
        account: Account | None, path: str, width: int = 1366, height: int = 768, **options: Any
    ) -> Any:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale="ru-RU", timezone_id="Europe/Moscow", **options
        )
        contexts.append(context)
        if account is not None:
            token = world.do(world.assistant.desk.accounts.open_session(account.id))
            await context.add_cookies([{"name": COOKIE, "value": token, "url": world.url}])
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(f"pageerror: {error}"))
        page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        await page.goto(world.url + path)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert errors == []
