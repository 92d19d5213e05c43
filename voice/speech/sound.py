"""Makes what a synthesiser gives fit for a line: tempo, pitch, 8 kHz, an even level, no dead air around the words."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy
import soxr
from av.filter import Graph
from numpy.typing import NDArray

from voice.audio import RATE, silence
from voice.speech.base import Prosody, SpeechFailed

Samples = NDArray[numpy.float32]
"""Mono samples from -1 to 1."""

EDGE_MS = 40
"""Silence kept before the first and after the last sound."""
LEVEL_DBFS = -20.0
"""RMS of what is spoken, pauses left out."""
PEAK = 0.95
"""No sample is louder: a loud voice stays below LEVEL_DBFS rather than clip."""
_WINDOW = RATE // 100
_FADE = RATE // 200


def fit(samples: Samples, rate: int, prosody: Prosody) -> bytes:
    """A synthesiser's sentence as sound in the form of `voice.audio`.

    `rate` is that of `samples`, in Hz. Rate, pitch and the pause after are those of `prosody`. Raises SpeechFailed when there
    is no sound in it. Takes about 1 ms for a second of speech: for a thread.
    """
    step = 2.0 ** (prosody.pitch / 12)
    # Played `step` times as fast the voice is higher and shorter; the tempo filter gives it its length back.
    narrow = soxr.resample(samples, rate * step, RATE, quality="HQ").astype(numpy.float32)
    if abs(prosody.rate / step - 1) > 0.005:
        narrow = _tempo(narrow, prosody.rate / step)
    return to_pcm(levelled(trimmed(narrow))) + silence(prosody.pause_ms)


def from_pcm(pcm: bytes) -> Samples:
    """16 bit little-endian sound as samples; an odd last byte is dropped."""
    return numpy.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(numpy.float32) / numpy.float32(32768)


def to_pcm(samples: Samples) -> bytes:
    """Samples as 16 bit little-endian sound."""
    return (numpy.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def trimmed(samples: Samples) -> Samples:
    """8 kHz samples with no more than EDGE_MS of quiet around. Raises SpeechFailed when all is quiet."""
    loud = _loud(samples)
    if not loud.any():
        raise SpeechFailed("в синтезированном звуке одна тишина")
    windows = numpy.flatnonzero(loud)
    edge = EDGE_MS * RATE // 1000
    first, last = max(windows[0] * _WINDOW - edge, 0), (windows[-1] + 1) * _WINDOW + edge
    whole = samples[first:last].copy()
    ramp = numpy.linspace(0, 1, min(_FADE, len(whole)), dtype=numpy.float32)
    whole[: len(ramp)] *= ramp
    whole[len(whole) - len(ramp) :] *= ramp[::-1]
    return whole


def levelled(samples: Samples) -> Samples:
    """The samples at LEVEL_DBFS, with no peak above PEAK."""
    loud = numpy.repeat(_loud(samples), _WINDOW)[: len(samples)]
    spoken = samples[: len(loud)][loud]
    rms = float(numpy.sqrt(numpy.mean(spoken**2))) if len(spoken) else 0.0
    peak = float(numpy.abs(samples).max(initial=0.0))
    if rms == 0 or peak == 0:
        return samples
    return samples * numpy.float32(min(10 ** (LEVEL_DBFS / 20) / rms, PEAK / peak))


def _loud(samples: Samples) -> NDArray[numpy.bool_]:
    """Which windows of 10 ms hold sound: within 40 dB of the loudest one and above -55 dBFS."""
    count = len(samples) // _WINDOW
    power = (samples[: count * _WINDOW].reshape(count, _WINDOW) ** 2).mean(axis=1)
    loud: NDArray[numpy.bool_] = power > max(float(power.max(initial=0.0)) * 1e-4, 10**-5.5)
    return loud


def _tempo(samples: Samples, factor: float) -> Samples:
    """8 kHz samples, `factor` times as fast at the same pitch (0.5 to 2 a step)."""
    graph = Graph()
    source = graph.add_abuffer(format="flt", sample_rate=RATE, layout="mono", time_base=Fraction(1, RATE))
    filters = [source]
    while factor > 2 or factor < 0.5:
        part = 2.0 if factor > 2 else 0.5
        filters.append(graph.add("atempo", str(part)))
        factor /= part
    filters += [graph.add("atempo", f"{factor:.5f}"), graph.add("abuffersink")]
    graph.link_nodes(*filters).configure()
    # The filter drops up to 20 ms at the end: that shall be silence, not the last sound.
    padded = numpy.concatenate([samples, numpy.zeros(RATE // 10, dtype=numpy.float32)])
    frame = av.AudioFrame.from_ndarray(padded.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = RATE
    frame.time_base = Fraction(1, RATE)
    frame.pts = 0
    source.push(frame)
    source.push(None)
    pieces: list[Samples] = []
    while True:
        try:
            piece = filters[-1].pull()
        except (av.EOFError, av.BlockingIOError):
            return numpy.concatenate(pieces) if pieces else samples
        assert isinstance(piece, av.AudioFrame)
        pieces.append(piece.to_ndarray().reshape(-1).astype(numpy.float32, copy=False))
