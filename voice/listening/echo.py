"""How loud the robot's own words may come back over the line; on a line that proves to give none back, not at all."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from voice.audio import FRAME_MS
from voice.listening.vad import SILENT_DBFS, level_dbfs


@dataclass(frozen=True)
class EchoLimits:
    """What is known of echoes. Decibels and milliseconds."""

    loss_db: float = 20.0
    """What the robot says comes back at least so much weaker."""
    margin_db: float = 4.0
    """What must stand above the echo."""
    within_ms: int = 300
    """An echo comes back within this time."""
    clear_ms: int = 1000
    """The robot has been loud for so long and no voice came back: the line has no echo."""


_LOUD_DBFS = -35.0
"""From this level on of what is sent, an echo would be heard as speech."""
_NO_VOICE = 0.2
_MISTRUST = 5
"""One frame with a voice undoes so many without."""


class Echo:
    """Learns about one call's line."""

    def __init__(self, limits: EchoLimits) -> None:
        self._limits = limits
        self._sent: deque[float] = deque(maxlen=max(1, limits.within_ms // FRAME_MS))
        self._without_ms = 0.0

    @property
    def clear(self) -> bool:
        """Whether the line has proved to have no echo."""
        return self._without_ms >= self._limits.clear_ms

    def threshold_dbfs(self, robot_frame: bytes | None, probability: float) -> float:
        """What the caller's sound must reach now not to be an echo; `probability` of speech in what she sends."""
        self._sent.append(SILENT_DBFS if robot_frame is None else level_dbfs(robot_frame))
        if self.clear:
            return SILENT_DBFS
        if sorted(self._sent)[len(self._sent) // 2] > _LOUD_DBFS:
            step = FRAME_MS if probability < _NO_VOICE else -_MISTRUST * FRAME_MS
            self._without_ms = max(0.0, self._without_ms + step)
        loudest = max(self._sent)
        return SILENT_DBFS if loudest <= SILENT_DBFS else loudest - self._limits.loss_db + self._limits.margin_db
