"""The sound of one turn of the caller, with its look-back, and how much of it was speech."""

from __future__ import annotations

from collections.abc import Sequence

from voice.audio import FRAME_MS


class Turn:
    """Counts speech and silence of a turn that has begun; decides nothing."""

    def __init__(self, look_back: Sequence[bytes], at_ms: float, noticed_ms: float) -> None:
        """`look_back` is the sound before, `at_ms` the beginning of the first frame with speech, which is noticed so late."""
        self._frames = list(look_back)
        self._now = at_ms
        self.began_at_ms = at_ms - min(noticed_ms, len(self._frames) * FRAME_MS)
        self.speech_ms = self.overlap_ms = self.silence_ms = 0.0
        """Speech; speech of the newest stretch under the robot's voice; silence since the last speech."""
        self.spoken_until_ms = at_ms
        self.under_robot, self.interrupted = True, False
        self.heard: str | None = None
        """The newest words recognised of it."""
        self.words: str | None = None
        """Those of the running pause."""
        self.paused_at_ms: float | None = None
        """When the running pause was told of; None when there is none."""
        self._paused_frames = self._run_ms = 0

    @property
    def length_ms(self) -> int:
        """How long it is with its look-back."""
        return len(self._frames) * FRAME_MS

    def add(self, frame: bytes, voiced: bool, robot_speaking: bool, *, resume_ms: int, gap_ms: int) -> bool:
        """The next frame; whether speech goes on with it after a pause that was told of."""
        self._frames.append(frame)
        self._now += FRAME_MS
        self._run_ms = self._run_ms + FRAME_MS if voiced else 0
        self.under_robot &= robot_speaking or not voiced
        paused = self.paused_at_ms is not None
        if not voiced or (paused and self._run_ms < resume_ms):
            self.silence_ms += FRAME_MS
            if self.silence_ms >= gap_ms:
                self.overlap_ms = 0.0
            return False
        new = self._run_ms if paused else FRAME_MS
        self.speech_ms += new
        self.overlap_ms = self.overlap_ms + new if robot_speaking else 0.0
        self.silence_ms, self.spoken_until_ms = 0.0, self._now
        if paused:
            self.words = self.paused_at_ms = None
        return paused

    def pause(self) -> bytes:
        """The pause is long enough to be told of: the sound so far."""
        self.paused_at_ms, self._paused_frames = self._now, len(self._frames)
        return b"".join(self._frames)

    def parted(self) -> tuple[bytes, list[bytes]]:
        """The sound up to where the pause was told of, and the frames since; without a pause all, and none."""
        until = len(self._frames) if self.paused_at_ms is None else self._paused_frames
        return b"".join(self._frames[:until]), self._frames[until:]

    def frames(self) -> list[bytes]:
        """All there is."""
        return self._frames
