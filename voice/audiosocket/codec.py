"""AudioSocket's frames: kind (1 byte), length of the payload (2 bytes, big-endian), payload; the same for server and caller."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

HANG_UP = 0x00
"""No payload. Asterisk takes it as the end and goes on in the dialplan."""
UUID = 0x01
"""16 bytes: which call this is. The first frame that Asterisk sends."""
DTMF = 0x03
"""One ASCII byte: a key, sent when it is let go."""
AUDIO = 0x10
"""Signed linear, 8 kHz, 16 bit little-endian; 320 bytes are 20 ms."""
ERROR = 0xFF
"""Something failed over there; the payload, if any, says what."""

MAX_PAYLOAD = 8000
"""Half a second of sound. Asterisk sends 20 ms at a time: a longer frame is no AudioSocket."""

_HEADER = struct.Struct("!BH")
_EXACT = {UUID: 16, DTMF: 1}
_KINDS = frozenset({HANG_UP, UUID, DTMF, AUDIO, ERROR})


@dataclass(frozen=True)
class Frame:
    """One frame; `kind` is one of the constants above."""

    kind: int
    payload: bytes = field(default=b"", repr=False)


def encode(kind: int, payload: bytes = b"") -> bytes:
    """The frame as bytes, to be written at once. Raises ValueError when the payload is longer than MAX_PAYLOAD."""
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"a payload of {len(payload)} bytes, {MAX_PAYLOAD} are allowed")
    return _HEADER.pack(kind, len(payload)) + payload


class Decoder:
    """Makes frames of a byte stream, however it is cut into pieces."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self.garbage = ""
        """What makes the stream no AudioSocket; "" while it is one. Nothing is decoded any more after that."""
        self.ignored = 0
        """Frames of a kind that we do not know, passed over."""

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now. Those before the garbage are still given; look at `garbage` afterwards."""
        if self.garbage:
            return []
        self._rest += data
        frames: list[Frame] = []
        at = 0
        while len(self._rest) - at >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._rest, at)
            if length > MAX_PAYLOAD or length != _EXACT.get(kind, length):
                self.garbage = f"kind {kind:#04x} with {length} bytes"
                self._rest.clear()
                return frames
            end = at + _HEADER.size + length
            if end > len(self._rest):
                break
            if kind in _KINDS:
                frames.append(Frame(kind, bytes(self._rest[at + _HEADER.size : end])))
            else:
                self.ignored += 1
            at = end
        del self._rest[:at]
        return frames
