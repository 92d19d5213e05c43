"""What a caller's socket tells of one turn: when the robot answered, whether it fell silent for her, and the figures of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from voice.audio import FRAME_MS, RATE
from voice.player import audible

Received = Sequence[tuple[float, bytes]]
"""Frames with the moments (seconds) of their arrival, in order."""

GAP = 0.3
"""Seconds without sound after which the robot has fallen silent; between its words it never is for so long."""
STILL = 0.1
"""Sound so many seconds before the end of her speech is still the robot's last answer."""
TOO_SOON = 0.04
"""No answer comes so soon after her last sound: it is still the last answer."""
QUIET_DBFS = -45.0
"""What is quieter at the ends of a caller's recording is no speech."""


@dataclass(frozen=True)
class Judged:
    """One turn as it sounded, in milliseconds."""

    first_ms: float | None
    """From the end of her speech to the robot's first sound; None when it talked over the end or never answered."""
    silent_ms: float | None
    """From her first sound until the robot was silent; None when it was silent already or did not stop."""
    talked_over: bool
    """The robot had not stopped by the end of her speech."""
    cut_in: bool
    """The robot began to speak in the middle of her sentence."""


@dataclass(frozen=True)
class Turn:
    """One turn that was played. `stages` are the house's own figures, empty for a peer; `held`: «секунду» was said first."""

    kind: str
    text: str
    judged: Judged
    over: bool = False
    dynamic: bool = False
    held: bool = False
    stages: Mapping[str, float] = field(default_factory=dict)
    answer: str = ""


def judge(received: Received, began: float, ended: float) -> Judged:
    """What became of a sentence said from `began` to `ended` (seconds)."""
    sounds = [at for at, frame in received if at >= began - STILL and audible(frame)]
    stop = _stop(sounds, began)
    inside = [at for at in sounds if began <= at < ended]
    cut_in = any(at > (stop if stop is not None else began) + GAP for at in inside)
    talked_over = any(ended - STILL <= at < ended + TOO_SOON for at in sounds)
    first = None if talked_over else next((at for at in sounds if at >= ended), None)
    spoke = any(at < began + GAP for at in sounds)
    silent = (stop - began) * 1000 if spoke and stop is not None and stop < ended - STILL and stop >= began else None
    return Judged(
        round((first - ended) * 1000, 1) if first is not None else None,
        round(silent, 1) if silent is not None else None,
        talked_over,
        cut_in and not talked_over,
    )


def silent_at(received: Received) -> float:
    """When the last sound that arrived has been heard to its end: frames that came ahead of time are played one after the other.

    0 when there was none.
    """
    played = last = 0.0
    for at, frame in received:
        played = max(played, at) + FRAME_MS / 1000
        if audible(frame):
            last = played
    return last


def _stop(sounds: Sequence[float], began: float) -> float | None:
    """The last sound of what was being said when she began; None when nothing was."""
    if not sounds or sounds[0] > began + GAP:
        return None
    last = sounds[0]
    for at in sounds[1:]:
        if at - last > GAP:
            break
        last = at
    return last


def trimmed(pcm: bytes) -> bytes:
    """A recording without the silence at both ends, so that its end is the end of speech."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    step = RATE // 100
    count = len(samples) // step
    power = (samples[: count * step].reshape(count, step) ** 2).mean(1) / 32768**2
    loud = np.flatnonzero(10 * np.log10(power + 1e-12) > QUIET_DBFS)
    if not len(loud):
        return b""
    return pcm[int(loud[0]) * step * 2 : (int(loud[-1]) + 1) * step * 2]


def percentile(values: Iterable[float | None], percent: float) -> float | None:
    """A percentile, interpolated; None of nothing."""
    known = [value for value in values if value is not None]
    return round(float(np.percentile(known, percent)), 1) if known else None


def summary(turns: Sequence[Turn]) -> dict[str, Any]:
    """First sound of all turns, by kind, of new sentences; what went wrong; the stages."""
    firsts = [t.judged.first_ms for t in turns]
    return {
        "turns": len(turns),
        "answered": sum(first is not None for first in firsts),
        "talked_over": sum(t.judged.talked_over for t in turns),
        "cut_in": sum(t.judged.cut_in for t in turns),
        "held": sum(t.held for t in turns),
        "p50": percentile(firsts, 50),
        "p95": percentile(firsts, 95),
        "max": percentile(firsts, 100),
        "kinds": {kind: _spread(t for t in turns if t.kind == kind) for kind in dict.fromkeys(t.kind for t in turns)},
        "dynamic": _spread(t for t in turns if t.dynamic),
        "silent_p50": percentile((t.judged.silent_ms for t in turns), 50),
        "silent_p95": percentile((t.judged.silent_ms for t in turns), 95),
        "stages": _stages(turns),
    }


def _spread(turns: Iterable[Turn]) -> dict[str, Any]:
    firsts = [t.judged.first_ms for t in turns]
    return {"turns": len(firsts), "p50": percentile(firsts, 50), "p95": percentile(firsts, 95)}


def _stages(turns: Sequence[Turn]) -> dict[str, dict[str, float | None]]:
    known = [t.stages for t in turns if t.stages]
    names = ("endpoint_ms", "asr_ms", "dialogue_ms", "speech_ms", "total_ms")
    return {
        name.removesuffix("_ms"): {
            "p50": percentile((one.get(name) for one in known), 50),
            "p95": percentile((one.get(name) for one in known), 95),
        }
        for name in names
        if known
    }


@dataclass(frozen=True)
class Level:
    """So many callers at once."""

    callers: int
    turns: tuple[Turn, ...]
    broken: int
    """Calls that were refused, lost or dropped by a strict telephone exchange."""

    @property
    def p95(self) -> float | None:
        """Of the first sound; a turn without an answer counts as endless."""
        waits = [t.judged.first_ms if t.judged.first_ms is not None else float("inf") for t in self.turns]
        if not waits:
            return None
        ranked = sorted(waits)
        return ranked[min(len(ranked) - 1, int(np.ceil(len(ranked) * 0.95)) - 1)]

    def well(self, most_ms: float) -> bool:
        """Nobody was lost, and 19 of 20 answers came in time."""
        return not self.broken and self.p95 is not None and self.p95 <= most_ms

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        p95 = self.p95
        return {
            "callers": self.callers,
            "turns": len(self.turns),
            "p50": percentile((t.judged.first_ms for t in self.turns), 50),
            "p95": None if p95 is None or p95 == float("inf") else p95,
            "unanswered": sum(t.judged.first_ms is None for t in self.turns),
            "held": sum(t.held for t in self.turns),
            "broken": self.broken,
        }


def most(levels: Sequence[Level], most_ms: float) -> int:
    """How many callers at once are served well, all smaller numbers being so too."""
    best = 0
    for level in sorted(levels, key=_callers):
        if not level.well(most_ms):
            break
        best = level.callers
    return best


def _callers(level: Level) -> int:
    return level.callers
