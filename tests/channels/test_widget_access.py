"""The widget for everyone: axe over every state, keyboard alone, a screen reader, zoom, phone width, large targets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.channels.fake_rasa import FakeRasa
from tests.channels.widget_page import WidgetPage

pytestmark = pytest.mark.asyncio(loop_scope="session")
DESKTOP, PHONE = (1280, 800), (360, 740)


async def test_by_keyboard_alone(visit: Any) -> None:
    page = await visit()
    widget = WidgetPage(page)
    await widget.launcher.focus()
    await page.keyboard.press("Enter")
    assert await widget.focused() == "field"
    await widget.online()
    await page.keyboard.type("Хочу записаться")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("на приём")
    await page.keyboard.press("Enter")
    await widget.answer("Какой центр вам удобнее?")
    assert (await widget.texts())[0] == "Хочу записаться\nна приём"
    for _ in range(2):
        await page.keyboard.press("Shift+Tab")
    assert await widget.focused() == "chip"
    await page.keyboard.press("Enter")
    await widget.answer("П-104")
    assert await widget.focused() == "field", "нажатая кнопка исчезла, фокус не потерялся"
    await page.keyboard.press("Escape")
    assert await widget.focused() == "launcher"
    assert not await widget.panel.is_visible()


async def test_on_a_phone_the_focus_stays_in_the_dialog(visit: Any) -> None:
    page = await visit(*PHONE)
    widget = await WidgetPage(page).open()
    assert await widget.panel.get_attribute("aria-modal") == "true"
    box = await widget.panel.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 740)
    visited = set()
    for _ in range(14):
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.id") == "otklik"
        visited.add(await widget.focused())
    assert {"field", "Отправить", "human", "Свернуть чат", "chip"} <= visited
    for _ in range(14):
        await page.keyboard.press("Shift+Tab")
        assert await page.evaluate("document.activeElement.id") == "otklik"
    await page.keyboard.press("Escape")
    assert await widget.focused() == "launcher"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_state(visit: Any, rasa: FakeRasa, size: tuple[int, int], scheme: str) -> None:
    page = await visit(*size, color_scheme=scheme)
    widget = WidgetPage(page)
    assert await widget.violations() == [], "закрыт"
    await widget.open()
    await widget.button("Записаться на приём").wait_for()
    assert await widget.violations() == [], "приветствие"
    await widget.say("Хочу записаться")
    await widget.answer("Какой центр")
    assert await widget.violations() == [], "кнопки"
    await widget.say("согласие")
    await widget.button("Даю согласие").wait_for()
    assert await widget.violations() == [], "согласие"
    await widget.page.locator("#otklik input[type=checkbox]").check()
    assert await widget.violations() == [], "согласие с отметкой"
    await widget.say("оценить")
    await widget.button("Отлично").wait_for()
    assert await widget.violations() == [], "оценка"
    rasa.delay = 3
    await widget.say("ссылка")
    await page.locator("#otklik .typing").wait_for()
    assert await widget.violations() == [], "печатает"
    rasa.delay = 0
    await widget.answer("Подробности")
    assert await widget.violations() == [], "ссылки"


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (640, 400), (360, 740), (320, 568)])
async def test_nothing_scrolls_sideways(visit: Any, width: int, height: int) -> None:
    page = await visit(width, height)
    widget = WidgetPage(page)
    assert await widget.sideways() <= 0
    await widget.open()
    await widget.say("согласие")
    await widget.button("Даю согласие").wait_for()
    await widget.say("https://example.invalid/" + "o" * 300)
    await widget.answer("Вы сказали")
    assert await widget.sideways() <= 0
    assert (await widget.field.bounding_box())["y"] < height
    assert (await widget.log.bounding_box())["height"] > 90


async def test_targets_are_large_enough(visit: Any) -> None:
    widget = await WidgetPage(await visit(*PHONE)).open()
    await widget.say("согласие")
    await widget.button("Даю согласие").wait_for()
    for target in await widget.page.locator(
        "#otklik button:visible, #otklik label.mark:visible, #otklik textarea:visible"
    ).all():
        box = await target.bounding_box()
        assert min(box["width"], box["height"]) >= 44, await target.inner_text()


async def test_a_screen_reader_hears_each_answer_even_a_repeated_one(visit: Any) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await page.evaluate(
        "() => { window.heard = [];"
        " const regions = document.querySelector('#otklik').shadowRoot.querySelectorAll('[aria-live]');"
        " regions.forEach((region, index) => {"
        " const note = () => region.textContent && heard.push([index, region.textContent]);"
        " new MutationObserver(note).observe(region, { childList: true }); }); }"
    )
    for _ in range(2):
        await widget.say("эхо")
        await widget.page.wait_for_timeout(600)
    heard = await page.evaluate("heard")
    assert [text for _, text in heard] == ["Робот: Вы сказали: эхо"] * 2
    assert heard[0][0] != heard[1][0]


async def test_motion_stops_for_those_who_ask(visit: Any, rasa: FakeRasa) -> None:
    rasa.delay = 2
    widget = await WidgetPage(await visit(reduced_motion="reduce")).open()
    await widget.say("привет")
    await widget.page.locator("#otklik .typing").wait_for()
    running = await widget.page.evaluate("document.querySelector('#otklik').shadowRoot.getAnimations?.().length ?? 0")
    assert running == 0
