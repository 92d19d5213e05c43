"""Trainings of drafts as they are remembered: waiting, running with a stage, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.store import Store

RunKind = Literal["train", "check"]
RunState = Literal["waiting", "running", "done", "failed", "cancelled", "lost"]
OPEN: tuple[RunState, ...] = ("waiting", "running")


@dataclass(frozen=True)
class Run:
    """One training. `kind` train: the model and a quick look; check: with cross-validation, changed answers and test conversations.

    `draft` is the account whose draft it is, `edition` the fingerprint of its files then, `model` the name of the model it made.
    `progress` goes from 0 to 1. `report` is what `bot.studio.report` reads.
    """

    id: str
    kind: RunKind
    draft: str
    edition: str
    model: str
    state: RunState
    stage: str
    progress: float
    report: Mapping[str, Any]
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Runs:
    """Keeps them in the database. One training runs at a time in the whole house; further ones wait in line."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def latest(self, draft: str, limit: int = 20) -> list[Run]:
        """Trainings of an editor's draft, newest first."""
        raise NotImplementedError

    async def get(self, run_id: str) -> Run | None:
        """One training."""
        raise NotImplementedError

    async def good_for(self, edition: str) -> Run | None:
        """The newest `done` training of just these files (`edition`), a check before a train; None without one."""
        raise NotImplementedError
