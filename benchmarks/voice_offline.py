"""What of the voice can be measured without a house: words, false and true interruptions, and what is heard of known intents."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.paths import HERE
from benchmarks import voice_barge_in, voice_caller, voice_listening, voice_words
from benchmarks.voice_figures import trimmed
from benchmarks.voice_listening_sounds import halves, pcm, prompts
from benchmarks.voice_turns import HUMAN, INTENTS
from bot.services.content.load import load
from voice.audio import RATE, milliseconds
from voice.dictation.normalise import typed
from voice.dictation.sound_alikes import Mender
from voice.recognition import hotwords
from voice.recognition.whisper import WhisperRecogniser, at_once
from voice.tuning import tuning

CONTENT = HERE.root / "bot" / "content"
CACHE = HERE.cache / "voice-bench"
QUICK_PROMPTS, PROMPTS = 8, 50
ANNOUNCEMENT_S = 6.0


@dataclass(frozen=True)
class Intent:
    """A sentence with its meaning, and what the recogniser made of it."""

    text: str
    intent: str
    heard: str


def hearing(weights: Path) -> WhisperRecogniser:
    """The recogniser as a call has it. Loads for a second or two."""
    known = hotwords.from_content(load(CONTENT), CONTENT / "hotwords.yml")
    return WhisperRecogniser(weights, *at_once(os.cpu_count() or 1), known)


def spoken(sentences: Iterable[str]) -> dict[str, bytes]:
    """A caller's sentences as sound without silence at the ends: Festival's, or a recording where it is named as one."""
    CACHE.mkdir(parents=True, exist_ok=True)
    sounds = {}
    for sentence in sentences:
        if sentence.startswith(HUMAN):
            with wave.open(str(voice_words.PROMPTS / f"{sentence.removeprefix(HUMAN)}.wav")) as file:
                sounds[sentence] = trimmed(file.readframes(file.getnframes()))
        else:
            sounds[sentence] = trimmed(voice_caller.said(sentence, CACHE))
    return sounds


async def words(recogniser: WhisperRecogniser, quick: bool) -> dict[str, dict[str, float]]:
    """Word errors and time by set of recordings, as calls hear them."""
    sets = voice_words.collect(CACHE, QUICK_PROMPTS if quick else PROMPTS)
    if quick:
        sets = {name: samples[:4] if name != "human" else samples for name, samples in sets.items()}
    human = {name: samples for name, samples in sets.items() if name == "human"}
    others = {name: samples for name, samples in sets.items() if name != "human"}
    found = await voice_words.measure(recogniser, human, voice_words.NUMBERS)
    return found | await voice_words.measure(recogniser, others)


async def intents(recogniser: WhisperRecogniser, quick: bool) -> list[Intent]:
    """The sentences with intents as they are heard and written down for the dialogue."""
    mender = Mender.of(load(CONTENT))
    chosen = INTENTS[::8] if quick else INTENTS
    sounds = spoken(text for text, _ in chosen)
    heard = [(await recogniser.hear(sounds[text])).text for text, _ in chosen]
    return [
        Intent(text, intent, typed(one, None, (), mender) or one)
        for (text, intent), one in zip(chosen, heard, strict=True)
    ]


async def barge_in(recogniser: WhisperRecogniser, quick: bool) -> dict[str, Any]:
    """True interruptions by recorded people, over a socket."""
    _, report = halves(prompts())
    people = [one for one in report if one.speech_ms >= 500][: 4 if quick else 12]
    recordings = [trimmed(pcm(one.sound)) for one in people]
    long = b"".join(pcm(one.sound) for one in report if one.seconds > 3)
    announcement = long[: int(ANNOUNCEMENT_S * RATE) * 2]
    assert milliseconds(announcement) > 1000
    return await voice_barge_in.measure(recordings, announcement, recogniser, tuning(CONTENT / "turn_taking.yml"))


def false_barge_ins(quick: bool) -> dict[str, float]:
    """Interruptions a minute by each kind of noise while nobody means to interrupt, with the numbers of turn_taking.yml."""
    _, report = halves(prompts())
    sentences = [one for one in report if one.seconds > 4]
    call = voice_listening.Call(strategies=tuning(CONTENT / "turn_taking.yml"))
    return voice_listening.false_interruptions(call, sentences, 0.1 if quick else 0.5)
