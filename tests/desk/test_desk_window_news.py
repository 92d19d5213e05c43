"""The stream of news: each window hears what its account may know, lives while it is open, and shows who looks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from bot.accounts.interface import Account
from bot.handover.bulletin import News
from desk.access import COOKIE
from tests.desk.world import Citizen, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Stream:
    """An open event stream."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next event but signs of life: its kind and its content."""
        kind = ""
        async with asyncio.timeout(10):
            async for text in self._lines:
                if text.startswith("event: "):
                    kind = text[7:]
                elif text.startswith("data: ") and kind != "alive":
                    return kind, json.loads(text[6:])
        raise AssertionError("the stream has ended")

    async def until(self, kind: str, conversation: str = "") -> dict[str, Any]:
        """The next event of a kind (and conversation)."""
        while True:
            found, content = await self.next()
            if found == kind and conversation in ("", content.get("conversation")):
                return content


@asynccontextmanager
async def listening(world: World, account: Account, query: str = "") -> AsyncIterator[Stream]:
    token = await asyncio.to_thread(lambda: world.do(world.assistant.desk.accounts.open_session(account.id)))
    async with (
        httpx.AsyncClient(base_url=world.url, cookies={COOKIE: token}, timeout=20) as client,
        client.stream("GET", f"/desk/events{query}") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = Stream(answer.aiter_lines())
        await stream.until("hello")
        yield stream


def post(world: World, *news: News) -> None:
    async def tell() -> None:
        for one in news:
            world.assistant.desk.parts.bulletin.post(one)

    world.do(tell())


def waiting(world: World) -> Citizen:
    citizen = world.citizen()
    citizen.say("Помогите")
    citizen.call_human("crisis", priority=100)
    return citizen


async def test_a_window_hears_of_its_own_groups_and_talks_only(world: World) -> None:
    citizen = await asyncio.to_thread(waiting, world)
    anna, stranger = world.account("Анна", groups=("crisis",)), world.account("Чужая", groups=("health",))
    last = News("notice", data={"end": True})
    async with listening(world, anna) as hers, listening(world, stranger) as foreign:
        secret = [
            News(kind, citizen.conversation, data={"n": n})
            for n, kind in enumerate(("message", "typing", "read", "note"))
        ]  # type: ignore[arg-type]
        post(
            world,
            *secret,
            News("queue", group="crisis"),
            News("mine", operator=anna.id),
            News("call", operator=anna.id),
            News("call", group="crisis"),
            News("call", citizen.conversation, "crisis", "somebody"),
            last,
        )

        async def kinds(stream: Stream) -> list[str]:
            heard = []
            while True:
                kind, content = await stream.next()
                if kind == "notice":
                    return heard
                # The house itself says from time to time that the queue has changed.
                if kind != "queue" or content["group"]:
                    heard.append(kind)

        assert await kinds(hers) == ["message", "typing", "read", "note", "queue", "mine", "call", "call"]
        assert await kinds(foreign) == []


async def test_a_message_of_a_citizen_is_heard_without_its_words(world: World) -> None:
    citizen = await asyncio.to_thread(waiting, world)
    anna = world.account("Анна", groups=("crisis",))
    async with listening(world, anna) as hers:
        await asyncio.to_thread(citizen.say, "очень личное")
        content = await hers.until("message", citizen.conversation)
        assert content["data"] == {"author": "citizen"}
        assert "личное" not in json.dumps(content, ensure_ascii=False)


async def test_a_talk_that_moved_is_heard_by_its_new_group_at_once(world: World) -> None:
    citizen = await asyncio.to_thread(waiting, world)
    anna, olga = world.account("Анна", groups=("crisis",)), world.account("Ольга", groups=("general",))
    boss = world.account("Ирина", roles=("supervisor",), groups=("crisis", "general"))
    for one in (anna, olga):
        world.browser(one).post("/desk/status", {"status": "online"})
    async with listening(world, olga) as hers:
        await asyncio.to_thread(
            lambda: world.do(
                world.assistant.desk.parts.handovers.reassign(citizen.conversation, boss.id, to_operator=olga.id)
            )
        )
        await hers.until("mine", citizen.conversation)
        await asyncio.to_thread(citizen.say, "А теперь кто?")
        await hers.until("message", citizen.conversation)


async def test_an_open_window_keeps_its_operator_at_work(world: World) -> None:
    anna = world.account("Анна", groups=("crisis",))
    browser = world.browser(anna)
    browser.post("/desk/status", {"status": "online"})
    seen: list[Any] = []

    async def last_seen() -> Any:
        from bot.handover.tables import PresenceRow

        async with world.assistant.store.read() as session:
            return (await session.get_one(PresenceRow, anna.id)).seen_at

    seen.append(await asyncio.to_thread(lambda: world.do(last_seen())))
    world.forward(seconds=60)
    async with listening(world, anna):
        async with asyncio.timeout(10):
            while (now := await asyncio.to_thread(lambda: world.do(last_seen()))) <= seen[0]:
                await asyncio.sleep(0.05)
    assert (now - seen[0]).total_seconds() >= 60


async def test_a_closed_window_no_longer_looks(world: World) -> None:
    citizen = await asyncio.to_thread(waiting, world)
    anna, boris = world.account("Анна", groups=("crisis",)), world.account("Борис Лугов", groups=("crisis",))
    head = f"/desk/talks/{citizen.conversation}/head"
    browser = world.browser(anna)
    async with listening(world, anna) as hers:
        async with listening(world, boris, f"?window=w-boris&talk={citizen.conversation}"):
            await hers.until("presence", citizen.conversation)
            assert "сейчас смотрит Борис Лугов" in (await asyncio.to_thread(browser.get, head)).text
        await hers.until("presence", citizen.conversation)
    assert "Борис Лугов" not in (await asyncio.to_thread(browser.get, head)).text


async def test_nobody_pretends_to_look_at_a_talk_that_is_not_hers_to_see(world: World) -> None:
    citizen = await asyncio.to_thread(waiting, world)
    stranger, anna = world.account("Чужая Анна", groups=("health",)), world.account("Анна", groups=("crisis",))
    async with listening(world, stranger, f"?window=w-foreign&talk={citizen.conversation}"):
        page = await asyncio.to_thread(world.browser(anna).get, f"/desk/talks/{citizen.conversation}/head")
        assert "Чужая" not in page.text


async def test_who_is_not_signed_in_hears_nothing(world: World) -> None:
    browser = world.browser()
    assert browser.get("/desk/events", headers={"HX-Request": "true"}).status_code == 401
    assert browser.get("/desk/session", headers={"HX-Request": "true"}).status_code == 401
