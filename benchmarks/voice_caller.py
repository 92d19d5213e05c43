"""A caller's sound for tests and benches: Festival's sentences, kept in a folder, and noise of a chosen loudness over them."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soxr

from voice.audio import RATE

FESTIVAL = ("text2wave", "-eval", "(voice_msu_ru_nsh_clunits)")
LEVEL = 3000.0
"""Root mean square of a caller's voice: about -21 dBFS."""


def said(sentence: str, folder: Path) -> bytes:
    """A sentence spoken by Festival at 8 kHz; made once for each folder. Raises CalledProcessError."""
    file = folder / f"{hashlib.sha256(sentence.encode()).hexdigest()[:24]}.pcm"
    if not file.exists():
        made = _festival(sentence)
        fresh = file.with_suffix(f".{hashlib.sha256(made).hexdigest()[:8]}")
        fresh.write_bytes(made)
        fresh.replace(file)
    return file.read_bytes()


def _festival(sentence: str) -> bytes:
    with tempfile.TemporaryDirectory() as aside:
        text, sound = Path(aside, "text"), Path(aside, "sound")
        text.write_text(sentence + "\n", "utf-8")
        command = [*FESTIVAL, "-otype", "raw", "-F", "16000", str(text), "-o", str(sound)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        samples = np.frombuffer(sound.read_bytes(), "<i2").astype(np.float32)
    narrow = soxr.resample(samples, 16000, RATE)
    loud = float(np.sqrt((narrow**2).mean())) or 1.0
    made: bytes = np.clip(narrow * (LEVEL / loud), -32000, 32000).astype("<i2").tobytes()
    return made


def with_noise(pcm: bytes, snr_db: float, seed: int = 1) -> bytes:
    """The sound with white noise so many decibels below it."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    loud = float(np.sqrt((samples**2).mean())) or 1.0
    noise = np.random.default_rng(seed).normal(0, loud / 10 ** (snr_db / 20), len(samples))
    return np.clip(samples + noise, -32768, 32767).astype("<i2").tobytes()


def noise(ms: float, rms: float, seed: int = 1) -> bytes:
    """White noise."""
    made = np.random.default_rng(seed).normal(0, rms, int(ms * RATE / 1000))
    return np.clip(made, -32768, 32767).astype("<i2").tobytes()
