"""How far a training is, guessed from how long its stages took before."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from bot.studio.runs import RunKind

FIRST_GUESS: Mapping[RunKind, Mapping[str, float]] = {
    "train": {"train": 40, "reading": 12, "folds_draft": 8, "folds_live": 8, "messages": 3, "report": 1},
    "check": {
        "train": 40, "reading": 12, "folds_draft": 40, "folds_live": 40, "messages": 3, "talks": 60, "report": 1,
    },
}  # fmt: skip
"""Seconds of each stage on two cores, where no training has been yet."""
ALMOST = 0.97
"""A stage that takes longer than it used to stays here."""


class Progress:
    """`stages` in their order, `typical` seconds of earlier trainings by stage."""

    def __init__(
        self,
        kind: RunKind,
        stages: Sequence[str],
        typical: Mapping[str, float],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stages, self._now = list(stages), now
        self._typical = {stage: typical.get(stage, FIRST_GUESS[kind].get(stage, 1.0)) for stage in stages}
        self.stage, self._part, self._since, self._reached = "", 0.0, now(), 0.0

    def at(self, stage: str, part: float) -> None:
        """The stage that runs, and how much of it is done as far as it tells."""
        if stage != self.stage:
            self.stage, self._since = stage, self._now()
        self._part = part

    @property
    def share(self) -> float:
        """From 0 to 1; never goes back."""
        if self.stage not in self._typical:
            return self._reached
        total = sum(self._typical.values())
        before = sum(self._typical[stage] for stage in self._stages[: self._stages.index(self.stage)])
        guessed = min(ALMOST, (self._now() - self._since) / max(0.1, self._typical[self.stage]))
        inside = max(self._part, guessed) * self._typical[self.stage]
        self._reached = max(self._reached, min(1.0, (before + inside) / total))
        return self._reached
