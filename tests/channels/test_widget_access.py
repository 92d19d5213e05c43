"""The widget for everyone: axe over every state, keyboard alone, a screen reader, zoom, phone width, large targets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.services.people.interface import Handover
from tests.channels.fake_rasa import FakeRasa
from tests.channels.widget_page import Site, WidgetPage

pytestmark = pytest.mark.asyncio(loop_scope="session")
DESKTOP, PHONE = (1280, 800), (390, 844)
PDF = b"%PDF-1.4 " + b"0" * 300_000


@pytest_asyncio.fixture(loop_scope="session")
async def assistant(tmp_path: Path, rasa: FakeRasa) -> AsyncIterator[Site]:
    site = Site(tmp_path, rasa, place_every=0.2)
    await site.start()
    yield site
    await site.stop()


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
    for _ in range(3):
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
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *PHONE)
    visited = set()
    for _ in range(14):
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.id") == "otklik"
        visited.add(await widget.focused())
    assert {"field", "Отправить", "human", "Свернуть чат", "Настройки чата", "Приложить файл", "chip"} <= visited
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


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_while_people_files_and_lines_come_and_go(
    visit: Any, assistant: Site, size: tuple[int, int], scheme: str
) -> None:
    page = await visit(*size, color_scheme=scheme)
    widget = await WidgetPage(page).open()
    await widget.menu()
    assert await widget.violations() == [], "меню"
    await page.keyboard.press("Escape")
    await widget.slow_uploads(60_000)
    await widget.attach("справка.pdf", PDF)
    await page.locator("#otklik .part", has_text="%").wait_for()
    assert await widget.violations() == [], "файл в пути"
    await widget.slow_uploads()
    await page.locator("#otklik a.file").wait_for()
    await widget.attach("текст.pdf", b"plain words")
    await page.locator("#otklik .state", has_text="не отправлено").wait_for()
    assert await widget.violations() == [], "файл не принят"
    assistant.place = Handover(1, "queued", "line", "Линия", 3, 8)
    await assistant.set_mode("queued")
    await widget.say("жду")
    await page.locator("#otklik .banner", has_text="Вы третий в очереди").wait_for()
    assert await widget.violations() == [], "очередь"
    await assistant.set_mode("operator")
    await page.locator("#otklik .banner", has_text="Оператор на связи").wait_for()
    assert await widget.violations() == [], "оператор"
    await page.context.set_offline(True)
    await page.locator("#otklik .status", has_text="Нет связи").wait_for()
    assert await widget.violations() == [], "нет связи"
    await page.context.set_offline(False)
    await widget.online()
    await widget.menu("Очень крупный")
    assert await widget.violations() == [], "крупный текст, меню"
    await page.locator("#otklik .item", has_text="English").click()
    await page.keyboard.press("Escape")
    assert await widget.violations() == [], "английский"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_chat_page_even_without_sockets(
    visit: Any, assistant: Site, size: tuple[int, int], scheme: str
) -> None:
    assistant.sockets = False
    widget = WidgetPage(await visit(*size, "/chat", color_scheme=scheme))
    await widget.online()
    assert await widget.violations() == [], "приветствие"
    await widget.say("Хочу записаться")
    await widget.answer("Какой центр")
    assert await widget.violations() == [], "кнопки"
    assert await widget.sideways() <= 0


async def test_the_menu_is_walked_by_keys_and_leaves_first_on_escape(visit: Any) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await page.keyboard.press("Shift+Tab")
    while await widget.focused() != "Настройки чата":
        await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("ArrowDown")
    assert await said(page) == "Обычный"
    for key, words in (
        ("ArrowDown", "Крупный"), ("End", "Сохранить переписку"), ("ArrowDown", "Обычный"),
        ("ArrowUp", "Сохранить переписку"), ("Home", "Обычный"), ("ArrowRight", "Крупный"),
    ):  # fmt: skip
        await page.keyboard.press(key)
        assert (await said(page)).endswith(words)
    await page.keyboard.press("Enter")
    assert await page.locator("#otklik .item[aria-checked=true]").all_inner_texts() == [
        "А\nКрупный", "Как в системе", "Русский",
    ]  # fmt: skip
    await page.keyboard.press("Escape")
    assert await widget.focused() == "Настройки чата"
    assert await widget.panel.is_visible(), "сначала закрывается меню"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await widget.focused() == "Свернуть чат", "Tab закрывает меню и идёт дальше"
    assert not await page.locator("#otklik .menu").is_visible()
    await page.keyboard.press("Escape")
    assert not await widget.panel.is_visible()


async def said(page: Any) -> str:
    """The words of the focused item."""
    words = await page.evaluate("document.querySelector('#otklik').shadowRoot.activeElement.innerText")
    return str(words).removeprefix("А\n")


async def test_a_rating_is_walked_by_arrows_and_given_by_a_press(visit: Any, rasa: FakeRasa) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await widget.say("оценить")
    await widget.button("Отлично").wait_for()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    assert await said(page) == "Отлично"
    await page.keyboard.press("ArrowDown")
    assert await said(page) == "Хорошо"
    assert len(rasa.seen) == 1, "стрелка ещё не ставит оценку"
    await page.keyboard.press("Space")
    await widget.answer("Вы сказали")
    assert await page.locator("#otklik .rated").inner_text() == "Спасибо! Ваша оценка: Хорошо"
    assert await widget.focused() == "field"


async def test_what_was_chosen_for_the_looks_is_remembered(visit: Any) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    small = (await widget.field.bounding_box())["height"]
    await widget.menu("Очень крупный", "Тёмное")
    await page.reload()
    await widget.online()
    assert (await widget.field.bounding_box())["height"] > small * 1.3
    assert await page.evaluate("getComputedStyle(document.querySelector('#otklik')).colorScheme") == "dark"
    await widget.menu("Обычный", "Светлое")
    assert await page.evaluate("getComputedStyle(document.querySelector('#otklik')).colorScheme") == "light"


async def test_a_phones_keyboard_does_not_hide_the_writing_field(visit: Any) -> None:
    page = await visit(*PHONE, has_touch=True, is_mobile=True)
    widget = await WidgetPage(page).open()
    await page.evaluate(
        "() => { Object.defineProperty(visualViewport, 'height', { value: 460, configurable: true });"
        " Object.defineProperty(visualViewport, 'offsetTop', { value: 30, configurable: true });"
        " visualViewport.dispatchEvent(new Event('resize')); }"
    )
    box = await widget.panel.bounding_box()
    assert (round(box["y"]), round(box["height"])) == (30, 460)
    field = await widget.field.bounding_box()
    assert field["y"] + field["height"] <= 490
    await page.evaluate("() => { delete visualViewport.height; delete visualViewport.offsetTop;"
                        " visualViewport.dispatchEvent(new Event('resize')); }")  # fmt: skip
    assert round((await widget.panel.bounding_box())["height"]) == PHONE[1]


async def test_english_words_are_marked_and_the_robots_russian_too(visit: Any, rasa: FakeRasa) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await widget.menu("English")
    await page.locator("#otklik .intro", has_text="in Russian only").wait_for()
    await page.keyboard.press("Escape")
    assert await widget.panel.get_attribute("lang") == "en"
    await widget.button("Call a person").click()
    bubble = await widget.answer("Вы сказали: Оператор")
    assert await bubble.get_attribute("lang") == "ru"
    await page.reload()
    await widget.button("Call a person").wait_for()
    assert await page.locator("#otklik .day").first.inner_text() == "Today"


@pytest.mark.parametrize("step", ["Крупный", "Очень крупный"])
async def test_large_text_fits_into_320_pixels(visit: Any, step: str) -> None:
    page = await visit(320, 568)
    widget = await WidgetPage(page).open()
    await widget.menu(step)
    assert await widget.sideways() <= 0
    await page.keyboard.press("Escape")
    await widget.say("согласие")
    await widget.button("Даю согласие").wait_for()
    assert await widget.sideways() <= 0
    field = await widget.field.bounding_box()
    assert field["y"] + field["height"] < 568
    assert (await widget.log.bounding_box())["height"] > 150


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
    await widget.slow_uploads(20_000)
    await widget.say("согласие")
    await widget.button("Даю согласие").wait_for()
    await widget.attach("справка.pdf", PDF)
    await widget.button("Отменить").wait_for()
    await widget.menu()
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
