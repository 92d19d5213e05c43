"""A one-time link at the widget's door: who may redeem it, what is answered, and what reaches the robot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from fastapi import FastAPI

from bot.linking import GO_ON, Linking
from bot.services.continuations import Continuations
from bot.services.identity import Codes
from bot.store import journal
from bot.texts import Texts
from channels.widget.continuing import continue_router
from channels.widget.sessions import COOKIE
from tests.channels.fake_rasa import FakeRasa
from tests.channels.parts import CONTENT, Assistant
from tests.channels.widget_tab import session_cookie, tab

pytestmark = pytest.mark.asyncio(loop_scope="session")


class LinkedAssistant(Assistant):
    """The doors with the widget's end of a link."""

    late = timedelta()
    """How much later than the real time it is."""

    def app(self) -> FastAPI:
        app = super().app()
        self.links = Continuations(self.store, self.vault, self.clock, self.url)
        texts = Texts.load(CONTENT, CONTENT.parents[1] / "domain.yml")
        linking = Linking(self.links, Codes(self.store, self.vault, self.clock), texts)
        app.include_router(continue_router(self.turns, linking, self.settings))
        return app

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.late

    async def link(self, user: str = "77") -> str:
        """A token out of a conversation in Telegram."""
        async with self.store.write() as session:
            conversation = await journal.conversation_of(session, self.vault, "telegram", user, self.clock())
        return (await self.links.issue(conversation.id, "appointment_form", {"service": "passport"})).token

    async def follow(self, cookie: str, body: Any, **headers: str) -> tuple[int, dict[str, Any], Any]:
        sent = {"Origin": self.url, "Cookie": f"{COOKIE}={cookie}", "Content-Type": "application/json"} | headers
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        async with aiohttp.request(
            "POST", f"{self.url}/widget/continue", data=data, headers={k: v for k, v in sent.items() if v}
        ) as response:
            return response.status, await response.json(), response.headers


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path, rasa: FakeRasa) -> AsyncIterator[LinkedAssistant]:
    running = LinkedAssistant(tmp_path, rasa)
    await running.start()
    yield running
    await running.stop()


async def test_the_conversation_goes_on_over_an_open_line(house: LinkedAssistant, rasa: FakeRasa) -> None:
    cookie, token = await session_cookie(house), await house.link()
    async with tab(house, cookie) as here:
        await here.resume()
        assert (await house.follow(cookie, {"token": token}))[:2] == (200, {"ok": True})
        while (frame := await here.next("message"))["author"] != "robot":
            assert frame["text"] == "Продолжить здесь"
    asked = rasa.seen[-1]
    assert asked["message"] == GO_ON
    assert asked["metadata"]["channel"] == "widget"


async def test_a_repeat_by_the_same_visitor_counts_once(house: LinkedAssistant, rasa: FakeRasa) -> None:
    cookie, token = await session_cookie(house), await house.link()
    for _ in range(3):
        assert (await house.follow(cookie, {"token": token}))[0] == 200
    async with tab(house, cookie) as here:
        said = await here.resume()
        said += [] if any(m["author"] == "robot" for m in said) else [await here.next("message")]
    assert [m["author"] for m in said] == ["citizen", "robot"]


async def test_another_visitor_is_told_that_it_was_used(house: LinkedAssistant) -> None:
    token = await house.link()
    cookies = [await session_cookie(house) for _ in range(5)]
    answers = await asyncio.gather(*(house.follow(c, {"token": token}) for c in cookies))
    assert sorted(status for status, _, _ in answers) == [200, 410, 410, 410, 410]
    assert all("одноразовая" in body["text"] for status, body, _ in answers if status == 410)


async def test_a_late_visitor_is_told_how_to_get_another_link(house: LinkedAssistant) -> None:
    cookie, token = await session_cookie(house), await house.link()
    house.late = timedelta(minutes=16)
    status, body, _ = await house.follow(cookie, {"token": token})
    assert status == 410
    assert "15 минут" in body["text"]


@pytest.mark.parametrize(
    "body",
    [
        {"token": "A" * 59}, {"token": "short"}, {"token": 5}, {}, [], "not json", b"\xff\xfe", {"token": "ж" * 59},
        {"token": "A" * 401}, {"token": "../../" * 10},
    ],
)  # fmt: skip
async def test_what_is_no_link_is_refused_kindly(house: LinkedAssistant, body: Any) -> None:
    status, answer, headers = await house.follow(await session_cookie(house), body)
    assert status == 410
    assert "не подходит" in answer["text"]
    assert headers["Cache-Control"] == "no-store"


async def test_strangers_are_refused(house: LinkedAssistant) -> None:
    cookie, token = await session_cookie(house), await house.link()
    assert (await house.follow(cookie, {"token": token}, Origin="https://evil.example"))[0] == 403
    assert (await house.follow(cookie, {"token": token}, Origin=""))[0] == 403
    assert (await house.follow("forged", {"token": token}))[0] == 401
    assert (await house.follow(cookie, {"token": token, "x": "y" * 5000}))[0] == 413
    status, _, headers = await house.follow(cookie, {"token": token}, Origin="https://ok.example")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "https://ok.example")


async def test_guessing_is_slowed_down(house: LinkedAssistant) -> None:
    cookie = await session_cookie(house)
    for _ in range(10):
        assert (await house.follow(cookie, {"token": "A" * 59}))[0] == 410
    status, body, headers = await house.follow(cookie, {"token": await house.link()})
    assert status == 429
    assert body["text"] and int(headers["Retry-After"]) > 0


async def test_a_get_consumes_nothing(house: LinkedAssistant) -> None:
    cookie, token = await session_cookie(house), await house.link()
    async with aiohttp.request("GET", f"{house.url}/widget/continue", params={"token": token}) as response:
        assert response.status in (404, 405)
    assert (await house.follow(cookie, {"token": token}))[0] == 200
