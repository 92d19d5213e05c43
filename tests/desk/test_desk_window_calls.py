"""Calls in the operator's window: the buttons move the real call of a PBX, and a ringing one opens by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.accounts.interface import Account
from bot.handover.bulletin import News
from desk.access import COOKIE, guard
from desk.app import desk_router
from tests.desk.conftest import Open
from tests.desk.test_desk_phone import Exchange
from tests.desk.world import World


@pytest.fixture(scope="module")
def exchange(world: World) -> Iterator[Exchange]:
    made = Exchange(world)
    yield made
    made.stop()


def ask(exchange: Exchange, account: Account, method: str, path: str, **data: str) -> httpx.Response:
    """One request to a desk that has a telephone; as its window sends it."""
    parts = replace(exchange.world.assistant.desk.parts, telephones=exchange.controls)
    app = FastAPI()
    app.include_router(desk_router(parts))
    guard(app, parts)

    async def send() -> httpx.Response:
        token = await parts.accounts.open_session(account.id)
        who = await parts.accounts.signed(token)
        assert who is not None
        headers = {"X-CSRF": who.csrf, "HX-Request": "true", "Origin": "http://desk"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://desk", cookies={COOKIE: token}, headers=headers
        ) as client:
            return await client.request(method, path, data=data or None)

    return exchange.world.do(send())


def test_a_waiting_caller_is_put_through_and_let_go_from_the_window(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    channel, conversation = exchange.in_queue()
    address = f"/desk/talks/{conversation}"
    page = ask(exchange, anna, "GET", address).text
    assert "Принять звонок" in page
    assert "Положить трубку" not in page
    assert ask(exchange, anna, "POST", f"{address}/call/accept").status_code == 200
    asked = exchange.pbx.actions[-1]
    assert (asked["action"], asked["exten"]) == ("Redirect", anna.extension)
    exchange.world.do(exchange.pbx.answer(channel, f"PJSIP/{anna.extension}"))
    exchange.until(lambda: exchange.handover(conversation).state == "taken")
    assert "Положить трубку" in ask(exchange, anna, "GET", f"{address}/head").text
    boris = exchange.operator("Борис")
    assert ask(exchange, boris, "POST", f"{address}/call/hang-up").status_code == 409
    assert ask(exchange, anna, "POST", f"{address}/call/hang-up").status_code == 200
    exchange.until(lambda: exchange.live.of(conversation) is None)


def test_a_call_needs_an_extension_and_a_group_that_may_see_it(exchange: Exchange) -> None:
    _channel, conversation = exchange.in_queue()
    bare = exchange.world.account("Без телефона", groups=("general",))
    refused = ask(exchange, bare, "POST", f"/desk/talks/{conversation}/call/accept")
    assert refused.status_code == 409
    assert "номера телефона" in refused.json()["detail"]
    stranger = exchange.world.account("Чужая", groups=("health",), extension="999")
    assert ask(exchange, stranger, "POST", f"/desk/talks/{conversation}/call/accept").status_code == 404


@pytest.mark.asyncio(loop_scope="session")
async def test_a_ringing_call_opens_by_itself_for_its_operator_only(world: World, opened: Open) -> None:
    anna, boris = (world.account(name, groups=("crisis",)) for name in ("Анна", "Борис"))
    citizen = world.citizen("phone")
    citizen.say("алло")
    citizen.call_human("crisis", priority=100)
    pages = [await opened(one, "/desk") for one in (anna, boris)]
    for page in pages:
        await page.wait_for_function(
            "() => performance.getEntriesByType('resource').some((one) => one.name.includes('/desk/queue'))"
        )

    async def ring() -> Any:
        data = {"state": "ringing", "extension": "101"}
        world.assistant.desk.parts.bulletin.post(News("call", citizen.conversation, "crisis", anna.id, data))

    await asyncio.to_thread(lambda: world.do(ring()))
    await pages[0].locator(f"#talk[data-conversation='{citizen.conversation}']").wait_for()
    assert await pages[1].locator("#talk").count() == 0
