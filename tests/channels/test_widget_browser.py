"""The widget in a real Chromium: a conversation, its forms, two tabs, a cut line, a restarted server, the demo page."""

from __future__ import annotations

from typing import Any

import pytest

from tests.channels.fake_rasa import FakeRasa
from tests.channels.parts import Assistant
from tests.channels.widget_page import WidgetPage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_conversation_with_buttons_survives_a_reload(visit: Any) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await widget.say("Хочу записаться на приём")
    await widget.answer("Какой центр вам удобнее?")
    await widget.button("На Заречной").click()
    await widget.answer("П-104")
    assert await widget.button("На улице Ленина").count() == 0, "кнопки прошлого вопроса больше не предлагаются"
    before = await widget.texts()
    assert before[0] == "Хочу записаться на приём"
    assert before[3] == "На Заречной"
    await page.reload()
    await widget.answer("П-104")
    assert await widget.texts() == before
    assert await widget.panel.is_visible(), "открытый чат открыт и после перезагрузки"


async def test_consent_needs_its_own_mark(visit: Any, rasa: FakeRasa) -> None:
    widget = await WidgetPage(await visit()).open()
    await widget.say("согласие")
    accept = widget.button("Даю согласие")
    mark = widget.page.locator("#otklik input[type=checkbox]")
    await accept.wait_for()
    assert not await mark.is_checked()
    assert await accept.is_disabled()
    await mark.check()
    assert await accept.is_enabled()
    await mark.uncheck()
    assert await accept.is_disabled()
    await mark.check()
    await accept.click()
    await widget.answer("согласие записано")
    assert rasa.seen[-1]["message"] == "/affirm"
    assert await mark.count() == 0
    assert await accept.count() == 0
    assert await widget.page.locator("#otklik .consent-text").is_visible(), "текст согласия остаётся в переписке"


async def test_consent_can_be_declined_at_once(visit: Any, rasa: FakeRasa) -> None:
    widget = await WidgetPage(await visit()).open()
    await widget.say("согласие")
    await widget.button("Не сейчас").click()
    await widget.answer("без согласия ничего не записываю")


async def test_rating_is_a_press_of_a_grade(visit: Any, rasa: FakeRasa) -> None:
    widget = await WidgetPage(await visit()).open()
    await widget.say("оценить")
    await widget.button("Отлично").click()
    await widget.answer("Вы сказали")
    assert rasa.seen[-1]["message"] == '/inform{"score": "4"}'


async def test_links_are_safe_and_markup_is_text(visit: Any) -> None:
    widget = await WidgetPage(await visit()).open()
    await widget.say("ссылка")
    bubble = await widget.answer("Подробности")
    links = await bubble.locator("a").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    assert links == [
        "https://uslugi.example.invalid/passport?a=1&b=2",
        "tel:+74800551001",
        "mailto:help@example.invalid",
    ]
    assert "<b>Не жирно</b>" in await bubble.inner_text()
    await widget.say('<img src=x onerror="document.title=1">')
    await widget.answer("Вы сказали: <img")
    assert await widget.page.locator("#otklik img").count() == 0


async def test_human_is_one_press_away_and_the_state_is_shown(visit: Any, assistant: Assistant) -> None:
    widget = await WidgetPage(await visit()).open()
    await widget.button("Позвать специалиста").click()
    await widget.answer("Вы сказали: Оператор")
    await assistant.set_mode("queued")
    await widget.say("жду")
    await widget.page.locator("#otklik .banner", has_text="Зову специалиста").wait_for()
    assert await widget.violations() == []
    await widget.page.locator("#otklik .banner button").click()
    await widget.answer("Я снова на связи")
    await widget.button("Позвать специалиста").wait_for()


async def test_two_tabs_show_the_same(visit: Any) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    second = await page.context.new_page()
    await second.goto(page.url)
    other = await WidgetPage(second).open()
    await widget.say("из первой вкладки")
    await other.answer("Вы сказали: из первой вкладки")
    assert await other.texts() == await widget.texts()


async def test_after_a_restart_the_conversation_goes_on_without_loss_or_repeat(
    visit: Any, assistant: Assistant
) -> None:
    widget = await WidgetPage(await visit()).open()
    await widget.say("до остановки")
    await widget.answer("Вы сказали: до остановки")
    await assistant.stop()
    await widget.page.locator("#otklik .status", has_text="Нет связи").wait_for()
    await widget.say("без связи один")
    await widget.say("без связи два")
    await widget.page.locator("#otklik .state", has_text="не отправлено, повторяю").first.wait_for()
    assert await widget.violations() == []
    await assistant.start()
    await widget.answer("Вы сказали: без связи два")
    assert sorted(await widget.texts()) == sorted(
        f"{prefix}{text}"
        for text in ("до остановки", "без связи один", "без связи два")
        for prefix in ("", "Вы сказали: ")
    )
    assert await widget.page.locator("#otklik .late").count() == 0


async def test_what_was_not_sent_outlives_a_reload(visit: Any, assistant: Assistant) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await page.context.set_offline(True)
    await widget.page.locator("#otklik .status", has_text="Нет связи").wait_for()
    await widget.say("написано без сети")
    await page.context.set_offline(False)
    await page.reload()
    await widget.answer("Вы сказали: написано без сети")
    assert await widget.texts() == ["написано без сети", "Вы сказали: написано без сети"]


async def test_an_unread_answer_is_counted_on_the_launcher(visit: Any, rasa: FakeRasa) -> None:
    widget = await WidgetPage(await visit()).open()
    rasa.delay = 0.8
    await widget.say("привет")
    await widget.page.keyboard.press("Escape")
    badge = widget.page.locator("#otklik .badge")
    await badge.wait_for()
    assert (await badge.inner_text()).startswith("1")
    await widget.launcher.click()
    assert not await badge.is_visible()


async def test_a_flood_is_told_once_and_all_of_it_arrives(visit: Any) -> None:
    widget = await WidgetPage(await visit()).open()
    for n in range(11):
        await widget.say(f"слово {n}")
    await widget.page.locator("#otklik .notice", has_text="очень быстро").wait_for()
    await widget.answer("Вы сказали: слово 10")
    texts = await widget.texts()
    assert [t for t in texts if t.startswith("слово")] == [f"слово {n}" for n in range(11)]
    assert [t for t in texts if t.startswith("Вы")] == [f"Вы сказали: слово {n}" for n in range(11)]
    assert await widget.page.locator("#otklik .late").count() == 0


async def test_the_demo_page_puts_its_hints_into_the_widget(visit: Any) -> None:
    page = await visit()
    widget = WidgetPage(page)
    await page.locator(".try").first.click()
    assert "записаться на приём" in await widget.field.input_value()
    assert await widget.focused() == "field"
    await page.keyboard.press("Escape")
    await page.locator("#q").fill("заменить паспорт")
    await page.locator("#q").press("Enter")
    assert await widget.field.input_value() == "заменить паспорт"


async def test_the_page_asks_no_foreign_server_and_keeps_a_strict_policy(visit: Any, assistant: Assistant) -> None:
    page = await visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    response = await page.reload()
    await WidgetPage(page).open()
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert all(url.startswith((assistant.url, assistant.ws_url, "data:")) for url in asked)
    assert await page.evaluate("document.cookie") == "", "сценарий страницы не видит сессию"
