"""Sound for the bench of turn taking: people who speak Russian, what is not speech, and where in clean speech it really is."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voice.audio import FRAME_BYTES, RATE

Sound = npt.NDArray[np.float64]
"""Samples at 8 kHz on the 16 bit scale."""

PROMPTS = Path("/usr/share/asterisk/sounds/ru")
"""Where Debian's asterisk-core-sounds-ru-wav puts its recordings of a woman."""
NOISES = ("white", "hum", "street", "music", "keys", "babble")
SENTENCES = (
    "Здравствуйте, я хочу записаться на приём, чтобы подать документы на загранпаспорт.",
    "Подскажите, пожалуйста, готово ли моё заявление на субсидию.",
    "У нас во дворе третий день не горит фонарь, и никто не приезжает.",
    "Мне нужно получить выписку о доме и о земле.",
    "Соедините меня с человеком, пожалуйста.",
    "Какие документы нужны, чтобы оформить пособие на ребёнка?",
    "Да, правильно.",
    "Нет, я передумал.",
)
LOUD_DBFS = -42.0
"""In these clean recordings all that is louder is speech: their ground lies at -60 dBFS."""


@dataclass(frozen=True)
class Spoken:
    """One recording and the spans of speech in it, milliseconds; gaps shorter than 100 ms are no gaps."""

    name: str
    sound: Sound
    spans: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE

    @property
    def speech_ms(self) -> float:
        return sum(end - start for start, end in self.spans)


def spoken(name: str, sound: Sound) -> Spoken:
    """With its spans, found by level."""
    step = RATE // 100
    count = len(sound) // step
    power = (sound[: count * step].reshape(count, step) ** 2).mean(1) / 32768**2
    spans: list[tuple[float, float]] = []
    for at in np.flatnonzero(10 * np.log10(power + 1e-12) > LOUD_DBFS):
        start = float(at) * 10
        if spans and start - spans[-1][1] < 100:
            spans[-1] = spans[-1][0], start + 10
        else:
            spans.append((start, start + 10))
    return Spoken(name, sound, tuple(span for span in spans if span[1] - span[0] > 30))


@lru_cache
def prompts() -> tuple[Spoken, ...]:
    """All recordings of human speech, by name; none where the package is not installed."""
    found = []
    for path in sorted(PROMPTS.rglob("*.wav")):
        if "silence" in path.parts or "tone" in path.name or "beep" in path.name or "monkeys" in path.name:
            continue
        with wave.open(str(path)) as file:
            if file.getframerate() == RATE and file.getnchannels() == 1:
                sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
                one = spoken(str(path.relative_to(PROMPTS).with_suffix("")), sound)
                if one.speech_ms >= 300:
                    found.append(one)
    return tuple(found)


def halves(items: Sequence[Spoken], seed: int = 4) -> tuple[list[Spoken], list[Spoken]]:
    """One half to tune on, the other to report on."""
    mixed = list(items)
    random.Random(seed).shuffle(mixed)
    return mixed[::2], mixed[1::2]


@lru_cache
def festival() -> tuple[Spoken, ...]:
    """SENTENCES by Festival's Russian voice; none where it is not installed."""
    command = shutil.which("festival")
    if command is None or not Path("/usr/share/festival/voices/russian").exists():
        return ()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.wav") for number in range(len(SENTENCES))]
        script = ["(voice_msu_ru_nsh_clunits)"]
        for sentence, path in zip(SENTENCES, paths, strict=True):
            script.append(f'(set! said (utt.synth (Utterance Text "{sentence}")))')
            script.append(f"(utt.wave.resample said {RATE})")
            script.append(f'(utt.save.wave said "{path}" \'riff)')
        Path(folder, "all.scm").write_text("\n".join(script), encoding="utf-8")
        subprocess.run([command, "-b", str(Path(folder, "all.scm"))], check=True, capture_output=True)
        return tuple(spoken(sentence, _read(path)) for sentence, path in zip(SENTENCES, paths, strict=True))


def _read(path: Path) -> Sound:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)


def noise(kind: str, seconds: float, dbfs: float, seed: int) -> Sound:
    """What is not speech (`babble`: speech that is not meant for us), one of NOISES, of this root mean square level."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    if kind == "white":
        made = rng.normal(0, 1, n)
    elif kind == "hum":
        made = sum(np.sin(2 * np.pi * 50 * k * t + k) / k for k in range(1, 8)) + rng.normal(0, 0.05, n)
    elif kind == "street":
        made = _street(rng, n)
    elif kind == "music":
        made = _music(rng, n)
    elif kind == "keys":
        low, high = rng.choice([697, 770, 852, 941], n // 2000 + 1), rng.choice([1209, 1336, 1477], n // 2000 + 1)
        tones = np.sin(2 * np.pi * np.repeat(low, 2000)[:n] * t) + np.sin(2 * np.pi * np.repeat(high, 2000)[:n] * t)
        made = tones * ((t % 0.25) < 0.1)
    elif kind == "babble":
        made = sum((_talk(rng, n) for _ in range(5)), np.zeros(n))
    else:
        raise ValueError(kind)
    return scaled(np.asarray(made, np.float64), dbfs)


def scaled(sound: Sound, dbfs: float) -> Sound:
    """The sound at another level."""
    return sound * (32768 * 10 ** (dbfs / 20) / max(1e-9, float(np.sqrt((sound**2).mean()))))


def mixed(
    one: Spoken, snr_db: float | None, seed: int, before: float = 1.0, after: float = 2.5, kind: str = "street"
) -> Sound:
    """The recording with so much silence around, all of it under noise; None: without noise."""
    sound = np.concatenate([np.zeros(int(before * RATE)), one.sound, np.zeros(int(after * RATE))])
    if snr_db is None:
        return sound
    voice = np.concatenate([one.sound[int(a * RATE / 1000) : int(b * RATE / 1000)] for a, b in one.spans])
    dbfs = 10 * np.log10((voice**2).mean() / 32768**2) - snr_db
    return np.asarray(sound + noise(kind, len(sound) / RATE + 0.1, float(dbfs), seed)[: len(sound)], np.float64)


def pcm(sound: Sound) -> bytes:
    """As the line carries it, whole frames."""
    data = sound.clip(-32768, 32767).astype("<i2").tobytes()
    return data + bytes(-len(data) % FRAME_BYTES)


def _talk(rng: np.random.Generator, n: int) -> Sound:
    made = np.zeros(0)
    while len(made) < n:
        made = np.concatenate(
            [made, prompts()[int(rng.integers(len(prompts())))].sound, np.zeros(int(rng.integers(800, 6000)))]
        )
    return made[:n]


def _street(rng: np.random.Generator, n: int) -> Sound:
    """A rumble, passing cars, and bangs of doors."""
    rough = rng.normal(0, 1, n)
    rumble = np.convolve(rough, np.exp(-np.arange(200) / 40), "same")
    made: Sound = rumble / rumble.std() * (1 + 0.8 * np.sin(2 * np.pi * np.arange(n) / RATE / 7)) + 0.15 * rough
    for at in rng.integers(0, max(1, n - 2400), max(1, n // (RATE * 2))):
        made[at : at + 2400] += (
            5 * rng.normal(0, 1, len(made[at : at + 2400])) * np.exp(-np.arange(len(made[at : at + 2400])) / 400)
        )
    return made


def _music(rng: np.random.Generator, n: int) -> Sound:
    """Music on hold: chords, a melody, a beat."""
    made, step = np.zeros(n + 4000), RATE // 4
    m = np.arange(step * 2)
    for k, at in enumerate(range(0, n - step * 2, step)):
        root = (262, 220, 175, 196)[(k // 8) % 4]
        tune = root * 2 * 2 ** (float(rng.choice([0, 2, 4, 7, 9, 12])) / 12)
        notes = [(tune, 1.0), *([(root, 0.5), (root * 1.26, 0.5), (root * 1.5, 0.5)] if k % 4 == 0 else [])]
        for pitch, gain in notes:
            wave_ = sum(np.sin(2 * np.pi * pitch * h * m / RATE) / h**1.3 for h in range(1, 6) if pitch * h < RATE / 2)
            made[at : at + len(m)] += gain * wave_ * np.exp(-m / 1600) * np.minimum(1, m / 80)
        made[at : at + 400] += 0.6 * rng.normal(0, 1, 400) * np.exp(-np.arange(400) / 80)
    return made[:n]
