"""The real Festival: it speaks, is fast when warm, is safe from what citizens say, and comes back when it hangs or dies."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from voice.audio import milliseconds
from voice.speech.base import Prosody, SpeechFailed
from voice.speech.festival import FestivalVoice
from voice.speech.letters import sayable
from voice.speech.split import LONGEST, breaths, pieces, stream

VOICE = Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits")
needs_festival = pytest.mark.skipif(
    shutil.which("festival") is None or not VOICE.exists(),
    reason="нет festival и festvox-ru: не проверен синтез речи",
)
GREETING = "Здравствуйте, вы позвонили в центр «Мои документы»."


@pytest.fixture
async def voice() -> AsyncIterator[FestivalVoice]:
    made = FestivalVoice(limit=60, warm=False)
    yield made
    await made.close()


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def gone(pid: int) -> bool:
    """Whether a process ends within two seconds."""
    for _ in range(100):
        if not runs(pid):
            return True
        await asyncio.sleep(0.02)
    return False


async def in_the_end(voice: FestivalVoice, sentence: str) -> bytes:
    """The sentence, tried again while a busy machine makes it too slow."""
    for _ in range(20):
        try:
            return await voice.say(sentence)
        except SpeechFailed:
            continue
    return await voice.say(sentence)


@needs_festival
async def test_a_sentence_becomes_sound(voice: FestivalVoice) -> None:
    assert 2000 < milliseconds(await voice.say(GREETING)) < 6000


@needs_festival
async def test_a_stress_mark_is_obeyed_not_read_aloud(voice: FestivalVoice) -> None:
    first, second = await voice.say("з+амок"), await voice.say("зам+ок")
    assert first != second
    assert abs(milliseconds(first) - milliseconds(second)) < 300


@needs_festival
async def test_the_editors_stresses_are_used() -> None:
    plain = FestivalVoice(limit=60, warm=False)
    taught = FestivalVoice(limit=60, warm=False, overrides={"замок": "з+амок"})
    try:
        assert await taught.say("замок") == await plain.say("з+амок")
        assert taught.name != plain.name
    finally:
        await plain.close()
        await taught.close()


@needs_festival
async def test_two_sentences_at_once_do_not_mix(voice: FestivalVoice) -> None:
    words = ["ноль", "один", "двести", "одиннадцать", "миллион"]
    alone = [await voice.say(word) for word in words]
    assert list(await asyncio.gather(*(voice.say(word) for word in words))) == alone


@needs_festival
async def test_a_listener_who_leaves_does_not_harm_the_next(voice: FestivalVoice) -> None:
    right = await voice.say("Да.")
    for _ in range(5):
        leaving = asyncio.create_task(
            voice.say("Чтобы получить паспорт, возьмите заявление, фотографию и старый паспорт.")
        )
        await asyncio.sleep(0.005)
        leaving.cancel()
    assert await voice.say("Да.") == right


@needs_festival
async def test_scheme_in_a_citizens_words_is_not_run(voice: FestivalVoice, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    await voice.say(f'да") (system "touch {trap}") (" нет \\" `touch {trap}` $(touch {trap})')
    await voice.say("да.\n(quit)\nнет")
    assert not trap.exists()
    assert len(voice.pids) == 1


@needs_festival
async def test_any_letters_are_said_or_refused_and_nothing_breaks(voice: FestivalVoice) -> None:
    await voice.say("Да.")
    pid = voice.pids
    some = random.Random(4)
    letters = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя+ .,!?:;-—абв \"\\()'`$#<&5Qé\n\0"
    for _ in range(60):
        await voice.say("".join(some.choice(letters) for _ in range(some.randint(1, 40))))
    assert voice.pids == pid


@needs_festival
@pytest.mark.parametrize("nothing", ["", "  ", "😀", "123", "+", "...", "—", "ь ъ"])
async def test_nothing_sayable_is_only_a_pause(voice: FestivalVoice, nothing: str) -> None:
    assert await voice.say(nothing, Prosody(pause_ms=100)) == bytes(1600)


@needs_festival
async def test_a_very_long_sentence_is_said_whole(voice: FestivalVoice) -> None:
    short = milliseconds(await voice.say("возьмите паспорт, заявление"))
    long = milliseconds(await voice.say(", ".join(["возьмите паспорт, заявление"] * 12)))
    assert long > short * 10


@needs_festival
async def test_slower_takes_longer(voice: FestivalVoice) -> None:
    plain = milliseconds(await voice.say(GREETING))
    assert milliseconds(await voice.say(GREETING, Prosody(rate=0.85))) == pytest.approx(plain / 0.85, rel=0.05)


@needs_festival
async def test_a_killed_process_is_replaced_within_the_same_sentence(voice: FestivalVoice) -> None:
    right = await voice.say("Да.")
    [pid] = voice.pids
    os.kill(pid, signal.SIGKILL)
    assert await voice.say("Да.") == right
    assert voice.pids != [pid]


@needs_festival
async def test_a_hung_process_costs_its_limit_and_is_replaced() -> None:
    voice = FestivalVoice(limit=2, warm=False)
    try:
        await voice.start()
        right = await in_the_end(voice, "Да.")
        [pid] = voice.pids
        os.kill(pid, signal.SIGSTOP)
        begun = time.monotonic()
        with pytest.raises(SpeechFailed, match="не успел"):
            await voice.say("Нет.")
        assert time.monotonic() - begun < 30
        assert await in_the_end(voice, "Да.") == right
        assert not runs(pid)
    finally:
        await voice.close()


@needs_festival
async def test_closing_ends_the_processes() -> None:
    voice = FestivalVoice(servers=2, warm=False)
    await voice.start()
    pids = voice.pids
    assert len(pids) == 2
    await voice.close()
    assert [await gone(pid) for pid in pids] == [True, True]


@needs_festival
async def test_a_long_sentence_sounds_before_it_is_all_made(voice: FestivalVoice) -> None:
    text = "Чтобы получить паспорт, возьмите заявление, фотографию и старый паспорт, а если меняли фамилию, ещё и свидетельство."
    parts = [part async for part in stream(voice, text, Prosody(pause_ms=100))]
    assert len(parts) == len(breaths(text)) > 1
    assert milliseconds(parts[0]) < 3500
    assert parts[-1].endswith(bytes(1600)) and not parts[0].endswith(bytes(1600))


async def test_a_missing_program_is_said_in_russian_at_once() -> None:
    voice = FestivalVoice("festival-is-not-here")
    try:
        with pytest.raises(SpeechFailed, match="нет программы"):
            await voice.start()
        with pytest.raises(SpeechFailed, match="нет программы"):
            await voice.say("Да.")
    finally:
        await voice.close()


def test_a_voice_is_named_not_programmed() -> None:
    with pytest.raises(ValueError):
        FestivalVoice(voice='voice_kal_diphone) (system "x"')


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("Приём — «по записи»…", "приём, по записи."),
        ("К+ошка, +ёж и +крот!", "к+ошка, ёж и крот!"),
        ("эм-эф-цэ", "эм-эф-цэ"),
        ("да , нет ?!", "да, нет?"),
        ("(привет)", "привет"),
    ],
)
def test_only_letters_and_plain_marks_pass(said: str, given: str) -> None:
    assert sayable(said) == given


def test_pieces_are_cut_at_marks_and_none_is_lost() -> None:
    text = ", ".join(["справка о доходах и расходах"] * 20) + " " + "а" * 400
    cut = pieces(text)
    assert all(0 < len(piece) <= LONGEST for piece in cut)
    assert "".join(cut).replace(" ", "") == text.replace(" ", "")
    assert pieces("коротко, ясно") == ["коротко, ясно"]
    assert pieces("  ") == []
