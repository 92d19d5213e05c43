"""Word errors and time of the recogniser on human prompts of Asterisk and on citizens' sentences said by Festival.

`./otklik bench voice` uses `measure`; by itself: `python -m benchmarks.voice_words --json`.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from num2words import num2words

from app.paths import HERE
from bot.services.content.load import load
from voice.audio import RATE
from voice.recognition import hotwords, weights
from voice.recognition.base import Hint, Recogniser
from voice.recognition.hotwords import Hotwords
from voice.recognition.whisper import WhisperRecogniser, at_once

PROMPTS = Path("/usr/share/asterisk/sounds/ru")
"""Where Debian's asterisk-core-sounds-ru-wav puts the prompts."""
TRANSCRIPTS = Path("/usr/share/doc/asterisk-core-sounds-ru/core-sounds-ru.txt.gz")
"""Where asterisk-core-sounds-ru puts their texts."""
FOREIGN = ("letters/", "phonetic/", "silence/", "spy-")
"""Prompts left out: names of Latin letters and of devices are no Russian words."""

CITIZENS = tuple(
    """
    Здравствуйте, как поменять паспорт в сорок пять лет
    Хочу записаться на приём на завтра после обеда
    Какие документы нужны для загранпаспорта на десять лет
    Сколько стоит замена водительских прав
    У меня на улице Ленина второй день нет горячей воды
    На улице Металлургов яма на дороге, машина провалилась
    Подскажите, готово ли моё заявление
    Номер дела два два один три четыре шесть шесть ноль
    Мне нужна субсидия на оплату коммунальных услуг
    Можно ли получить справку о несудимости в вашем центре
    До скольки вы работаете в субботу
    Соедините меня с оператором, пожалуйста
    Запишите меня в центр на проспекте Победы
    Я потеряла снилс, как его восстановить
    Мой телефон девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять
    Как поставить ребёнка в очередь в детский сад
    Нужно ли приходить вместе с мужем
    Отмените, пожалуйста, мою запись на четверг
    Что такое социальный контракт и кому его дают
    Меня зовут Анна Сергеевна Кузнецова
    Садовая улица, дом пятнадцать, квартира тридцать два
    Во дворе третью неделю не вывозят мусор
    Как оформить материнский капитал на второго ребёнка
    Давайте в пятницу в половине одиннадцатого
    Мне отказали в пособии, куда жаловаться
    Нет, я хочу другой центр, на Заречной улице
    Сколько ждать выписку из единого реестра недвижимости
    Может ли моя дочь получить документы вместо меня по доверенности
    В подъезде не работает лифт, а я на пятом этаже
    Где находится ближайший центр мои документы
    """.strip().splitlines()
)
"""Thirty sentences as citizens say them; numbers are words, since a voice says words."""

NO_HINT = Hint()
NUMBERS = Hint(expected="phone")
VOICE = "voice_msu_ru_nsh_clunits"
NOISES_DB = (20, 10)


@dataclass(frozen=True)
class Sample:
    """One recording: its name, what is said in it, and the sound in the form of `voice.audio`."""

    name: str
    said: str
    pcm: bytes


def words(text: str) -> list[str]:
    """The words of a text in the form in which they are compared: numbers said out, small letters, е for ё."""
    text = re.sub(r"%", " процентов ", text.replace("№", " номер "))
    text = re.sub(r"\d+", lambda found: f" {_said(found.group())} ", text)
    return re.findall(r"[a-zа-я]+", text.casefold().replace("ё", "е"))


def _said(digits: str) -> str:
    if len(digits) > 9 or digits.startswith("0") and len(digits) > 1:
        return " ".join(num2words(int(digit), lang="ru") for digit in digits)
    return str(num2words(int(digits), lang="ru"))


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """How many words must be put in, taken out or changed to make one of the other."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        above, row[0] = row[0], at
        for to, other in enumerate(heard, 1):
            above, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, above + (word != other))
    return row[-1]


def human(limit: int | None = None) -> list[Sample]:
    """The human prompts with their texts, evenly chosen when only `limit` are wanted; empty where Debian's packages are missing."""
    if not TRANSCRIPTS.is_file():
        return []
    samples = []
    for line in gzip.decompress(TRANSCRIPTS.read_bytes()).decode("utf-8").splitlines():
        name, found, said = line.partition(": ")
        file = PROMPTS / f"{name}.wav"
        said = said.removeprefix(f"{name}: ")
        if not found or re.search(r"[\[(<]", said) or name.startswith(FOREIGN) or not words(said) or not file.is_file():
            continue
        samples.append(Sample(name, said, _wav(file)))
    return samples if limit is None else samples[:: max(1, -(-len(samples) // limit))]


def festival(sentences: Iterable[str] = CITIZENS, cache: Path | None = None) -> list[Sample]:
    """The sentences said by Festival's Russian voice; kept in `cache`; empty where Festival is missing."""
    if shutil.which("text2wave") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        place = cache or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        return [Sample(f"citizen-{at:02}", said, _spoken(said.strip(), place)) for at, said in enumerate(sentences, 1)]


def _spoken(sentence: str, place: Path) -> bytes:
    file = place / f"{hashlib.sha256(f'{VOICE} {sentence}'.encode()).hexdigest()[:20]}.wav"
    if not file.is_file():
        text, made = file.with_suffix(".txt"), file.with_suffix(".new")
        text.write_text(sentence + ".\n", "utf-8")
        subprocess.run(
            ["text2wave", "-eval", f"({VOICE})", str(text), "-o", str(made)],
            check=True,
            capture_output=True,
            timeout=60,
        )
        made.replace(file)
    return _wav(file)


def _wav(file: Path) -> bytes:
    with wave.open(str(file)) as sound:
        rate, pcm = sound.getframerate(), sound.readframes(sound.getnframes())
    if rate == RATE:
        return bytes(pcm)
    return bytes(np.asarray(soxr.resample(np.frombuffer(pcm, "<i2"), rate, RATE)).astype("<i2").tobytes())


def noisy(samples: Sequence[Sample], decibels: float, talkers: Sequence[Sample] = ()) -> list[Sample]:
    """The samples in noise `decibels` below them: half white, half the babble of six `talkers` at once; the same every time."""
    chance = np.random.default_rng(122)
    crowd = np.concatenate([_numbers(one.pcm) for one in talkers]) if talkers else np.zeros(0, "f4")
    return [Sample(one.name, one.said, _mixed(one.pcm, decibels, crowd, chance)) for one in samples]


def _mixed(pcm: bytes, decibels: float, crowd: np.ndarray, chance: np.random.Generator) -> bytes:
    speech = _numbers(pcm)
    noise = chance.standard_normal(len(speech)).astype("f4")
    if len(crowd) > len(speech):
        starts = chance.integers(0, len(crowd) - len(speech), 6)
        babble = np.sum([crowd[start : start + len(speech)] for start in starts], axis=0)
        noise = noise + babble / max(_level(babble), 1e-9)
    loud = speech[np.abs(speech) > 0.02 * np.abs(speech).max()]
    noise *= _level(loud) / _level(noise) / 10 ** (decibels / 20)
    mixed = speech + noise
    mixed *= min(1.0, 32000 / np.abs(mixed).max())
    return bytes(mixed.astype("<i2").tobytes())


def _numbers(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, "<i2").astype("f4")


def _level(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def collect(cache: Path | None = None, limit: int | None = None) -> dict[str, list[Sample]]:
    """All sets of recordings there are on this machine, by name. `limit` bounds the human prompts."""
    prompts, citizens = human(limit), festival(cache=cache)
    talkers = [one for one in prompts if len(one.pcm) > RATE * 4]
    sets = {"human": prompts, "festival": citizens}
    sets |= {f"festival_{level}db": noisy(citizens, level, talkers) for level in NOISES_DB}
    return {name: samples for name, samples in sets.items() if samples}


async def measure(
    recogniser: Recogniser, sets: dict[str, list[Sample]], hint: Hint = NO_HINT
) -> dict[str, dict[str, float]]:
    """Per set: `wer` (errors by words said), `asr_ms_p50`, `asr_ms_p95`, `rejected` (thrown away), `count`. One call at a time."""
    return {name: (await _one_set(recogniser, samples, hint))[0] for name, samples in sets.items()}


async def _one_set(
    recogniser: Recogniser, samples: Sequence[Sample], hint: Hint
) -> tuple[dict[str, float], list[tuple[Sample, str]]]:
    wrong = total = rejected = 0
    took, pairs = [], []
    for sample in samples:
        heard = await recogniser.hear(sample.pcm, hint)
        said = words(sample.said)
        wrong, total = wrong + errors(said, words(heard.text)), total + len(said)
        rejected += bool(heard.rejected)
        took.append(heard.took_ms)
        pairs.append((sample, heard.text or f"[{heard.rejected}] {heard.raw}"))
    ranked = sorted(took)
    figures = {
        "wer": round(wrong / total, 4),
        "asr_ms_p50": round(statistics.median(ranked), 1),
        "asr_ms_p95": round(ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))], 1),
        "rejected": rejected,
        "count": len(samples),
    }
    return figures, pairs


def recogniser(cache: Path, content: Path, model: str = "auto", prompted: bool = True) -> WhisperRecogniser:
    """The recogniser as a call has it; without hotwords if not `prompted`. Raises WeightsMissing."""
    known = hotwords.from_content(load(content), content / "hotwords.yml") if prompted else Hotwords()
    workers, threads = at_once(os.cpu_count() or 1)
    return WhisperRecogniser(weights.find(model, cache), workers, threads, known)


async def _main(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    sets = collect(HERE.cache / "voice-bench", options.limit)
    found: dict[str, dict[str, float]] = {}
    hearing = recogniser(HERE.cache, HERE.root / "bot" / "content", options.model)
    # As calls hear them (an open question has no hotwords), and as if a service had been asked for.
    for suffix, hint in (("", NO_HINT), ("_hotwords", Hint(expected="service"))):
        for name, samples in sets.items():
            if name == "human" and suffix:
                continue  # hotwords are of no use to prompts of a telephone exchange
            found[name + suffix], pairs = await _one_set(hearing, samples, NUMBERS if name == "human" else hint)
            for sample, heard in pairs if options.show else ():
                if errors(words(sample.said), words(heard)):
                    sys.stderr.write(f"{name}{suffix}: {sample.said.strip()} → {heard}\n")
    await hearing.close()
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Ошибки в словах и время распознавания речи")
    parser.add_argument("--json", action="store_true", help="одной строкой JSON")
    parser.add_argument("--model", default="auto", help="имя модели или папка")
    parser.add_argument("--limit", type=int, help="не больше стольких человеческих записей")
    parser.add_argument("--show", action="store_true", help="показать, что услышано неверно")
    options = parser.parse_args()
    found = asyncio.run(_main(options))
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    for name, figures in found.items():
        sys.stdout.write(f"{name:28}" + "  ".join(f"{key} {value:g}" for key, value in figures.items()) + "\n")


if __name__ == "__main__":
    main()
