"""Makes plain sound of what browsers and messengers record: WebM, Ogg, MP4, MP3, WAV. Nothing in a file is trusted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import av
import av.error
import numpy as np
import soxr
from numpy.typing import NDArray

from voice.audio import RATE

Samples = NDArray[np.float32]
"""Sound as numbers from -1 to 1."""

WIDE = 16_000
"""Samples a second that the recogniser works with."""
MAX_BYTES = 20 * 1024 * 1024
MAX_SECONDS = 300
FORMATS = "matroska,webm,ogg,mov,mp4,m4a,3gp,3g2,mj2,mp3,wav,aac,flac,amr"
"""Containers that may be opened, by FFmpeg's names. Others, playlists above all, could make it open files and addresses."""


class NotSound(Exception):
    """The file is no sound that can be heard. `reason`: `broken`, `too_big`, `too_long`, `empty`, `missing`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def wide(data: bytes | Path) -> Samples:
    """The sound of a recording at 16 kHz, mono. Raises NotSound: over 20 MB, over 5 minutes, or broken. Blocks."""
    opened = _read(data)
    pieces: list[Samples] = []
    total = 0
    try:
        for piece in _decoded(opened):
            total += len(piece)
            if total > MAX_SECONDS * WIDE:
                raise NotSound("too_long")
            pieces.append(piece)
    except av.error.FFmpegError as error:
        # A recording cut off in the middle is still heard as far as it goes.
        if not pieces:
            raise NotSound("broken") from error
    except (ValueError, OSError, MemoryError, ArithmeticError) as error:
        raise NotSound("broken") from error
    if not total:
        raise NotSound("empty")
    sound: Samples = np.concatenate(pieces).astype(np.float32)
    return sound


def narrow(data: bytes | Path) -> bytes:
    """The sound of a recording in the form of `voice.audio` (8 kHz). Raises NotSound. Blocks."""
    return to_pcm(wide(data))


def to_pcm(sound: Samples) -> bytes:
    """Sound at 16 kHz in the form of `voice.audio`."""
    slower = soxr.resample(sound, WIDE, RATE)
    return bytes((np.clip(slower, -1, 1) * 32767).astype("<i2").tobytes())


def from_pcm(pcm: bytes) -> Samples:
    """Sound in the form of `voice.audio` at 16 kHz; half a sample at the end is left out."""
    whole = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32)
    heard = np.multiply(whole, np.float32(1 / 32768), dtype=np.float32)
    return soxr.resample(heard, RATE, WIDE).astype(np.float32) if len(heard) else heard


def _read(data: bytes | Path) -> bytes:
    if isinstance(data, Path):
        try:
            if data.stat().st_size > MAX_BYTES:
                raise NotSound("too_big")
            data = data.read_bytes()
        except OSError as error:
            raise NotSound("missing") from error
    if len(data) > MAX_BYTES:
        raise NotSound("too_big")
    if not data:
        raise NotSound("empty")
    return data


def _decoded(data: bytes) -> Iterator[Samples]:
    # From memory and by no protocol at all: what a file names inside itself is never opened.
    bounds = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    with av.open(io.BytesIO(data), mode="r", metadata_errors="ignore", container_options=bounds) as container:
        if not container.streams.audio:
            raise NotSound("broken")
        stream = container.streams.audio[0]
        if stream.duration and stream.time_base and float(stream.duration * stream.time_base) > MAX_SECONDS + 1:
            raise NotSound("too_long")
        even = av.AudioResampler(format="flt", layout="mono", rate=WIDE)
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:  # one bad packet is a click, not the end
                continue
            for frame in frames:
                frame.pts = None
                for part in even.resample(frame):
                    yield np.asarray(part.to_ndarray(), np.float32).reshape(-1)
        for part in even.resample(None):
            yield np.asarray(part.to_ndarray(), np.float32).reshape(-1)
