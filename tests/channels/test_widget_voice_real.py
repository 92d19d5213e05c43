"""The voice button with the real recogniser and the real voice: Festival talks into Chromium's microphone, Whisper understands."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.channels.fake_rasa import FakeRasa
from tests.channels.test_widget_voice_browser import assistant, browser, talk_page  # noqa: F401 - fixtures
from tests.channels.widget_voice import Talking
from tests.voice.conftest import festival, weights  # noqa: F401 - fixtures
from voice.audio import RATE, milliseconds
from voice.recognition.base import Hint
from voice.recognition.whisper import WhisperRecogniser
from voice.speech.festival import FestivalVoice

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def really(assistant: Talking, weights: Path, festival: str) -> AsyncIterator[Talking]:  # noqa: F811
    """The assistant with Whisper for an ear and Festival for a voice."""
    recogniser = WhisperRecogniser(weights)
    voice = FestivalVoice(festival, limit=60, warm=False)

    async def hear(path: Path) -> str | None:
        return (await recogniser.hear_media(path, Hint())).text or None

    async def speak(text: str) -> bytes:
        pcm = await voice.say(text)
        assert milliseconds(pcm) > 500
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(pcm)
        assistant.said.append(text)
        return file.getvalue()

    await assistant.stop()
    assistant.hear, assistant.speak = hear, speak  # type: ignore[method-assign]
    await assistant.start()
    yield assistant
    await voice.close()
    await recogniser.close()


async def test_what_is_said_is_understood_and_answered_aloud(talk_page: Any, really: Talking, rasa: FakeRasa) -> None:  # noqa: F811
    widget = await talk_page()
    widget.page.set_default_timeout(60_000)
    await widget.talk(3)
    await widget.answer("Какой центр вам удобнее?")
    assert "записаться на при" in rasa.seen[0]["message"].casefold().replace("ё", "е")
    await widget.page.locator("#otklik .robot .listen", has_text="Остановить").last.wait_for()
    while len(really.said) < 2:
        await widget.page.wait_for_timeout(100)
    await widget.page.locator("#otklik .robot .listen", has_text="Остановить").wait_for(state="detached")
    assert not await widget.notice.is_visible()
