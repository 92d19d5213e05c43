"""Exchanges the running robot for another edition between two turns: Rasa's model, the content, the telephone's words."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from app.edition import Edition
from app.settings import Settings
from app.studio.shelf import Shelf
from bot.gate import Gate
from bot.rasa import RasaClient, RasaUnavailable
from bot.studio.project import Project

if TYPE_CHECKING:
    from app.spoken_edition import SpokenEdition
    from app.studio.voicing import Voicing
    from app.telephone import Telephone

log = structlog.get_logger(__name__)

PATIENCE = 3.0
"""Seconds that turns get to end before the exchange; the usual one takes a tenth."""


@dataclass(frozen=True)
class Prepared:
    """An edition that was read and is whole, not in use yet."""

    edition: Edition
    spoken: SpokenEdition | None


class Switch:
    """Knows the objects that run and puts another edition into them. `load` reads the project of settings."""

    def __init__(
        self,
        settings: Settings,
        edition: Edition,
        load: Callable[[Settings], Edition],
        telephone: Telephone | None,
        gate: Gate,
        rasa: RasaClient,
        shelf: Shelf,
        voicing: Voicing | None = None,
    ) -> None:
        """`voicing` says ahead what an exchange changed for callers; None without a telephone."""
        self._settings, self._edition, self._load = settings, edition, load
        self._telephone, self._gate, self._rasa, self._shelf = telephone, gate, rasa, shelf
        self._voicing = voicing

    async def prepare(self, project: Project) -> Prepared:
        """Read a project off the loop. Raises what the loaders raise for a broken file (ContentError and the like)."""
        settings = self._settings.model_copy(update={"project_dir": project.folder, "content_dir": project.content})

        def read() -> Prepared:
            edition = self._load(settings)
            phone = self._telephone
            return Prepared(edition, phone.read(settings, edition.content, edition.groups.ids) if phone else None)

        return await asyncio.to_thread(read)

    async def align(self, model: str) -> None:
        """See that Rasa has the kept model of this name, after the assistant alone was started anew."""
        if (path := self._shelf.find(model)) is None:
            return
        self._shelf.point(path)
        # When Rasa is not up yet, it will start with what the link points to.
        with contextlib.suppress(RasaUnavailable):
            await self._rasa.exchange(str(path.resolve()))

    async def exchange(self, prepared: Prepared, model: str) -> float:
        """Let the edition with the kept model of this name answer from the next turn on; seconds for which turns were held back.

        Raises RasaUnavailable when Rasa did not take the model; then the earlier edition goes on as if nothing had been.
        """
        path, before = self._shelf.find(model), self._shelf.current
        assert path is not None, model
        await self._rasa.load_beside(str(path.resolve()))
        async with self._gate.change(PATIENCE) as late:
            began = time.monotonic()
            # Before Rasa is told: should it fall just now, it comes back with what it was told.
            self._shelf.point(path)
            try:
                await self._rasa.exchange(str(path.resolve()))
            except BaseException:
                if before and (earlier := self._shelf.find(before)):
                    self._shelf.point(earlier)
                raise
            self._edition.adopt(prepared.edition)
            if self._telephone is not None and prepared.spoken is not None:
                self._telephone.adopt(prepared.spoken)
            held = time.monotonic() - began
        if self._voicing is not None:
            self._voicing.soon()
        log.info("edition.exchanged", model=model, seconds=round(held, 2), late_turns=late)
        return held
