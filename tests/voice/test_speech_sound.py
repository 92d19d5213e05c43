"""What a synthesiser gives becomes 8 kHz sound of an even level, the asked tempo and pitch, without dead air."""

from __future__ import annotations

import numpy
import pytest

from voice.audio import RATE, milliseconds
from voice.speech.base import Prosody, SpeechFailed
from voice.speech.sound import EDGE_MS, fit, from_pcm

IN = 16000


def tone(seconds: float, hz: float = 220.0, level: float = 0.1) -> numpy.ndarray:
    """A tone as a synthesiser would give it, with half a second of silence on both sides."""
    quiet = numpy.zeros(IN // 2, dtype=numpy.float32)
    time = numpy.arange(int(IN * seconds)) / IN
    return numpy.concatenate([quiet, (level * numpy.sin(2 * numpy.pi * hz * time)).astype(numpy.float32), quiet])


def loudest_hz(pcm: bytes) -> float:
    samples = from_pcm(pcm)
    return float(numpy.abs(numpy.fft.rfft(samples)).argmax() * RATE / len(samples))


def test_the_silence_around_is_cut_to_forty_milliseconds() -> None:
    assert milliseconds(fit(tone(1.0), IN, Prosody())) == pytest.approx(1000 + 2 * EDGE_MS, abs=25)


def test_the_pause_comes_after() -> None:
    sound = fit(tone(1.0), IN, Prosody(pause_ms=200))
    assert sound[-3200:] == bytes(3200)


@pytest.mark.parametrize("rate", [0.5, 0.88, 1.0, 1.08, 2.0])
def test_rate_changes_length_and_leaves_the_pitch(rate: float) -> None:
    sound = fit(tone(2.0), IN, Prosody(rate=rate))
    assert milliseconds(sound) == pytest.approx(2000 / rate + 2 * EDGE_MS, rel=0.04)
    assert loudest_hz(sound) == pytest.approx(220, rel=0.02)


@pytest.mark.parametrize("pitch", [-6, -2, 1, 6])
def test_pitch_changes_the_tone_and_leaves_the_length(pitch: float) -> None:
    sound = fit(tone(2.0), IN, Prosody(pitch=pitch))
    assert milliseconds(sound) == pytest.approx(2000 + 2 * EDGE_MS, rel=0.04)
    assert loudest_hz(sound) == pytest.approx(220 * 2 ** (pitch / 12), rel=0.02)


@pytest.mark.parametrize("level", [0.005, 0.1, 1.0])
def test_the_level_is_even_and_nothing_clips(level: float) -> None:
    samples = from_pcm(fit(tone(1.0, level=level), IN, Prosody()))
    loud = samples[RATE // 5 : RATE * 4 // 5]
    assert 20 * numpy.log10(numpy.sqrt(numpy.mean(loud**2))) == pytest.approx(-20, abs=0.5)
    assert numpy.abs(samples).max() < 0.96


def test_a_click_in_soft_speech_does_not_clip() -> None:
    samples = tone(1.0, level=0.01)
    samples[IN] = 0.9
    assert numpy.abs(from_pcm(fit(samples, IN, Prosody()))).max() < 0.96


def test_silence_is_no_speech() -> None:
    with pytest.raises(SpeechFailed, match="тишина"):
        fit(numpy.zeros(IN, dtype=numpy.float32), IN, Prosody())


def test_nothing_at_all_is_no_speech() -> None:
    with pytest.raises(SpeechFailed):
        fit(numpy.zeros(0, dtype=numpy.float32), IN, Prosody(rate=0.9))
