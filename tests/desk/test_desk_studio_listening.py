"""«Послушать» in a real browser with the real voice: an answer sounds, for as long as it should, and a silent voice says so."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import expect

from app import voice_tools
from app.paths import HERE
from app.running.ports import free_port
from bot.accounts.interface import Account
from tests.desk.conftest import Open
from tests.desk.world import World
from voice.recognition import weights

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWER = "/desk/studio/answers/utter_goodbye"
LISTEN_IN = """
const begin = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  const sound = this.buffer.getChannelData(0);
  const power = Math.sqrt(sound.reduce((sum, one) => sum + one * one, 0) / sound.length);
  window.heard = { seconds: this.buffer.duration, power, context: this.context, began: this.context.currentTime };
  return begin.apply(this, when);
};
"""
RUNS_ON = """new Promise((done) => {
  const look = () => {
    if (heard.context.currentTime > heard.began + 0.5) done(heard.context.state);
    else requestAnimationFrame(look);
  };
  look();
})"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An assistant with its telephone and Festival's Russian voice."""
    if not voice_tools.festival():
        pytest.skip("голос не проверен: нет festival и festvox-ru (apt-get install festival festvox-ru)")
    try:
        weights.find("base", HERE.cache, None)
    except weights.WeightsMissing:
        pytest.skip("голос не проверен: нет весов распознавания (./otklik up --voice ставит их)")
    made = World(tmp_path_factory.mktemp("spoken"), voice=True, voice_port=free_port(), voice_speech="festival")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def editor(world: World) -> Account:
    return world.account("Анна Редакторова", ("editor",))


async def page_of(opened: Open, editor: Account) -> Any:
    page = await opened(editor, "/desk/studio")
    await page.add_init_script(LISTEN_IN)
    await page.goto(page.url.removesuffix("/desk/studio") + ANSWER)
    return page


async def test_an_answer_sounds_and_stops_by_itself(editor: Account, opened: Open) -> None:
    page = await page_of(opened, editor)
    await page.get_by_label("Текст").first.fill("До свидания! Если понадобится помощь, звоните.")
    button = page.get_by_role("button", name="Послушать вариант 1", exact=True)
    await button.click()
    await expect(button).to_have_text("Остановить", timeout=60_000)
    heard = await page.evaluate("({ seconds: heard.seconds, power: heard.power, began: heard.began })")
    assert 2.0 < heard["seconds"] < 8.0, "seven words take some four seconds"
    assert heard["power"] > 0.01, "it is no silence"
    assert await page.evaluate(RUNS_ON) == "running"
    await expect(button).to_have_text("Послушать", timeout=60_000)
    assert await page.evaluate("heard.context.currentTime - heard.began") >= heard["seconds"] - 0.3


async def test_a_second_press_stops_it(editor: Account, opened: Open) -> None:
    page = await page_of(opened, editor)
    button = page.get_by_role("button", name="Послушать вариант 1", exact=True)
    await button.press("Enter")
    await expect(button).to_have_text("Остановить", timeout=60_000)
    await button.press("Enter")
    await expect(button).to_have_text("Послушать")


async def test_a_voice_that_fell_silent_is_told_in_words(world: World, editor: Account, opened: Open) -> None:
    page = await page_of(opened, editor)
    telephone = world.assistant.telephone
    assert telephone is not None
    for process in telephone.voice._voice.pids:  # type: ignore[union-attr]
        os.kill(process, signal.SIGSTOP)
    await page.get_by_label("Текст").first.fill("Этих слов робот ещё не говорил.")
    await page.get_by_role("button", name="Послушать вариант 1", exact=True).click()
    await expect(page.get_by_role("alert").filter(has_text="Голос сейчас не отвечает")).to_be_visible(timeout=60_000)
