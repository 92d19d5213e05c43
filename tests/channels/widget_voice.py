"""The assistant with a voice, for tests of the voice button: an ear that decodes what was recorded, a voice that hums."""

from __future__ import annotations

import asyncio
import io
import math
import shutil
import struct
import subprocess
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
from fastapi import FastAPI

from channels.files import FileStore
from channels.widget.demo import demo_router
from channels.widget.page import page_router
from channels.widget.server import widget_router
from tests.channels.fake_rasa import FakeRasa
from tests.channels.parts import CONTENT, HINTS, Assistant

LOUD = 0.003
"""Root mean square, of 1, above which a recording counts as speech."""


def hum(seconds: float = 0.4, rate: int = 8000, loud: float = 0.3) -> bytes:
    """A tone that comes and goes as syllables do, as the bytes of a WAV file."""
    count = int(seconds * rate)
    swell = (abs(math.sin(i / rate * 9)) for i in range(count))
    samples = (int(32767 * loud * s * math.sin(i / rate * 2 * math.pi * 220)) for i, s in enumerate(swell))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(struct.pack(f"<{count}h", *samples))
    return file.getvalue()


def spoken(text: str, folder: Path) -> Path:
    """A WAV file with these words by Festival's Russian voice; without Festival a hum of three seconds."""
    path, words = folder / "speech.wav", folder / "speech.txt"
    if shutil.which("text2wave"):
        words.write_text(text, "utf-8")
        command = ["text2wave", "-eval", "(voice_msu_ru_nsh_clunits)", str(words), "-o", str(path)]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return path
    path.write_bytes(hum(3, 16000))
    return path


def encoded(wav: bytes, kind: str) -> bytes:
    """The sound as a browser records it: `webm` and `ogg` with Opus, `mp4` with AAC."""
    codec, form = {"webm": ("libopus", "webm"), "ogg": ("libopus", "ogg"), "mp4": ("aac", "mp4")}[kind]
    file = io.BytesIO()
    with av.open(io.BytesIO(wav)) as source, av.open(file, "w", format=form) as target:
        stream: Any = target.add_stream(codec, rate=48_000, layout="mono")
        resampler = av.AudioResampler("s16" if codec == "libopus" else "fltp", "mono", 48_000, 960)
        for frame in [*source.decode(audio=0), None]:
            for part in resampler.resample(frame):
                target.mux(stream.encode(part))
        target.mux(stream.encode(None))
    return file.getvalue()


class Talking(Assistant):
    """The assistant with ear and voice. What was heard and said is noted; both may be disturbed at any moment."""

    def __init__(self, folder: Path, rasa: FakeRasa, **widget: Any) -> None:
        super().__init__(folder, rasa, **widget)
        self.words: str | None = "Хочу записаться на приём"
        """What is recognised in a recording that holds sound."""
        self.heard: list[tuple[float, float]] = []
        """Seconds and loudness (0 to 1) of every recording."""
        self.said: list[str] = []
        self.trouble: list[Exception] = []
        """What the next calls of ear or voice raise, the first first."""
        self.may_hear = asyncio.Event()
        self.may_hear.set()
        self.hears = self.speaks = True

    async def hear(self, path: Path) -> str | None:
        """The words of a recording; None for a silent one."""
        await self.may_hear.wait()
        if self.trouble:
            raise self.trouble.pop(0)
        seconds, loudness = await asyncio.to_thread(_measure, path)
        self.heard.append((seconds, loudness))
        return self.words if loudness > LOUD else None

    async def speak(self, text: str) -> bytes:
        """The text as a hum of a second."""
        if self.trouble:
            raise self.trouble.pop(0)
        self.said.append(text)
        return hum(1.0)

    def app(self) -> FastAPI:
        """The widget's doors only."""
        app = FastAPI()
        app.include_router(
            widget_router(
                self.turns, self.store, self.vault, self.settings, FileStore(self.folder / "files", self.vault), self.place_of,
                hear=self.hear if self.hears else None, speak=self.speak if self.speaks else None,
            )
        )  # fmt: skip
        app.include_router(demo_router(lambda: HINTS, CONTENT))
        app.include_router(page_router(CONTENT))
        return app


def _measure(path: Path) -> tuple[float, float]:
    with av.open(str(path)) as opened:
        resampler = av.AudioResampler("flt", "mono", 16_000)
        parts = [f.to_ndarray()[0] for frame in opened.decode(audio=0) for f in resampler.resample(frame)]
    sound = np.concatenate(parts)
    return len(sound) / 16_000, float(np.sqrt(np.mean(sound**2)))
