"""An announcer's recordings: found by what they say, whatever the format; a bad one is named and replaced by the voice."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy
import pytest

from voice.audio import milliseconds
from voice.speech.base import PLAIN, Prosody, SpeechFailed
from voice.speech.cache import CachedVoice
from voice.speech.prompts import INDEX, PromptVoice, export, file_name, read_recording

TEXT = "Здравствуйте, вы позвонили в центр."


class Robot:
    name = "robot"

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        return b"ROBOT".ljust(320, b"\0")

    async def close(self) -> None:
        pass


def record(path: Path, rate: int = 8000, channels: int = 1, level: float = 0.3) -> None:
    tone = (level * 32767 * numpy.sin(numpy.arange(rate) * 2 * numpy.pi * 300 / rate)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(numpy.repeat(tone, channels).tobytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "prompts"
    made.mkdir()
    return made


def voice(folder: Path) -> PromptVoice:
    return PromptVoice(folder, CachedVoice(Robot(), folder.parent / "cache"))


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 1), (44100, 2), (48000, 2)])
async def test_any_rate_and_number_of_channels_is_played(folder: Path, rate: int, channels: int) -> None:
    record(folder / file_name(TEXT), rate, channels)
    sound = await voice(folder).say(TEXT)
    assert milliseconds(sound) == pytest.approx(1000, abs=30)
    samples = numpy.frombuffer(sound, "<i2") / 32768
    assert 20 * numpy.log10(numpy.sqrt(numpy.mean(samples**2))) == pytest.approx(-20, abs=0.6)


async def test_a_recording_is_found_whatever_the_punctuation_and_has_its_pause(folder: Path) -> None:
    record(folder / file_name(TEXT))
    made = voice(folder)
    assert await made.say("здр+авствуйте! Вы позвонили в центр", Prosody(pause_ms=100)) == await made.say(TEXT) + bytes(
        1600
    )
    assert (await made.say("Другое.")).startswith(b"ROBOT")


async def test_the_index_names_files_of_any_name(folder: Path) -> None:
    record(folder / "greeting.wav")
    (folder / INDEX).write_text(f'"{TEXT}": greeting.wav\n"Нет.": away.wav\n"Ох.": ../secret.wav\n', "utf-8")
    made = voice(folder)
    assert made.has(TEXT) and not made.has("Нет.")
    assert [problem.split(": ", 1)[1] for problem in made.problems] == [
        "нет файла away.wav («Нет.»)",
        "../secret.wav: файл должен лежать в этой же папке",
    ]


@pytest.mark.parametrize("content", [b"", b"no sound at all" * 99, b"RIFF\x00\x00\x00\x00WAVE"])
async def test_a_broken_file_is_named_and_the_voice_speaks(folder: Path, content: bytes) -> None:
    (folder / file_name(TEXT)).write_bytes(content)
    made = voice(folder)
    assert (await made.say(TEXT)).startswith(b"ROBOT")
    [problem] = made.problems
    assert file_name(TEXT) in problem and "запишите файл заново" in problem


def test_a_silent_recording_is_refused(folder: Path) -> None:
    record(folder / "quiet.wav", level=0.0)
    with pytest.raises(SpeechFailed, match="тишина"):
        read_recording(folder / "quiet.wav")


def test_a_bad_index_is_named_with_its_line(folder: Path) -> None:
    (folder / INDEX).write_text('"а": b.wav\n"б: c.wav\n', "utf-8")
    [problem] = voice(folder).problems
    assert INDEX in problem and "строка" in problem


def test_the_announcers_list_names_every_text_once() -> None:
    rows = export(["Да.", "да", "Н+ет,\tспасибо.", "…"]).splitlines()
    assert rows == ["файл\tтекст", f"{file_name('да')}\tда", f"{file_name('нет спасибо')}\tНет, спасибо."]


async def test_what_is_recorded_is_not_prerendered(folder: Path) -> None:
    record(folder / file_name(TEXT))
    done = await voice(folder).prerender([(TEXT, PLAIN), ("Да.", PLAIN)])
    assert done.made == 1


@pytest.mark.parametrize("name", ["digits/1.wav", "hello.wav", "vm-goodbye.wav"])
def test_debians_recorded_prompts_are_read(name: str) -> None:
    for folder in ("ru", "ru_RU_f_IvrvoiceRU"):
        path = Path("/usr/share/asterisk/sounds") / folder / name
        if path.exists():
            assert milliseconds(read_recording(path)) > 100
            return
    pytest.skip("нет asterisk-core-sounds-ru-wav: чтение записей диктора проверено только на своих файлах")
