"""The widget in a real Chromium: a conversation, its forms, two tabs, a cut line, a restarted server, the demo page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.services.people.interface import Handover
from tests.channels.fake_rasa import FakeRasa
from tests.channels.parts import Assistant
from tests.channels.widget_page import Site, WidgetPage

pytestmark = pytest.mark.asyncio(loop_scope="session")
PDF = b"%PDF-1.4 " + b"0" * 400_000
PNG = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, *([0] * 64)]


@pytest_asyncio.fixture(loop_scope="session")
async def assistant(tmp_path: Path, rasa: FakeRasa) -> AsyncIterator[Site]:
    site = Site(tmp_path, rasa, place_every=0.2)
    await site.start()
    yield site
    await site.stop()


async def content_of(download: Any) -> bytes:
    """What the browser saved."""
    return await asyncio.to_thread(Path(await download.path()).read_bytes)


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
    assert await widget.page.locator("#otklik .rated").inner_text() == "Спасибо! Ваша оценка: Отлично"
    assert await widget.button("Плохо").count() == 0


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
    await widget.button("Вернуться к роботу").click()
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


async def test_the_place_in_the_queue_and_the_operator_are_shown(visit: Any, assistant: Site) -> None:
    widget = await WidgetPage(await visit()).open()
    banner = widget.page.locator("#otklik .banner")
    assistant.place = Handover(1, "queued", "line", "Линия", 3, 8)
    await assistant.set_mode("queued")
    await widget.say("жду")
    await banner.filter(has_text="Вы третий в очереди, около 8 минут.").wait_for()
    assistant.place = Handover(1, "queued", "line", "Линия", 1, None)
    await banner.filter(has_text="Вы первый в очереди, сколько ждать, точно не скажу.").wait_for()
    await assistant.set_mode("operator")
    await banner.filter(has_text="Оператор на связи").wait_for()
    assert await widget.page.locator("#otklik .banner button:visible").count() == 0


async def test_a_file_goes_up_with_progress_and_keeps_its_place_among_the_words(
    visit: Any, assistant: Site, rasa: FakeRasa
) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await widget.say("до файла")
    await widget.answer("Вы сказали: до файла")
    await widget.slow_uploads(200_000)
    await widget.attach("справка о доходах.pdf", PDF)
    await widget.say("после файла")
    bar = page.locator("#otklik progress")
    await page.locator("#otklik .part", has_text=re.compile(r"[1-9]\d? %")).wait_for()
    assert 0 < int(await bar.evaluate("(bar) => bar.value")) <= 100
    await widget.slow_uploads()
    await widget.answer("Вы сказали: после файла")
    shown = [text for text in await widget.texts() if not text.startswith("Вы сказали")]
    assert shown[0] == "до файла"
    assert shown[1].split() == ["справка", "о", "доходах.pdf", "391", "КБ"]
    assert "после файла" in shown[-1]
    async with page.expect_download() as download:
        await page.locator("#otklik a.file").click()
    assert (await download.value).suggested_filename == "справка о доходах.pdf"
    assert await content_of(await download.value) == PDF
    await page.reload()
    await page.locator("#otklik a.file").wait_for()


async def test_a_cancelled_file_goes_nowhere_and_holds_nothing_up(visit: Any, rasa: FakeRasa) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await widget.slow_uploads(20_000)
    await widget.attach("не то.pdf", PDF)
    await widget.say("следом")
    await page.locator("#otklik .part", has_text="%").wait_for()
    await widget.button("Отменить").click()
    await widget.slow_uploads()
    await widget.answer("Вы сказали: следом")
    assert await widget.texts() == ["следом", "Вы сказали: следом"]
    await page.reload()
    await widget.answer("Вы сказали: следом")
    assert await widget.texts() == ["следом", "Вы сказали: следом"]


async def test_unfit_files_are_refused_in_words_before_they_are_sent(visit: Any) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/files" in request.url else None)
    for name, content, media_type, words in (
        ("план.pdf", b"%PDF-" + b"0" * 5_350_000, "application/pdf", "больше 5 МБ"),
        ("отпуск.mp4", b"0" * 100, "video/mp4", "Подойдут PDF"),
        ("пусто.pdf", b"", "application/pdf", "пустой"),
    ):
        await widget.attach(name, content, media_type)
        await widget.notice.filter(has_text=words).wait_for()
        assert f"«{name}»" in await widget.notice.inner_text()
    assert sent == []
    assert await widget.texts() == []


async def test_a_false_type_and_a_hidden_size_are_refused_by_the_server(visit: Any) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await widget.attach("фото.png", b"not a picture at all", "image/png")
    await widget.notice.filter(has_text="Такой файл принять не могу").wait_for()
    await page.evaluate("Object.defineProperty(Blob.prototype, 'size', { get: () => 1000 })")
    await widget.attach("план.pdf", b"%PDF-" + b"0" * 5_350_000)
    await page.locator("#otklik .state", has_text="не отправлено").nth(1).wait_for()
    assert re.search("5 МБ|не дошёл", await widget.notice.inner_text())
    await widget.say("а слова идут")
    await widget.answer("Вы сказали: а слова идут")


async def test_files_may_be_dropped_and_pictures_pasted(visit: Any) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    give = (
        "(target, [kind, bytes]) => { const data = new DataTransfer();"
        " data.items.add(new File([new Uint8Array(bytes)], 'image.png', { type: 'image/png' }));"
        " const about = { bubbles: true, cancelable: true, composed: true };"
        " const fire = (type) => target.dispatchEvent(type === 'paste'"
        " ? new ClipboardEvent(type, { ...about, clipboardData: data })"
        " : new DragEvent(type, { ...about, dataTransfer: data }));"
        " fire(kind); }"
    )
    await widget.log.evaluate(give, ["dragover", PNG])
    assert await page.locator("#otklik .veil").is_visible()
    await widget.log.evaluate(give, ["drop", PNG])
    assert not await page.locator("#otklik .veil").is_visible()
    await page.locator("#otklik a.file", has_text="image.png").wait_for()
    await widget.field.evaluate(give, ["paste", PNG])
    await page.locator("#otklik a.file", has_text=re.compile(r"Снимок \d{4}-\d\d-\d\d \d\d-\d\d\.png")).wait_for()


async def test_a_file_outlives_a_restart_of_the_server(visit: Any, assistant: Site) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await assistant.stop()
    await page.locator("#otklik .status", has_text="Нет связи").wait_for()
    await widget.attach("справка.pdf", PDF)
    await widget.say("и слова")
    await page.locator("#otklik .state", has_text="не отправлено, повторяю").first.wait_for()
    await assistant.start()
    await widget.answer("Вы сказали: и слова")
    assert await page.locator("#otklik a.file").count() == 1
    assert await page.locator("#otklik .late").count() == 0


async def test_the_conversation_can_be_saved_as_a_file(visit: Any) -> None:
    page = await visit()
    widget = await WidgetPage(page).open()
    await widget.say("сохрани меня")
    await widget.answer("Вы сказали: сохрани меня")
    async with page.expect_download() as download:
        await widget.menu("Сохранить переписку")
    saved = (await content_of(await download.value)).decode()
    assert re.fullmatch(r"Переписка с роботом \d{4}-\d\d-\d\d\.txt", (await download.value).suggested_filename)
    assert "Вы:\n    сохрани меня" in saved
    assert "Робот:\n    Вы сказали: сохрани меня" in saved
    assert await widget.focused() == "Настройки чата"


@pytest.mark.parametrize("missing", [False, True], ids=["blocked", "no WebSocket at all"])
async def test_without_sockets_the_conversation_runs_over_a_stream(visit: Any, assistant: Site, missing: bool) -> None:
    assistant.sockets = False
    page = await visit()
    if missing:
        await page.add_init_script("delete window.WebSocket")
        await page.reload()
    widget = await WidgetPage(page).open()
    assert assistant.refused == (0 if missing else 2)
    await widget.say("Хочу записаться на приём")
    await widget.answer("Какой центр вам удобнее?")
    await widget.button("На Заречной").click()
    await widget.answer("П-104")
    await widget.attach("справка.pdf", PDF)
    await page.locator("#otklik a.file").wait_for()
    before = await widget.texts()
    await assistant.stop()
    await page.locator("#otklik .status", has_text="Нет связи").wait_for()
    await widget.say("пока вас не было")
    await assistant.start()
    await widget.answer("Вы сказали: пока вас не было")
    after = await widget.texts()
    assert [text for text in after if "пока вас" in text] == ["пока вас не было", "Вы сказали: пока вас не было"]
    assert after[: len(before)] == before
    await page.reload()
    await widget.answer("Вы сказали: пока вас не было")
    assert await widget.texts() == after


async def test_from_a_stream_the_way_back_to_a_socket_is_found_unseen(visit: Any, assistant: Site) -> None:
    assistant.sockets = False
    page = await visit()
    await page.add_init_script(
        "const later = setTimeout; window.setTimeout = (act, ms, ...more) => later(act, ms === 300000 ? 600 : ms, ...more)"
    )
    await page.reload()
    widget = await WidgetPage(page).open()
    await widget.say("по потоку")
    await widget.answer("Вы сказали: по потоку")
    refused = assistant.refused
    while assistant.refused < refused + 2:
        await page.wait_for_timeout(100)
    assert await page.locator("#otklik .status", has_text="Помощник").is_visible(), "неудачная проба незаметна"
    async with page.expect_websocket() as found:
        assistant.sockets = True
    async with (await found.value).expect_event("framereceived", lambda frame: '"resumed"' in frame):
        pass
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    await widget.say("по сокету")
    await widget.answer("Вы сказали: по сокету")
    assert posted == []
    assert len(await widget.texts()) == 4


async def test_a_one_time_link_opens_the_chat_and_leaves_the_address(
    visit: Any, assistant: Site, rasa: FakeRasa
) -> None:
    token = await assistant.link()
    page = await visit(path=f"/demo#otk={token}")
    widget = WidgetPage(page)
    await widget.panel.wait_for()
    assert token not in await page.evaluate("location.href")
    await page.locator("#otklik .messages .bubble").first.wait_for()
    assert not await widget.notice.is_visible()
    stranger = await visit(path=f"/chat#otk={token}")
    await WidgetPage(stranger).notice.filter(has_text="уже открывали").wait_for()
    assert token not in await stranger.evaluate("location.href")


async def test_the_chat_page_needs_no_launcher_and_says_what_to_do_without_scripts(
    visit: Any, browser: Any, assistant: Site
) -> None:
    page = await visit(path="/chat")
    widget = WidgetPage(page)
    await widget.online()
    assert await widget.launcher.count() == 0
    await page.keyboard.press("Escape")
    await widget.say("привет")
    await widget.answer("Вы сказали: привет")
    assert (await widget.panel.bounding_box())["width"] == 1280
    context = await browser.new_context(java_script_enabled=False)
    plain = await context.new_page()
    response = await plain.goto(f"{assistant.url}/chat")
    assert "позвоните: 122" in await plain.locator("main").inner_text()
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert response.headers["referrer-policy"] == "no-referrer"
    await context.close()


@pytest.mark.parametrize("path", ["/demo", "/chat"])
async def test_the_tag_carries_the_checksum_the_server_names(visit: Any, assistant: Site, path: str) -> None:
    page = await visit(path=path)
    tag = page.locator("script[src^='/widget/otklik.js']")
    async with aiohttp.request("GET", f"{assistant.url}/widget/otklik.js") as response:
        assert await tag.get_attribute("integrity") == response.headers["X-Integrity"]
    assert await tag.get_attribute("crossorigin") == "anonymous"
    assert await page.evaluate("typeof Otklik.ask") == "function"


async def test_a_reply_of_several_paragraphs_keeps_them_apart(visit: Any, rasa: FakeRasa) -> None:
    text = "Нужно:\n— заявление;\n— паспорт.\n\nСрок пять дней: https://uslugi.example.invalid/a.\n\nЖдём вас."
    rasa.answering = lambda _said: [{"text": text}]
    widget = await WidgetPage(await visit()).open()
    await widget.say("что нужно")
    bubble = await widget.answer("Ждём вас")
    assert await bubble.locator("li").all_inner_texts() == ["— заявление;", "— паспорт."]
    assert await bubble.locator("p").count() == 3
    assert await bubble.locator("a").get_attribute("href") == "https://uslugi.example.invalid/a"
