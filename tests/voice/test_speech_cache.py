"""What was said once is found again: on disk only what may lie there, whole or not at all, within its room."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from voice.speech.base import PLAIN, Prosody, SpeechFailed
from voice.speech.cache import CachedVoice
from voice.speech.fallbacks import FAILURES, REST, FirstThatWorks
from voice.speech.sound_files import SoundFiles


class Counting:
    """A voice whose sound is told from its sentence, that counts, waits and fails as a test wants."""

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.said: list[str] = []
        self.broken = False
        self.go = asyncio.Event()
        self.go.set()

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        self.said.append(sentence)
        await self.go.wait()
        if self.broken or sentence == "плохое":
            raise SpeechFailed("не могу")
        return f"{self.name}:{sentence}:{prosody.rate}".encode().ljust(320, b"\0")

    async def close(self) -> None:
        pass


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


async def test_a_static_text_is_made_once_and_found_by_the_next_process(folder: Path) -> None:
    voice = Counting()
    first = await CachedVoice(voice, folder).say("Здравствуйте.", keep=True)
    second = await CachedVoice(voice, folder).say("Здравствуйте.")
    assert first == second and voice.said == ["Здравствуйте."]


async def test_a_callers_own_sentence_never_reaches_the_disk(folder: Path) -> None:
    voice = Counting()
    cached = CachedVoice(voice, folder)
    await cached.say("Анна Петровна, ваш номер один два три.")
    await cached.say("Анна Петровна, ваш номер один два три.")
    assert files(folder) == [] and len(voice.said) == 1


async def test_files_are_private_and_tell_nothing_by_their_names(folder: Path) -> None:
    await CachedVoice(Counting(), folder).say("Здравствуйте.", keep=True)
    [file] = files(folder)
    assert mode(file) == 0o600
    assert mode(folder) == mode(file.parent) == 0o700
    assert len(file.stem) == 64


async def test_prosody_and_voice_are_told_apart_and_the_pause_is_not(folder: Path) -> None:
    voice, other = Counting(), Counting("other")
    cached = CachedVoice(voice, folder)
    plain = await cached.say("Да.", keep=True)
    assert await cached.say("Да.", Prosody(pause_ms=100), keep=True) == plain + bytes(1600)
    assert await cached.say("Да.", Prosody(rate=0.9), keep=True) != plain
    await CachedVoice(other, folder).say("Да.", keep=True)
    assert len(voice.said) == 2 and len(other.said) == 1 and len(files(folder)) == 3


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 400])
async def test_a_damaged_file_is_made_again(folder: Path, damage: bytes) -> None:
    voice = Counting()
    right = await CachedVoice(voice, folder).say("Да.", keep=True)
    [file] = files(folder)
    file.write_bytes(damage)
    assert await CachedVoice(voice, folder).say("Да.", keep=True) == right
    assert len(voice.said) == 2
    assert await CachedVoice(voice, folder).say("Да.") == right
    assert len(voice.said) == 2


async def test_the_same_sentence_asked_twice_at_once_is_made_once(folder: Path) -> None:
    voice = Counting()
    voice.go.clear()
    cached = CachedVoice(voice, folder)
    asked = [asyncio.create_task(cached.say("Да.", keep=True)) for _ in range(5)]
    while not voice.said:
        await asyncio.sleep(0)
    asked[0].cancel()
    voice.go.set()
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(ended[0], asyncio.CancelledError)
    assert len(set(ended[1:])) == 1 and voice.said == ["Да."]


async def test_a_failure_is_not_remembered(folder: Path) -> None:
    voice = Counting()
    voice.broken = True
    cached = CachedVoice(voice, folder)
    with pytest.raises(SpeechFailed):
        await cached.say("Да.", keep=True)
    voice.broken = False
    assert await cached.say("Да.", keep=True)


async def test_memory_holds_the_newest(folder: Path) -> None:
    voice = Counting()
    cached = CachedVoice(voice, folder, memory_bytes=700)
    for sentence in ("один", "два", "один", "три", "один", "два"):
        await cached.say(sentence)
    assert voice.said == ["один", "два", "три", "два"]


async def test_a_disk_that_cannot_be_written_costs_only_speed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("в пути файл, а не папка")
    assert await CachedVoice(Counting(), tmp_path / "file" / "cache").say("Да.", keep=True)


def test_the_longest_unheard_goes_first(folder: Path) -> None:
    store = SoundFiles(folder, max_bytes=5000)
    keys = [f"{number:064x}" for number in range(10)]
    for key in keys:
        store.write(key, bytes(1000))
        store.read(keys[0])
    assert sum(path.stat().st_size for path in files(folder)) <= 5000
    assert store.has(keys[0]) and store.has(keys[-1]) and not store.has(keys[1])


async def test_prerender_goes_on_where_it_was_broken_off(folder: Path) -> None:
    voice = Counting()
    sentences = [("один", PLAIN), ("плохое", PLAIN), ("два", Prosody(rate=0.9)), ("один", PLAIN)]
    heard: list[tuple[int, int]] = []
    await CachedVoice(voice, folder).say("один", keep=True)
    done = await CachedVoice(voice, folder).prerender(sentences, lambda now, all_of: heard.append((now, all_of)))
    assert (done.made, done.kept, done.failed) == (1, 1, {"плохое": "не могу"})
    assert heard == [(1, 3), (2, 3), (3, 3)]
    again = await CachedVoice(voice, folder).prerender(sentences)
    assert (again.made, again.kept) == (0, 2)


async def test_the_second_voice_speaks_when_the_first_fails_and_the_first_rests() -> None:
    now = 0.0
    first, second = Counting("первый"), Counting("второй")
    voice = FirstThatWorks([first, second], clock=lambda: now)
    first.broken = True
    for _ in range(5):
        assert (await voice.say("Да.")).startswith("второй".encode())
    assert len(first.said) == FAILURES and voice.name == "второй"
    first.broken, now = False, REST + 1
    assert (await voice.say("Да.")).startswith("первый".encode())
    assert voice.name == "первый"


async def test_when_all_circuits_are_open_all_are_tried_rather_than_silence() -> None:
    first, second = Counting("первый"), Counting("второй")
    voice = FirstThatWorks([first, second], clock=lambda: 0.0)
    first.broken = second.broken = True
    for _ in range(4):
        with pytest.raises(SpeechFailed, match="не могу"):
            await voice.say("Да.")
    second.broken = False
    assert await voice.say("Да.")


async def test_what_the_second_voice_said_is_not_kept_as_the_firsts(folder: Path) -> None:
    first, second = Counting("первый"), Counting("второй")
    cached = CachedVoice(FirstThatWorks([first, second]), folder)
    first.broken = True
    assert (await cached.say("Да.", keep=True)).startswith("второй".encode())
    first.broken = False
    assert (await cached.say("Да.", keep=True)).startswith("первый".encode())
