"""The widget as a visitor of a page sees it: the few gestures that browser tests are made of."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from channels.widget.page import page_router
from tests.channels.parts import CONTENT
from tests.channels.test_widget_continue import LinkedAssistant

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Site(LinkedAssistant):
    """The assistant with the chat's own page, in a network that may let no WebSocket through."""

    sockets = True
    """Whether upgrades are answered; else refused with 403, as by a proxy."""
    refused = 0
    """Upgrades refused so far."""

    def app(self) -> FastAPI:
        app = super().app()
        app.include_router(page_router(CONTENT))
        app.add_middleware(_Gate, site=self)
        return app


class _Gate:
    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not self._site.sockets:
            self._site.refused += 1
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)


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

    def bubble(self, text: str) -> Any:
        """The newest bubble of the citizen with these words."""
        return self.page.locator("#otklik .citizen .bubble", has_text=text).last

    @property
    def notice(self) -> Any:
        """The bar that tells what went wrong."""
        return self.page.locator("#otklik .notice")

    async def menu(self, *choices: str) -> WidgetPage:
        """Open the menu and press these items; it stays open."""
        await self.page.locator("#otklik .dots-button").click()
        for choice in choices:
            await self.page.locator("#otklik .item", has_text=choice).first.click()
        return self

    async def attach(self, name: str, content: bytes, media_type: str = "application/pdf") -> None:
        """Choose a file by the paper clip."""
        async with self.page.expect_file_chooser() as chooser:
            await self.page.locator("#otklik .clip").click()
        await (await chooser.value).set_files([{"name": name, "mimeType": media_type, "buffer": content}])

    async def slow_uploads(self, bytes_per_second: int = -1) -> None:
        """Make the way to the server this slow; -1: as fast as it goes."""
        line = await self.page.context.new_cdp_session(self.page)
        await line.send("Network.enable")
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
        await line.send("Network.emulateNetworkConditions", conditions)

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
        """What axe finds wrong on the whole page, widget and all, once nothing fades in any more."""
        await self.page.evaluate(
            "() => Promise.all(document.getAnimations()"
            ".filter((a) => a.effect.getComputedTiming().iterations === 1).map((a) => a.finished))"
        )
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
