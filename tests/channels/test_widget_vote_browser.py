"""«Помогло» and «Не помогло» in a real browser: for everyone, by keyboard, over a reload, in two tabs, without a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import select

from bot.store.conversations import MessageRow
from bot.studio.tables import VoteRow
from tests.channels.fake_rasa import FakeRasa
from tests.channels.test_widget_vote import answering, read_as
from tests.channels.widget_page import Site, WidgetPage

pytestmark = pytest.mark.asyncio(loop_scope="session")
DESKTOP, PHONE = (1280, 800), (390, 844)


@pytest_asyncio.fixture(loop_scope="session")
async def assistant(tmp_path: Path, rasa: FakeRasa) -> AsyncIterator[Site]:
    rasa.answering = answering
    site = Site(tmp_path, rasa)
    await site.start()
    yield site
    await site.stop()


async def votes(site: Site) -> list[bool]:
    async with site.store.read() as session:
        return [row.helpful for row in await session.scalars(select(VoteRow).order_by(VoteRow.message))]


async def until_kept(site: Site, wanted: list[bool]) -> None:
    """Nobody tells a test that a vote has been stored."""
    async with asyncio.timeout(10):
        while await votes(site) != wanted:
            await asyncio.sleep(0.02)


async def misread(site: Site) -> None:
    """Let the latest message of the citizen look as if it might have been about the price."""
    async with site.store.read() as session:
        said = (await session.scalars(select(MessageRow).where(MessageRow.author == "citizen"))).all()[-1]
    read_as(site, said.seq, said.conversation_id, ("ask_documents", 0.6), ("ask_fee", 0.2))


async def asked(visit: Any, width: int = 1280, height: int = 800, **options: Any) -> WidgetPage:
    """A widget with an answer that may be judged."""
    widget = await WidgetPage(await visit(width, height, **options)).open()
    await widget.say("какие документы нужны")
    await widget.answer("Нужны паспорт")
    return widget


def thumb(widget: WidgetPage, name: str) -> Any:
    return widget.page.get_by_role("button", name=name, exact=True).last


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_before_and_after_the_press(
    visit: Any, assistant: Site, size: tuple[int, int], scheme: str
) -> None:
    widget = await asked(visit, *size, color_scheme=scheme)
    assert await widget.violations() == [], "вопрос"
    for name in ("Помогло", "Не помогло"):
        box = await thumb(widget, name).bounding_box()
        assert min(box["width"], box["height"]) >= 44
    await misread(assistant)
    await thumb(widget, "Не помогло").click()
    await widget.button("Сколько это стоит").wait_for()
    assert await widget.violations() == [], "не помогло"
    assert await widget.sideways() == 0
    await thumb(widget, "Помогло").click()
    await expect(widget.page.locator("#otklik .thanks")).to_have_text("Спасибо!")
    assert await widget.violations() == [], "помогло"
    await until_kept(assistant, [True])


async def test_in_high_contrast_the_pressed_one_has_an_edge(visit: Any) -> None:
    widget = await asked(visit, forced_colors="active")
    await thumb(widget, "Помогло").click()
    edges = [
        await thumb(widget, name).evaluate("(button) => getComputedStyle(button).borderTopStyle")
        for name in ("Помогло", "Не помогло")
    ]
    assert edges == ["solid", "none"]


async def test_by_keyboard_alone_and_heard_by_a_screen_reader(visit: Any, assistant: Site) -> None:
    widget = await asked(visit)
    await thumb(widget, "Помогло").focus()
    await widget.page.keyboard.press("Tab")
    await widget.page.keyboard.press("Space")
    await expect(thumb(widget, "Не помогло")).to_have_attribute("aria-pressed", "true")
    await expect(widget.page.locator("#otklik [aria-live]", has_text="Спасибо, что сказали")).to_have_count(1)
    for _ in range(2):
        await widget.page.keyboard.press("Tab")
    await widget.page.keyboard.press("Enter")
    assert await widget.focused() == "field", "«Спросить другими словами» ведёт туда, где пишут"
    await until_kept(assistant, [False])


async def test_another_reading_is_asked_by_one_press_and_the_vote_stays(visit: Any, assistant: Site) -> None:
    widget = await asked(visit)
    await misread(assistant)
    await thumb(widget, "Не помогло").click()
    await widget.button("Сколько это стоит").click()
    await widget.answer("Вы сказали")
    assert assistant.rasa.seen[-1]["metadata"]["words"] == "Сколько это стоит"
    await expect(widget.page.locator("#otklik .verdict .chip")).to_have_count(0)
    await expect(thumb(widget, "Не помогло")).to_have_attribute("aria-pressed", "true")


async def test_a_human_is_one_press_away(visit: Any, assistant: Site) -> None:
    widget = await asked(visit)
    await thumb(widget, "Не помогло").click()
    await widget.page.locator("#otklik .verdict .chip", has_text="Позвать специалиста").click()
    await widget.answer("Вы сказали")
    assert assistant.rasa.seen[-1]["message"] == "/request_operator"


async def test_only_the_newest_answer_asks(visit: Any, assistant: Site) -> None:
    widget = await asked(visit)
    await widget.say("ещё документы")
    await expect(widget.page.locator("#otklik .verdict")).to_have_count(2)
    await expect(widget.page.locator("#otklik .verdict:visible")).to_have_count(1)
    await widget.say("привет")
    await widget.answer("Вы сказали: привет")
    await expect(thumb(widget, "Помогло")).to_be_visible()
    await expect(widget.page.locator("#otklik .intro .verdict")).to_have_count(0)


async def test_a_vote_outlives_a_reload_and_shows_in_the_other_tab(visit: Any, assistant: Site) -> None:
    widget = await asked(visit)
    other = await widget.page.context.new_page()
    await other.goto(widget.page.url)
    second = await WidgetPage(other).open()
    await second.answer("Нужны паспорт")
    await thumb(widget, "Помогло").click()
    await expect(thumb(second, "Помогло")).to_have_attribute("aria-pressed", "true")
    await thumb(second, "Не помогло").click()
    await expect(thumb(widget, "Не помогло")).to_have_attribute("aria-pressed", "true")
    await widget.page.reload()
    await expect(thumb(widget, "Не помогло")).to_have_attribute("aria-pressed", "true")
    await until_kept(assistant, [False])


async def test_a_vote_without_a_connection_waits_even_over_a_reload(visit: Any, assistant: Site) -> None:
    widget = await asked(visit)
    await assistant.stop()
    await widget.page.locator("#otklik .status", has_text="Нет связи").wait_for()
    for name in ("Не помогло", "Помогло", "Не помогло"):
        await thumb(widget, name).click()
    await expect(thumb(widget, "Не помогло")).to_have_attribute("aria-pressed", "true")
    await assistant.start()
    await until_kept(assistant, [False])
    await assistant.stop()
    await widget.page.locator("#otklik .status", has_text="Нет связи").wait_for()
    await thumb(widget, "Помогло").click()
    await assistant.start()
    await widget.page.reload()
    await until_kept(assistant, [True])
    await expect(thumb(widget, "Помогло")).to_have_attribute("aria-pressed", "true")


async def test_a_vote_gets_through_without_sockets(visit: Any, assistant: Site) -> None:
    assistant.sockets = False
    widget = WidgetPage(await visit(path="/chat"))
    await widget.online()
    await widget.say("какие документы нужны")
    await widget.answer("Нужны паспорт")
    await thumb(widget, "Помогло").click()
    await until_kept(assistant, [True])


async def test_a_refused_vote_is_told_and_let_go(visit: Any, assistant: Site) -> None:
    widget = await asked(visit)
    async with assistant.store.write() as session:
        for row in await session.scalars(select(MessageRow).where(MessageRow.author == "robot")):
            await session.delete(row)
    await thumb(widget, "Помогло").click()
    await expect(widget.notice).to_contain_text("оценить не получится")
    await expect(thumb(widget, "Помогло")).to_have_attribute("aria-pressed", "false")
