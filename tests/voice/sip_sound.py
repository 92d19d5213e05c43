"""Sound and keys as a telephone sends them: A-law, and the payload of RFC 4733."""

from __future__ import annotations

import numpy as np

from voice.audio import FRAME_MS, RATE

ALAW, EVENTS = 8, 101
"""Payload types of RTP: sound, and keys (RFC 4733)."""
STEP = RATE * FRAME_MS // 1000
KEY_FRAMES, KEY_ENDS = 6, 3
KEYS = "0123456789*#"


def _alaw_values() -> np.ndarray:
    byte = np.arange(256) ^ 0x55
    exponent, mantissa = (byte >> 4) & 7, byte & 15
    value = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(byte & 0x80, value, -value).astype(np.int16)


_VALUES = _alaw_values()
_ORDER = np.argsort(_VALUES).astype(np.uint8)
_EDGES = (_VALUES[_ORDER][:-1].astype(np.int32) + _VALUES[_ORDER][1:]) // 2


def to_alaw(pcm: bytes) -> bytes:
    """Sound in the form of `voice.audio` as A-law."""
    return _ORDER[np.searchsorted(_EDGES, np.frombuffer(pcm, "<i2").astype(np.int32))].tobytes()


def from_alaw(data: bytes) -> bytes:
    """A-law as sound in the form of `voice.audio`."""
    return _VALUES[np.frombuffer(data, np.uint8)].astype("<i2").tobytes()
