"""A whole booking in a real browser over the real robot: the demonstration page, the widget, Rasa, the database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.browsers import browser  # noqa: F401
from tests.channels.widget_page import WidgetPage
from tests.live import LiveStack

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROBOT_MS = 30_000
"""Milliseconds a turn may take while other tests keep both cores busy."""


@pytest_asyncio.fixture(loop_scope="session", params=[(1280, 800), (390, 844)], ids=["desktop", "phone"])
async def page(request: Any, browser: Any, live: LiveStack) -> AsyncIterator[Any]:  # noqa: F811
    """The demonstration page of the running house, at desktop and at phone width."""
    width, height = request.param
    context = await browser.new_context(viewport={"width": width, "height": height}, locale="ru-RU")
    opened = await context.new_page()
    opened.set_default_timeout(ROBOT_MS)
    await opened.goto(f"{live.url}/demo")
    yield opened
    await context.close()


async def test_a_citizen_books_a_visit_and_finds_it_again(page: Any) -> None:
    widget = await WidgetPage(page).open()
    await widget.say("Запишите меня на замену паспорта, на левом берегу")
    await widget.answer("На какой день")
    await page.locator("#otklik button", has_text=re.compile(r"^(пн|вт|ср|чт|пт|сб|вс) \d\d\.\d\d$")).first.click()
    await widget.answer("Во сколько")
    await widget.say("а паспорт брать?")
    await widget.answer("Возьмите с собой")
    await page.locator("#otklik button", has_text=re.compile(r"^\d?\d:\d\d$")).first.click()
    accept = widget.button("Согласиться")
    await accept.wait_for()
    assert await accept.is_disabled(), "согласие даёт только собственная отметка"
    await page.locator("#otklik input[type=checkbox]").check()
    await accept.click()
    await widget.answer("Кто придёт")
    await widget.say("Ясноцветова Мария Петровна")
    await widget.answer("телефон")
    await widget.say("8 916 123-45-67")
    await widget.answer("Всё верно?")
    await widget.button("Да").click()
    await widget.answer("Номер записи ТЛ-")
    await page.reload()
    # On a phone the panel covers the page, so a reload leaves it closed.
    if not await widget.panel.is_visible():
        await widget.launcher.click()
    await widget.answer("Номер записи ТЛ-")
    await widget.say("на когда я записана")
    await widget.answer("Вы записаны")
    assert await widget.violations() == []
    assert await widget.sideways() <= 0
