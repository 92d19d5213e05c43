"""Sentences an announcer has recorded, played instead of synthesised ones; the rest is said by another voice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import av
import numpy

from bot.services.content.fields import parse_yaml
from bot.services.errors import ContentError
from voice.audio import RATE, silence
from voice.speech.base import PLAIN, Prosody, SpeechFailed
from voice.speech.cache import CachedVoice, Prerendered
from voice.speech.sound import from_pcm, levelled, to_pcm, trimmed

INDEX = "prompts.yml"
"""In the folder: text → name of its file, for recordings that are not named as `export` says."""
LONGEST_S = 120
"""Seconds of one recording; what is longer is no prompt."""


def file_name(sentence: str) -> str:
    """The name of the file a sentence's recording is looked for under, whatever its punctuation, case and stress marks."""
    return hashlib.sha256(_normal(sentence).encode()).hexdigest()[:16] + ".wav"


def export(sentences: Iterable[str]) -> str:
    """A table (tab separated, for a spreadsheet) of what an announcer is to read: file name and text, without repeats."""
    rows = {file_name(text): " ".join(text.replace("+", "").split()) for text in sentences if _normal(text)}
    return "".join(f"{name}\t{text}\n" for name, text in {"файл": "текст", **rows}.items())


class PromptVoice:
    """Plays recordings of `folder`, else speaks with `fallback`.

    All recordings are read on making (some 5 ms each: make it in a thread). Any rate, number of channels and format that
    ffmpeg reads will do. What could not be read stands in `problems`, in Russian, and is said by the fallback.
    """

    def __init__(self, folder: Path, fallback: CachedVoice) -> None:
        self._fallback = fallback
        self.problems: list[str] = []
        self._sounds: dict[str, bytes] = {}
        for key, path in self._files(folder).items():
            try:
                self._sounds[key] = read_recording(path)
            except SpeechFailed as error:
                self.problems.append(f"{path}: {error}")

    @property
    def name(self) -> str:
        """The fallback's."""
        return self._fallback.name

    def has(self, sentence: str) -> bool:
        """Whether there is a recording of this sentence."""
        return file_name(sentence) in self._sounds

    async def start(self) -> None:
        """Make the fallback ready. Raises SpeechFailed or NoVoice."""
        await self._fallback.start()

    async def say(self, sentence: str, prosody: Prosody = PLAIN, keep: bool = False) -> bytes:
        """See `voice.speech.cache.CachedVoice`. A recording keeps its announcer's tempo and pitch; the pause after is ours."""
        sound = self._sounds.get(file_name(sentence))
        if sound is not None:
            return sound + silence(prosody.pause_ms)
        return await self._fallback.say(sentence, prosody, keep)

    async def prerender(
        self,
        sentences: Iterable[tuple[str, Prosody]],
        progress: Callable[[int, int], None] = lambda done, all_of_them: None,
        at_once: int = 2,
    ) -> Prerendered:
        """See `voice.speech.cache.CachedVoice`; what is recorded needs no making."""
        return await self._fallback.prerender([pair for pair in sentences if not self.has(pair[0])], progress, at_once)

    async def close(self) -> None:
        """Close the fallback."""
        await self._fallback.close()

    def _files(self, folder: Path) -> Mapping[str, Path]:
        """Recordings by the name `export` gives them: those named so, and those the index names."""
        found = {path.name: path for path in sorted(folder.glob("*.wav"))}
        index = folder / INDEX
        if not index.exists():
            return found
        try:
            texts = parse_yaml(index.read_text("utf-8"), str(index)) or {}
            if not isinstance(texts, Mapping):
                raise ContentError(f"{index}: здесь нужны строки «текст: файл.wav»")
        except (ContentError, OSError, UnicodeDecodeError) as error:
            self.problems.append(str(error) if isinstance(error, ContentError) else f"{index}: не получилось прочитать")
            return found
        for text, name in texts.items():
            path = folder / str(name)
            if path.parent.resolve() != folder.resolve():
                self.problems.append(f"{index}: {name}: файл должен лежать в этой же папке")
            elif not path.is_file():
                self.problems.append(f"{index}: нет файла {name} («{text}»)")
            else:
                found[file_name(str(text))] = path
        return found


def read_recording(path: Path) -> bytes:
    """A sound file in the form of `voice.audio`, evened out. Raises SpeechFailed, in Russian, when it is no sound."""
    pieces: list[bytes] = []
    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as file:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            length = 0
            for frame in [*file.decode(audio=0), None]:
                for piece in resampler.resample(frame):
                    samples = piece.to_ndarray().reshape(-1)
                    length += len(samples)
                    pieces.append(samples.astype("<i2").tobytes())
                if length > LONGEST_S * RATE:
                    raise SpeechFailed(f"запись длиннее {LONGEST_S} секунд")
    except (av.FFmpegError, OSError, ValueError, IndexError):
        raise SpeechFailed("не получилось прочитать звук, запишите файл заново (WAV, 16 бит, моно)") from None
    samples = from_pcm(b"".join(pieces)) if pieces else numpy.zeros(0, dtype=numpy.float32)
    try:
        return to_pcm(levelled(trimmed(samples)))
    except SpeechFailed:
        raise SpeechFailed("в записи тишина") from None


def _normal(sentence: str) -> str:
    """The sentence's words alone: so a comma more or a stress mark does not lose the recording."""
    return " ".join(re.findall(r"[а-яa-z0-9]+", sentence.lower().replace("ё", "е").replace("+", "")))
