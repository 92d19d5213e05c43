"""What every page of the desk has to be, whoever looks: readable by everybody, and inside its window."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe

from tests.channels.widget_page import AXE_TAGS


async def violations(page: Any) -> list[str]:
    """What axe finds wrong on the page."""
    results = await Axe().run(page, options={"runOnly": AXE_TAGS})
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:160]} {v['nodes'][0]['failureSummary']}"
        for v in results.response["violations"]
    ]


async def sideways(page: Any) -> int:
    """By how many pixels the page itself could be scrolled sideways."""
    return int(await page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"))
