"""The one form in which sound travels through this room: signed 16 bit little-endian, mono, 8 kHz, in frames of 20 ms."""

from __future__ import annotations

import io
import wave

RATE = 8000
"""Samples a second: what a telephone line carries."""
FRAME_MS = 20
FRAME_BYTES = RATE * FRAME_MS // 1000 * 2
"""Bytes of one frame: 320."""
SILENCE = bytes(FRAME_BYTES)
"""One silent frame."""


def milliseconds(pcm: bytes) -> float:
    """How long a piece of sound lasts."""
    return len(pcm) / 2 / RATE * 1000


def silence(ms: float) -> bytes:
    """Silence of about `ms` milliseconds, a whole number of frames."""
    return SILENCE * round(ms / FRAME_MS)


def frames(pcm: bytes) -> list[bytes]:
    """The sound as frames; the last one is filled up with silence."""
    cut = [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]
    if cut and len(cut[-1]) < FRAME_BYTES:
        cut[-1] += bytes(FRAME_BYTES - len(cut[-1]))
    return cut


def wav(pcm: bytes) -> bytes:
    """Sound in our form as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm)
    return file.getvalue()
