"""The voice button in a real Chromium with a microphone that plays a file: press, talk, be understood, hear the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from channels.widget.voice import NOT_HEARD, VoiceBusy
from tests.browsers import CHROMIUM_ARGS, chromium_path
from tests.channels.fake_rasa import FakeRasa
from tests.channels.widget_page import WidgetPage
from tests.channels.widget_voice import LOUD, Talking, spoken

pytestmark = pytest.mark.asyncio(loop_scope="session")
DESKTOP, PHONE = (1280, 800), (390, 844)
WATCHED = """() => {
  window.streams = [];
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    if (window.noMicrophone) throw new DOMException('no', window.noMicrophone);
    const stream = await ask(wanted);
    streams.push(stream);
    return stream;
  };
}"""
"""Lets a test look at the microphone's streams, and take the microphone away."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    """Chromium whose microphone hears «Хочу записаться на приём» again and again."""
    playwright = pytest.importorskip(
        "playwright.async_api", reason="playwright не установлен: голосовая кнопка в браузере не проверена"
    )
    path = chromium_path()
    if path is None:
        pytest.skip("нет Chromium (apt-get install chromium): голосовая кнопка в браузере не проверена")
    speech = spoken("Хочу записаться на приём.", tmp_path_factory.mktemp("speech"))
    microphone = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={speech}"]
    async with playwright.async_playwright() as engine:
        chromium = await engine.chromium.launch(executable_path=path, args=[*CHROMIUM_ARGS, *microphone])
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def assistant(tmp_path: Path, rasa: FakeRasa) -> AsyncIterator[Talking]:
    running = Talking(tmp_path, rasa)
    await running.start()
    yield running
    await running.stop()


class VoicePage(WidgetPage):
    """The widget with its voice button."""

    def __init__(self, page: Any) -> None:
        super().__init__(page)
        self.mic = page.locator("#otklik .mic")
        self.bar = page.locator("#otklik .rec")
        self.send = page.locator("#otklik .send")
        self.aloud = page.locator("#otklik .aloud")

    async def recording(self, at_least: float = 0.0) -> None:
        """Wait until it records, and has for so many seconds."""
        await self.page.locator("#otklik .rec[data-state=on]").wait_for()
        await self.page.wait_for_timeout(700)
        if at_least:
            await self.page.locator("#otklik .rec-time", has_text=f"0:0{at_least:.0f}").wait_for()

    async def talk(self, seconds: float = 2.0) -> None:
        """Press, talk, press."""
        await self.mic.click()
        await self.recording(seconds)
        await self.mic.click()

    async def microphone_is_off(self) -> bool:
        """Whether every stream of the microphone that there was has been given back."""
        return bool(
            await self.page.evaluate(
                "streams.length > 0 && streams.every((s) => s.getTracks().every((t) => t.readyState === 'ended'))"
            )
        )

    async def notice_says(self, words: str) -> None:
        """Wait for the bar that tells what went wrong."""
        await self.notice.filter(has_text=words).wait_for()

    async def listen_buttons(self) -> list[str]:
        """What the buttons under the messages say."""
        found: list[str] = await self.page.locator("#otklik .listen").all_inner_texts()
        return found

    async def watch_announcements(self) -> None:
        """Note in `window.heard` what a screen reader would say."""
        await self.page.evaluate(
            "() => { window.heard = [];"
            " const regions = document.querySelector('#otklik').shadowRoot.querySelectorAll('[aria-live]');"
            " regions.forEach((region) => new MutationObserver(() => region.textContent &&"
            " heard.push(region.textContent)).observe(region, { childList: true })); }"
        )

    async def announced(self, words: str) -> None:
        """Wait until a screen reader has said this."""
        await self.page.wait_for_function("(words) => heard.some((text) => text.includes(words))", arg=words)


@pytest_asyncio.fixture(loop_scope="session")
async def talk_page(visit: Any) -> Any:
    """Opens the chat as a visitor with a microphone: `widget = await talk_page(390, 844)`."""

    async def open_page(width: int = 1280, height: int = 800, *, allowed: bool = True, **options: Any) -> VoicePage:
        options = options | ({"permissions": ["microphone"]} if allowed else {})
        page = await visit(width, height, "/chat" if options.pop("chat", False) else "/demo", **options)
        await page.evaluate(WATCHED)
        widget = VoicePage(page)
        if await widget.launcher.count():
            await widget.open()
        await widget.online()
        await widget.mic.wait_for()
        return widget

    return open_page


async def test_press_talk_press_and_the_answer_is_read_and_heard(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    await widget.watch_announcements()
    await widget.mic.click()
    assert await widget.mic.get_attribute("aria-pressed") == "true"
    await widget.announced("Запись началась")
    await widget.recording(at_least=2)
    assert len(await widget.page.locator("#otklik .rec-wave path").get_attribute("d")) > 100
    await widget.mic.click()
    await widget.announced("Отправляю")
    await widget.bubble("Хочу записаться на приём").wait_for()
    await widget.announced("Распознано: Хочу записаться на приём")
    ((seconds, loudness),) = assistant.heard
    assert seconds > 1.8
    assert loudness > LOUD, "в записи настоящий звук микрофона"
    assert await widget.microphone_is_off()
    await widget.answer("Какой центр вам удобнее?")
    await widget.page.locator("#otklik .listen", has_text="Остановить").wait_for()
    await widget.page.locator("#otklik .robot .listen", has_text="Остановить").last.wait_for()
    assert assistant.said == ["Здравствуйте! Помогу записаться на приём.", "Какой центр вам удобнее?"]
    await widget.page.locator("#otklik .listen", has_text="Остановить").wait_for(state="detached")
    assert await widget.mic.get_attribute("aria-pressed") == "false"
    assert await widget.focused() == "Сказать голосом", "фокус остался на кнопке"


async def test_what_is_written_is_answered_silently_but_can_be_listened_to(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    assert not await widget.send.is_visible()
    await widget.field.fill("привет")
    assert await widget.send.is_visible()
    assert not await widget.mic.is_visible()
    await widget.send.click()
    await widget.answer("Вы сказали: привет")
    assert await widget.focused() == "Сказать голосом"
    assert assistant.said == []
    assert not await widget.aloud.is_visible(), "о звуке речи нет, пока голосом не говорили"
    button = widget.page.locator("#otklik .robot .listen")
    async with widget.page.expect_response("**/widget/speech/*"):
        await button.click()
    await button.filter(has_text="Остановить").wait_for()
    assert assistant.said == ["Вы сказали: привет"]
    await button.click()
    assert await widget.listen_buttons() == ["Прослушать"]


async def test_the_sound_is_switched_off_for_good(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    await widget.talk()
    await widget.page.locator("#otklik .robot .listen", has_text="Остановить").first.wait_for()
    assert await widget.aloud.get_attribute("aria-pressed") == "true"
    await widget.aloud.click()
    assert await widget.aloud.get_attribute("aria-pressed") == "false"
    assert "Остановить" not in await widget.listen_buttons()
    said = len(assistant.said)
    await widget.page.reload()
    await widget.online()
    assistant.words = "второй раз"
    await widget.talk()
    await widget.answer("Вы сказали: второй раз")
    await widget.aloud.wait_for()
    assert await widget.aloud.get_attribute("aria-pressed") == "false"
    assert len(assistant.said) == said


async def test_one_listens_to_ones_own_recording(talk_page: Any) -> None:
    widget = await talk_page()
    await widget.talk()
    await widget.bubble("Хочу записаться").wait_for()
    await widget.page.locator("#otklik .robot .listen", has_text="Остановить").first.wait_for()
    await widget.aloud.click()
    own = widget.page.locator("#otklik .citizen .listen")
    async with widget.page.expect_response("**/widget/files/*/0") as fetched:
        await own.click()
    assert (await fetched.value).headers["content-type"] == "audio/webm"
    await own.filter(has_text="Остановить").wait_for()
    await own.filter(has_text="Прослушать").wait_for()
    assert not await widget.notice.is_visible()


async def test_held_down_it_records_until_it_is_let_go(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    await widget.mic.hover()
    await widget.page.mouse.down()
    await widget.recording(at_least=1)
    await widget.page.mouse.up()
    await widget.bubble("Хочу записаться").wait_for()
    assert len(assistant.heard) == 1
    await widget.talk()
    await widget.page.wait_for_function("streams.length === 2")
    await widget.page.locator("#otklik .citizen .bubble", has_text="Хочу записаться").nth(1).wait_for()


async def test_a_finger_taps_twice(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page(*PHONE, has_touch=True, is_mobile=True)
    await widget.mic.tap()
    await widget.recording(at_least=1)
    await widget.mic.tap()
    await widget.answer("Какой центр")
    await widget.page.locator("#otklik .robot .listen", has_text="Остановить").first.wait_for()
    assert assistant.said, "и после касания звук разрешён"


@pytest.mark.parametrize("key", ["Space", "Enter"])
async def test_by_keys_alone(talk_page: Any, assistant: Talking, key: str) -> None:
    widget = await talk_page()
    await widget.field.focus()
    await widget.page.keyboard.press("Tab")
    assert await widget.focused() == "Сказать голосом"
    await widget.page.keyboard.press(key)
    await widget.recording()
    await widget.page.keyboard.press("Escape")
    assert not await widget.bar.is_visible()
    assert await widget.panel.is_visible(), "Escape отменяет запись, а чат остаётся"
    assert await widget.microphone_is_off()
    await widget.page.keyboard.press(key)
    await widget.recording()
    await widget.page.keyboard.press("Shift+Tab")
    assert await widget.focused() == "Отменить запись"
    await widget.page.keyboard.press(key)
    assert await widget.focused() == "Сказать голосом"
    await widget.page.keyboard.press(key)
    await widget.recording()
    await widget.page.keyboard.press(key)
    await widget.answer("Какой центр")
    assert len(assistant.heard) == 1


async def test_closing_the_chat_ends_the_recording_unsent(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    await widget.mic.click()
    await widget.recording()
    await widget.page.locator("#otklik .close").click()
    assert await widget.microphone_is_off()
    await widget.launcher.click()
    assert not await widget.bar.is_visible()
    assert assistant.heard == []


async def test_a_forbidden_microphone_is_explained(talk_page: Any) -> None:
    widget = await talk_page(allowed=False)
    await widget.mic.click()
    await widget.notice_says("Браузер не пускает к микрофону")
    assert not await widget.bar.is_visible()
    assert await widget.field.is_visible()
    assert await widget.violations() == []


@pytest.mark.parametrize(
    ("problem", "words"), [("NotFoundError", "Микрофон не нашёлся"), ("NotReadableError", "занят другой программой")]
)
async def test_a_missing_or_busy_microphone_is_explained(talk_page: Any, problem: str, words: str) -> None:
    widget = await talk_page()
    await widget.page.evaluate("(name) => { window.noMicrophone = name; }", problem)
    await widget.mic.click()
    await widget.notice_says(words)
    await widget.page.evaluate("window.noMicrophone = ''")
    await widget.talk()
    await widget.answer("Какой центр")
    assert not await widget.notice.is_visible()


@pytest.mark.parametrize(
    ("happening", "words"),
    [
        ("streams[0].getTracks()[0].dispatchEvent(new Event('ended'))", "Микрофон отключился"),
        (
            "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
            " document.dispatchEvent(new Event('visibilitychange')); delete document.hidden; }",
            "Вы ушли с этой страницы",
        ),
    ],
    ids=["device_lost", "tab_hidden"],
)
async def test_an_interrupted_recording_is_kept_and_not_sent_unasked(
    talk_page: Any, assistant: Talking, happening: str, words: str
) -> None:
    widget = await talk_page()
    await widget.mic.click()
    await widget.recording(at_least=2)
    await widget.page.evaluate(happening)
    await widget.notice_says(words)
    await widget.page.locator("#otklik .rec", has_text="Отправить то, что записано?").wait_for()
    assert await widget.microphone_is_off()
    assert assistant.heard == []
    assert await widget.violations() == []
    await widget.mic.click()
    await widget.answer("Какой центр")
    ((seconds, _),) = assistant.heard
    assert seconds > 1.5


async def test_a_touch_too_short_is_explained(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    await widget.page.evaluate("() => { const now = Date.now; Date.now = () => 1_700_000_000_000; window.now = now; }")
    await widget.mic.click()
    await widget.page.locator("#otklik .rec[data-state=on]").wait_for()
    await widget.page.wait_for_timeout(500)
    await widget.mic.click()
    await widget.notice_says("Слишком коротко")
    assert assistant.heard == []


async def test_after_a_minute_it_sends_by_itself(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    await widget.watch_announcements()
    await widget.mic.click()
    await widget.recording()
    await widget.page.evaluate("() => { const now = Date.now; Date.now = () => now() + 60_000; }")
    await widget.announced("Минута вышла")
    await widget.answer("Какой центр")
    assert await widget.microphone_is_off()


async def test_a_busy_ear_costs_no_second_word(talk_page: Any, assistant: Talking) -> None:
    assistant.trouble = [VoiceBusy()]
    widget = await talk_page()
    await widget.talk()
    await widget.notice_says("Сейчас слушаю сразу многих")
    assert await widget.violations() == []
    await widget.answer("Какой центр")
    assert len(assistant.heard) == 1
    assert not await widget.notice.is_visible()


async def test_a_lost_network_loses_no_recording(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    await widget.page.route("**/widget/voice*", lambda route: route.abort())
    await widget.talk()
    await widget.notice_says("Запись пока не дошла, но она цела")
    assert await widget.violations() == []
    await widget.page.unroute("**/widget/voice*")
    await widget.button("Отправить ещё раз").click()
    await widget.bubble("Хочу записаться").wait_for()
    assert len(assistant.heard) == 1
    assert await widget.page.locator("#otklik .citizen").count() == 1


async def test_without_a_line_the_recording_waits_for_it(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    await widget.page.context.set_offline(True)
    await widget.page.locator("#otklik .status", has_text="Нет связи").wait_for()
    await widget.talk()
    await widget.page.locator("#otklik .state", has_text="не отправлено, повторяю").wait_for()
    await widget.page.context.set_offline(False)
    await widget.bubble("Хочу записаться").wait_for(timeout=20_000)
    assert len(assistant.heard) == 1


async def test_nothing_heard_is_told_as_an_answer(talk_page: Any, assistant: Talking) -> None:
    assistant.words = None
    widget = await talk_page()
    await widget.talk()
    await widget.answer(NOT_HEARD)
    assert await widget.texts() == ["Голосовое сообщение", NOT_HEARD]
    assert not await widget.notice.is_visible()


async def test_a_recording_on_its_way_is_taken_back(talk_page: Any, assistant: Talking) -> None:
    assistant.may_hear.clear()
    widget = await talk_page()
    await widget.talk()
    await widget.page.locator("#otklik .part", has_text="распознаю").wait_for()
    assert await widget.violations() == []
    await widget.button("Отменить").click()
    assert await widget.texts() == []
    assistant.may_hear.set()
    await widget.say("словами")
    await widget.answer("Вы сказали: словами")
    assert await widget.page.locator("#otklik .citizen").count() == 1


async def test_without_a_recogniser_the_page_says_nothing_of_voice(visit: Any, assistant: Talking) -> None:
    await assistant.stop()
    assistant.hears = assistant.speaks = False
    await assistant.start()
    widget = await WidgetPage(await visit(permissions=["microphone"])).open()
    await widget.say("привет")
    await widget.answer("Вы сказали: привет")
    assert await widget.page.locator("#otklik .mic, #otklik .listen, #otklik #voice-hint").count() == 0
    assert await widget.page.locator("#otklik .send").is_visible()


async def test_a_browser_without_a_recorder_gets_no_button(visit: Any) -> None:
    page = await visit(path="/chat")
    await page.add_init_script("delete window.MediaRecorder;")
    await page.reload()
    widget = WidgetPage(page)
    await widget.online()
    assert await page.locator("#otklik .mic").count() == 0
    await widget.say("привет")
    await widget.answer("Вы сказали: привет")
    assert await page.locator("#otklik .listen").count() == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_and_targets_are_large(talk_page: Any, size: tuple[int, int], scheme: str) -> None:
    widget = await talk_page(*size, color_scheme=scheme)
    assert await widget.violations() == [], "покой"
    await widget.mic.click()
    await widget.recording()
    assert await widget.violations() == [], "запись"
    await large(widget)
    await widget.mic.click()
    await widget.answer("Какой центр")
    await widget.page.locator("#otklik .listen", has_text="Остановить").first.wait_for()
    assert await widget.violations() == [], "ответ"
    await large(widget)
    await widget.aloud.click()
    assert await widget.violations() == [], "без звука"
    await widget.menu("English")
    await widget.page.keyboard.press("Escape")
    await widget.mic.click()
    await widget.recording()
    assert "Speak…" in await widget.bar.inner_text()
    assert await widget.violations() == [], "по-английски"


async def large(widget: VoicePage) -> None:
    for target in await widget.page.locator("#otklik button:visible").all():
        box = await target.bounding_box()
        assert min(box["width"], box["height"]) >= 44, (await target.inner_text(), box)


@pytest.mark.parametrize(("size", "step"), [((320, 568), "Очень крупный"), ((640, 400), "Обычный")])
async def test_large_text_and_narrow_windows(talk_page: Any, size: tuple[int, int], step: str) -> None:
    widget = await talk_page(*size)
    await widget.menu(step)
    await widget.page.keyboard.press("Escape")
    await widget.mic.click()
    await widget.recording()
    assert await widget.sideways() <= 0
    box = await widget.mic.bounding_box()
    assert box["x"] + box["width"] <= size[0]
    assert box["y"] + box["height"] <= size[1]
    await widget.mic.click()
    await widget.answer("Какой центр")
    assert await widget.sideways() <= 0
    assert (await widget.log.bounding_box())["height"] > 90


async def test_a_browser_that_records_mp4_only_is_understood(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page()
    await widget.page.evaluate(
        "() => { const able = MediaRecorder.isTypeSupported.bind(MediaRecorder);"
        " MediaRecorder.isTypeSupported = (type) => type.startsWith('audio/mp4') && able(type); }"
    )
    if not await widget.page.evaluate("MediaRecorder.isTypeSupported('audio/mp4')"):
        pytest.skip("этот Chromium не записывает MP4: форма Safari проверена без браузера")
    await widget.talk()
    async with widget.page.expect_response("**/widget/files/*/0") as fetched:
        await widget.page.locator("#otklik .citizen .listen").click()
    assert (await fetched.value).headers["content-type"] == "audio/mp4"
    ((seconds, loudness),) = assistant.heard
    assert seconds > 1.8
    assert loudness > LOUD


async def test_the_chat_page_lets_its_own_voice_button_hear_and_speak(talk_page: Any, assistant: Talking) -> None:
    widget = await talk_page(*PHONE, chat=True)
    await widget.talk()
    await widget.answer("Какой центр")
    await widget.page.locator("#otklik .robot .listen", has_text="Остановить").first.wait_for()
    assert await widget.microphone_is_off()
    response = await widget.page.request.get(f"{assistant.url}/chat")
    assert "microphone=(self)" in response.headers["permissions-policy"]
    assert "media-src" not in response.headers["content-security-policy"], "звук не нуждается и в этом"
