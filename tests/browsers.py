"""A real Chromium for tests of pages."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium_path() -> str | None:
    """Debian's Chromium, or another one on the path."""
    return next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Any]:
    """A real Chromium, one for all tests; without one the tests are skipped with a word of why."""
    playwright = pytest.importorskip(
        "playwright.async_api", reason="playwright не установлен: проверки в браузере пропущены"
    )
    path = chromium_path()
    if path is None:
        pytest.skip("нет Chromium (apt-get install chromium): проверки в браузере пропущены")
    async with playwright.async_playwright() as engine:
        chromium = await engine.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield chromium
        await chromium.close()
