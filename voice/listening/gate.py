"""Whether a frame is the caller speaking: Silero's opinion, and a second one by level against hum, echo and far voices."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from voice.audio import FRAME_MS
from voice.listening.echo import Echo, EchoLimits
from voice.listening.vad import SILENT_DBFS, level_dbfs


@dataclass(frozen=True)
class Sensitivity:
    """From where on sound is speech. Levels are root mean square in dBFS; tuned by `benchmarks.voice_listening`."""

    starts: float = 0.5
    """Probability from which a silence becomes speech."""
    goes_on: float = 0.35
    """Probability down to which speech goes on."""
    quietest_dbfs: float = -45.0
    """Whatever is quieter is not meant for us."""
    quietest_over_robot_dbfs: float = -40.0
    """The same while the robot speaks: a room's voices stop it less easily than they are heard."""
    below_caller_db: float = 18.0
    """A voice so far below the caller's own loud syllables is another one in her room, while the robot speaks."""
    below_caller_in_turn_db: float = 26.0
    """The same while the robot is silent: then to miss her is worse than to hear the room."""
    forget_db_per_s: float = 0.25
    """How fast that is forgotten while she is silent: she may have put the receiver farther away."""
    noticed_ms: int = 60
    """How long speech has gone on when the detector notices it."""
    lingers_ms: int = 100
    """How long the detector hears speech after it has ended."""
    echo: EchoLimits = field(default_factory=EchoLimits)


_PEAK_FRAMES = 8
"""The level that counts is the loudest of the last 160 ms: the detector's opinion is as old."""
_LOUDER, _QUIETER = 0.1, 0.01
"""Weight of a new frame in the caller's usual level: her loud syllables are what tells her from the room."""
_HERS_DB = 12.0
"""Frames quieter than her usual level by more teach nothing: else a voice on the brink would open the gate to the whole room."""


class Gate:
    """Remembers the levels of one call."""

    def __init__(self, sensitivity: Sensitivity) -> None:
        self._s = sensitivity
        self._levels: deque[float] = deque(maxlen=_PEAK_FRAMES)
        self._echo = Echo(sensitivity.echo)
        self._usual = SILENT_DBFS
        self._open = False

    def voiced(self, frame: bytes, probability: float, robot_speaking: bool, robot_frame: bytes | None = None) -> bool:
        """Whether this frame of the caller, which the detector finds so probable, is her speech.

        `robot_frame` is what is being sent to her at the same time; None when that is nothing, or not known.
        """
        s = self._s
        self._levels.append(level_dbfs(frame))
        level, echo = max(self._levels), self._echo.threshold_dbfs(robot_frame, probability)
        probable = probability >= (s.goes_on if self._open else s.starts)
        quietest = s.quietest_over_robot_dbfs if robot_speaking else s.quietest_dbfs
        below = s.below_caller_db if robot_speaking else s.below_caller_in_turn_db
        self._open = probable and level >= max(quietest, self._usual - below, echo)
        if self._open:
            loud = max(self._levels[-1], s.quietest_dbfs)
            weight = 1.0 if self._usual <= SILENT_DBFS else _LOUDER if loud > self._usual else _QUIETER
            if loud > self._usual - _HERS_DB or weight == 1.0:
                self._usual += (loud - self._usual) * weight
        else:
            self._usual = max(SILENT_DBFS, self._usual - s.forget_db_per_s * FRAME_MS / 1000)
        return self._open

    def forget(self) -> None:
        """Forget how loud the caller is: nothing was heard of her, so we may be the deaf ones."""
        self._usual = SILENT_DBFS
