"""Robots to try things on: a whole house of its own for a draft, and one for what is published, with demonstration data."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from app.paths import Layout
from app.settings import Settings
from app.studio.trial_house import TrialHouse
from bot.studio.drafts import Drafts
from bot.studio.project import Project
from bot.studio.runs import Runs
from bot.studio.studio import Said


class Trials:
    """See `bot.studio.studio.Trials`."""

    def __init__(
        self, settings: Settings, layout: Layout, clock: Callable[[], datetime], drafts: Drafts, runs: Runs
    ) -> None:
        self._settings, self._layout, self._clock, self._drafts, self._runs = settings, layout, clock, drafts, runs

    async def open(self, draft: str) -> str:
        """See `bot.studio.studio.Trials`."""
        raise NotImplementedError

    async def say(self, trial: str, side: str, text: str, payload: str = "") -> Said:
        """See `bot.studio.studio.Trials`."""
        raise NotImplementedError

    async def state(self, draft: str) -> dict[str, Any]:
        """See `bot.studio.studio.Trials`."""
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def smoke(self, project: Project, model: Path) -> AsyncIterator[TrialHouse]:
        """A house for one edition with its model, up while the context lasts, for `smoke_test(house)`. Raises NotPossible."""
        raise NotImplementedError
        yield

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Stop houses that nobody has used for a quarter of an hour; at the end all."""
        yield
