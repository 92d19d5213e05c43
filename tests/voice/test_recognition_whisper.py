"""The recogniser with its real weights: recorded humans, a synthetic caller, silence, noise, a click, long and hostile sound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from app.paths import HERE
from benchmarks.voice_words import errors, words
from bot.services.content.load import load
from tests.voice.test_recognition_media import encoded
from voice.audio import RATE, silence
from voice.recognition.base import Busy, Hint
from voice.recognition.hotwords import Hotwords, from_content
from voice.recognition.media import NotSound, from_pcm
from voice.recognition.whisper import Settings, WhisperRecogniser, at_once

Human = Callable[[str], bytes]
# Loading the model costs more than most of what is asked of it here: one for all, in one loop.
pytestmark = pytest.mark.asyncio(loop_scope="module")
CONTENT = HERE.root / "bot" / "content"


@pytest.fixture(scope="module")
def known() -> Hotwords:
    return from_content(load(CONTENT), CONTENT / "hotwords.yml")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recogniser(weights: Path, known: Hotwords) -> AsyncIterator[WhisperRecogniser]:
    made = await asyncio.to_thread(WhisperRecogniser, weights, 1, 2, known, Settings(waiting=1))
    yield made
    await made.close()


async def test_recorded_humans_are_understood(recogniser: WhisperRecogniser, human: Human) -> None:
    wrong = total = 0
    for name, said in {
        "hello": "здравствуйте",
        "goodbye": "до свидания",
        "digits/today": "сегодня",
        "vm-no": "нет",
        "one-moment-please": "секундочку пожалуйста",
        "pls-try-call-later": "попробуйте позвонить позднее",
        "something-terribly-wrong": "что-то совсем не так",
        "vm-nobodyavail": "в данный момент никто не может принять ваш звонок",
        "all-circuits-busy-now": "на данный момент все линии заняты",
    }.items():
        heard = await recogniser.hear(human(name), Hint(expected="phone"))
        assert not heard.rejected and 0.3 < heard.confidence <= 1 and heard.took_ms > 0, name
        wrong, total = wrong + errors(words(said), words(heard.text)), total + len(words(said))
    assert wrong / total <= 0.1


async def test_a_caller_with_numbers_is_understood(
    recogniser: WhisperRecogniser, caller_voice: Callable[[str], bytes]
) -> None:
    heard = await recogniser.hear(
        caller_voice("Садовая улица, дом пятнадцать, квартира тридцать два"), Hint("problem_address")
    )
    assert {"садовая", "улица", "пятнадцать", "тридцать", "два"} <= set(words(heard.text))


NOTHING = {
    "silence": silence(2000),
    "no sound at all": b"",
    "half a sample": b"\x01",
    "a click of 0.3 s": np.r_[np.zeros(800), [25000, -25000] * 20, np.zeros(1560)].astype("<i2").tobytes(),
    "quiet noise": (np.random.default_rng(1).standard_normal(RATE * 3) * 300).astype("<i2").tobytes(),
    "loud noise": (np.random.default_rng(2).standard_normal(RATE * 3) * 3000).astype("<i2").tobytes(),
    "a hum": (3000 * np.sin(np.arange(RATE * 2) / RATE * 2 * np.pi * 50)).astype("<i2").tobytes(),
    "a key": (9000 * np.sin(np.arange(RATE) / RATE * 2 * np.pi * 697)).astype("<i2").tobytes(),
}


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize("expected", [None, "centre", "phone"])
async def test_nothing_is_made_up_where_nobody_speaks(
    recogniser: WhisperRecogniser, name: str, expected: str | None
) -> None:
    heard = await recogniser.hear(NOTHING[name], Hint(expected, ("МФЦ на Ленина",)))
    assert heard.text == "" and heard.rejected


async def test_forty_seconds_are_heard_to_the_end(recogniser: WhisperRecogniser, human: Human) -> None:
    names = ["hello", "queue-periodic-announce", "ss-noservice", "vm-nobodyavail", "all-circuits-busy-now", "goodbye"]
    pcm = b"".join(human(name) + silence(700) for name in names)
    while len(pcm) < 40 * RATE * 2:
        pcm = human("privacy-prompt") + silence(700) + pcm
    heard = await recogniser.hear(pcm, Hint("phone"))
    said = words(heard.text)
    assert "здравствуйте" in said and said[-2:] == ["до", "свидания"] and "линии" in said and "оператором" in said


async def test_browsers_and_messengers_recordings_are_heard(
    recogniser: WhisperRecogniser, human: Human, tmp_path: Path
) -> None:
    sound = np.repeat(from_pcm(human("pls-try-call-later")), 3)
    for container, codec in (("webm", "libopus"), ("ogg", "libopus"), ("mp4", "aac")):
        data = encoded(container, codec, 48000, sound)
        assert words((await recogniser.hear_media(data)).text) == words("попробуйте позвонить позднее")
    (tmp_path / "voice").write_bytes(data)
    assert words(await recogniser.hear_file(tmp_path / "voice") or "") == words("попробуйте позвонить позднее")


async def test_a_hostile_message_is_none_and_a_hostile_recording_says_why(
    recogniser: WhisperRecogniser, tmp_path: Path
) -> None:
    (tmp_path / "voice").write_bytes(b"RIFF" + b"\xff" * 3000)
    assert await recogniser.hear_file(tmp_path / "voice") is None
    assert await recogniser.hear_file(tmp_path / "gone") is None
    with pytest.raises(NotSound, match="broken"):
        await recogniser.hear_media(b"RIFF" + b"\xff" * 3000)


async def test_the_loop_goes_on_while_it_listens_and_too_many_are_busy(
    recogniser: WhisperRecogniser, human: Human
) -> None:
    pcm = human("pls-try-call-later")
    tasks = [asyncio.create_task(recogniser.hear(pcm)) for _ in range(4)]
    turns = 0
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.005)
        turns += 1
    ended = [task.exception() or task.result() for task in tasks]
    assert sum(isinstance(one, Busy) for one in ended) == 2
    waited = sorted(one.waited_ms for one in ended if not isinstance(one, BaseException))
    assert waited[0] < 20 < waited[1]
    assert turns > 20


async def test_a_cancelled_guess_does_not_hold_up_the_answer(recogniser: WhisperRecogniser, human: Human) -> None:
    pcm = human("hello")
    first = asyncio.create_task(recogniser.hear(pcm))
    await asyncio.sleep(0.05)
    guess = asyncio.create_task(recogniser.hear(pcm, speculative=True))
    await asyncio.sleep(0.05)
    guess.cancel()
    final = await recogniser.hear(pcm)  # one place to wait: it is free again
    assert words(final.text) == ["здравствуйте"] == words((await first).text)
    assert guess.cancelled()


async def test_two_workers_hear_at_once(weights: Path, human: Human) -> None:
    made = await asyncio.to_thread(WhisperRecogniser, weights, 2, 1)
    heard = await asyncio.gather(made.hear(human("hello")), made.hear(human("goodbye")))
    assert [words(one.text) for one in heard] == [["здравствуйте"], ["до", "свидания"]]
    assert all(one.waited_ms < 500 for one in heard)
    await made.close()


async def test_hotwords_fit_what_was_asked(known: Hotwords) -> None:
    service, place = known.prompt(Hint("service")), known.prompt(Hint("centre", ("Центр на Заречной",)))
    assert service.startswith("МФЦ, СНИЛС") and "Заречная" not in service
    assert known.prompt(Hint()) == "" and known.prompt(Hint(None, ("Паспорт", "Пенсия"))) == "Паспорт, Пенсия"
    assert place.startswith("Центр на Заречной, ") and "Металлургов" in place and "СНИЛС" not in place
    assert all(
        known.prompt(Hint(slot)) == "" for slot in ("phone", "person_name", "case_number", "appointment_confirmed")
    )
    assert max(len(service), len(place)) <= known.letters
    assert Hotwords().prompt(Hint()) == ""


async def test_two_cores_hear_one_utterance_together() -> None:
    assert [at_once(cores) for cores in (1, 2, 4, 8)] == [(1, 1), (1, 2), (2, 2), (4, 2)]
