"""The widget as a visitor of a page sees it: the few gestures that browser tests are made of."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class WidgetPage:
    """The widget on an open page. Playwright looks into the open shadow root by itself."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.panel = page.locator("#otklik .panel")
        self.launcher = page.locator("#otklik .launcher")
        self.field = page.locator("#otklik textarea")
        self.log = page.locator("#otklik .log")

    async def open(self) -> WidgetPage:
        """Press the launcher and wait until the line stands."""
        await self.launcher.click()
        await self.online()
        return self

    async def online(self) -> None:
        """Wait until the header no longer says that there is no line."""
        await self.page.locator("#otklik .status", has_text="Помощник").wait_for(timeout=20_000)

    async def say(self, text: str) -> None:
        """Type and send."""
        await self.field.fill(text)
        await self.field.press("Enter")

    async def answer(self, text: str) -> Any:
        """Wait for a message of the robot with these words."""
        bubble = self.page.locator("#otklik .message:not(.citizen) .bubble", has_text=text).last
        await bubble.wait_for()
        return bubble

    def button(self, title: str) -> Any:
        """A button or link of the widget by its title."""
        return self.page.locator("#otklik button, #otklik a", has_text=title).last

    async def texts(self) -> list[str]:
        """What stands in the conversation, from the top."""
        found: list[str] = await self.page.locator("#otklik .messages .bubble").all_inner_texts()
        return found

    async def focused(self) -> str:
        """What has the focus inside the widget, as «tag.class» or its name."""
        return str(
            await self.page.evaluate(
                "() => { let at = document.activeElement;"
                " while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
                " if (at.tagName === 'TEXTAREA') return 'field';"
                " return at.getAttribute('aria-label') || at.className || at.id || at.tagName; }"
            )
        )

    async def violations(self) -> list[str]:
        """What axe finds wrong on the whole page, widget and all."""
        results = await Axe().run(self.page, options={"runOnly": AXE_TAGS})
        return [
            f"{v['id']}: {v['nodes'][0]['html'][:160]} {v['nodes'][0]['failureSummary']}"
            for v in results.response["violations"]
        ]

    async def sideways(self) -> int:
        """By how many pixels the page or the widget could be scrolled sideways."""
        return int(
            await self.page.evaluate(
                "() => { const root = document.querySelector('#otklik').shadowRoot;"
                " const wide = [document.scrollingElement,"
                " ...root.querySelectorAll('.panel, .log, .head, .foot')];"
                " return Math.max(...wide.map((e) => e.scrollWidth - e.clientWidth)); }"
            )
        )
