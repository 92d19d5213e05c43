"""Trains editors' drafts in a process of low priority, one at a time, with stages and a way to stop."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from app.paths import Layout
from app.settings import Settings
from bot.store import Store, Vault
from bot.studio.drafts import Drafts
from bot.studio.runs import Run, RunKind, Runs


class Trainer:
    """See `bot.studio.studio.Trainer`."""

    def __init__(
        self,
        settings: Settings,
        layout: Layout,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        drafts: Drafts,
        runs: Runs,
    ) -> None:
        self._settings, self._layout, self._store, self._vault = settings, layout, store, vault
        self._clock, self._drafts, self._runs = clock, drafts, runs

    async def start(self, draft: str, kind: RunKind) -> Run:
        """See `bot.studio.studio.Trainer`."""
        raise NotImplementedError

    async def cancel(self, run_id: str) -> None:
        """See `bot.studio.studio.Trainer`."""
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take one waiting training after the other; those that a stop left open are marked lost."""
        yield
