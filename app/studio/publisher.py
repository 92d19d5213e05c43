"""Brings an edition to the citizens without an interruption, and takes it back."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from app.paths import Layout
from app.settings import Settings
from app.studio.trials import Trials
from bot.rasa import RasaClient
from bot.studio.drafts import Drafts
from bot.studio.history import History
from bot.studio.publications import Publication, Publications
from bot.studio.runs import Runs
from bot.turns import Turns


class Publisher:
    """See `bot.studio.studio.Publisher`."""

    def __init__(
        self,
        settings: Settings,
        layout: Layout,
        clock: Callable[[], datetime],
        drafts: Drafts,
        history: History,
        runs: Runs,
        publications: Publications,
        trials: Trials,
        rasa: RasaClient,
        turns: Turns,
    ) -> None:
        self._settings, self._layout, self._clock, self._drafts = settings, layout, clock, drafts
        self._history, self._runs, self._publications, self._trials = history, runs, publications, trials
        self._rasa, self._turns = rasa, turns

    @property
    def needs_two(self) -> bool:
        """Whether a second person has to approve."""
        return self._settings.publish_approval

    async def publish(self, draft: str, author: str, why: str) -> Publication:
        """See `bot.studio.studio.Publisher`."""
        raise NotImplementedError

    async def approve(self, publication_id: str, approver: str) -> Publication:
        """See `bot.studio.studio.Publisher`."""
        raise NotImplementedError

    async def refuse(self, publication_id: str, approver: str, why: str) -> None:
        """See `bot.studio.studio.Publisher`."""
        raise NotImplementedError

    async def go_back(self, version: str, author: str, why: str) -> Publication:
        """See `bot.studio.studio.Publisher`."""
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Finish a publication that was killed in the middle."""
        yield
