"""After a publication the telephone's fixed sentences are said ahead in the background, into the cache on disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.settings import Settings
from app.speech import static_phrases
from app.studio.voicing import Phrases, Voicing
from bot.studio.yaml_text import edit
from tests.projects import copy_of_project
from voice.audio import RATE, silence
from voice.speech.base import PLAIN, Prosody, SpeechFailed
from voice.speech.cache import CachedVoice


class Counting:
    """A voice that remembers what it had to say; `wait` holds it back."""

    name = "counting"

    def __init__(self) -> None:
        self.said: list[str] = []
        self.may = asyncio.Event()
        self.may.set()
        self.began = asyncio.Event()

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        self.began.set()
        await self.may.wait()
        if "молчи" in sentence:
            raise SpeechFailed(sentence)
        self.said.append(sentence)
        return bytes(RATE // 100) + silence(prosody.pause_ms)

    async def close(self) -> None:
        pass


def phrases(*texts: str) -> Phrases:
    return [(text, PLAIN) for text in texts]


async def test_only_what_a_publication_changed_is_said_and_then_lies_on_disk(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, project_dir=copy_of_project(tmp_path / "project"))  # type: ignore[call-arg]
    voice = Counting()
    first = Voicing(CachedVoice(voice, tmp_path / "cache"), lambda: static_phrases(settings)[:40])
    first.soon()
    await first.settled()
    assert len(voice.said) == 40
    lines = settings.content_dir / "lines.yml"
    lines.write_text(edit(lines.read_text("utf-8"), _greet_otherwise), "utf-8")
    after = CachedVoice(voice, tmp_path / "cache")
    again = Voicing(after, lambda: static_phrases(settings)[:40])
    again.soon()
    await again.settled()
    (new,) = voice.said[40:]
    assert "новая линия" in new
    kept = await after.prerender(static_phrases(settings)[:40])
    assert (kept.made, kept.kept) == (0, 40)


def _greet_otherwise(tree: dict[str, list[dict[str, str]]]) -> None:
    tree["lines"][0]["greeting"] += " Это новая линия."


async def test_a_newer_publication_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    voice, wanted = Counting(), phrases("раз", "два")
    voice.may.clear()
    voicing = Voicing(CachedVoice(voice, tmp_path), lambda: wanted)
    voicing.soon()
    await voice.began.wait()
    wanted = phrases("три")
    voicing.soon()
    voice.may.set()
    await voicing.settled()
    assert "три" in voice.said and "два" not in voice.said


async def test_it_ends_with_the_house_and_with_its_time(tmp_path: Path) -> None:
    voice = Counting()
    voice.may.clear()
    cached = CachedVoice(voice, tmp_path)
    late = Voicing(cached, lambda: phrases("раз"), longest=0.01)
    late.soon()
    await late.settled()
    stopped = Voicing(cached, lambda: phrases("два"))
    async with stopped.running():
        stopped.soon()
        await voice.began.wait()
    await stopped.settled()
    await cached.close()
    assert voice.said == []


async def test_a_sentence_that_fails_or_files_that_cannot_be_read_stop_nobody(tmp_path: Path) -> None:
    voice = Counting()
    voicing = Voicing(CachedVoice(voice, tmp_path), lambda: phrases("молчи", "говори"))
    voicing.soon()
    await voicing.settled()
    assert voice.said == ["говори"]

    def broken() -> Phrases:
        raise ValueError("files")

    other = Voicing(CachedVoice(voice, tmp_path), broken)
    other.soon()
    await other.settled()
    assert voice.said == ["говори"]
