"""Keeps the few trial houses that may run at once: one for what is published, and one for each of the latest drafts."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import structlog

from app.paths import Layout
from app.problems import Problem
from app.settings import Settings
from app.studio.shelf import Shelf
from app.studio.trial_house import TrialHouse
from app.studio.trial_plan import frozen
from app.training.fingerprint import fingerprint
from app.training.train import fresh_model
from bot.studio.conversations import FOLDER
from bot.studio.project import Project
from bot.studio.refusals import NotPossible

log = structlog.get_logger(__name__)
LIVE = "live"
"""Key of the house of what is published; a draft's is its account."""
DRAFTS = 2
"""Drafts that have a house at once; one takes 1.3 GB of memory."""
IDLE = timedelta(minutes=15)
"""A house that nobody has used for so long is stopped."""
BUSY = timedelta(minutes=2)
"""One that was used within this is not taken from its editor."""
USUAL = 25.0
"""Seconds a start takes, for the progress bar."""
FULL = "Сейчас черновики пробуют двое коллег, больше роботов машина не выдержит. Попробуйте через несколько минут."
UNTRAINED = "Черновик ещё не обучен: фразы, правила или справочники изменились. Обучите его, это несколько минут."
LIVE_UNTRAINED = "Модель выпущенного робота не найдена на диске. Позовите техника: пусть выполнит ./otklik train."

State = Literal["off", "starting", "up", "failed", "untrained"]


@dataclass
class Place:
    """One house with its state; `why` in Russian when it is not up."""

    used: datetime
    state: State = "off"
    why: str = ""
    house: TrialHouse | None = None
    edition: str = ""
    task: asyncio.Task[None] | None = None
    begun: float = field(default_factory=time.monotonic)

    def look(self) -> State:
        """The state as it is now: a house may have fallen since."""
        if self.state == "up" and self.house is not None and not self.house.up:
            self.state, self.why = "failed", self.house.why
        return self.state

    @property
    def progress(self) -> float:
        """From 0 to 1, an estimate."""
        return 1.0 if self.look() == "up" else min(0.95, (time.monotonic() - self.begun) / USUAL)


def robot_of(project: Project) -> str:
    """Fingerprint of what makes the robot: the edition without its test conversations. Blocks for some 10 ms."""
    total = hashlib.sha256()
    for path in project.paths():
        if not path.startswith(f"{FOLDER}/"):
            data = (project.folder / path).read_bytes()
            total.update(f"{path}\0{len(data)}\0".encode())
            total.update(data)
    return total.hexdigest()[:32]


class Pool:
    """Starts, reuses and stops houses in folders below `folder`."""

    def __init__(self, layout: Layout, settings: Settings, clock: Callable[[], datetime], folder: Path) -> None:
        self._layout, self._settings, self._clock, self._folder = layout, settings, clock, folder
        self._places: dict[str, Place] = {}
        self._guard = asyncio.Lock()

    def place(self, key: str) -> Place | None:
        """A house's place; None for one that was never asked for, or stopped."""
        return self._places.get(key)

    def touch(self, key: str) -> None:
        """Somebody uses it now."""
        if key in self._places:
            self._places[key].used = self._clock()

    async def ensure(self, key: str, project: Project) -> Place:
        """Let the house of `key` be one for `project` as it is now, or on its way to be; never raises, the place says why not."""
        async with self._guard:
            copy = self._folder / f"look-{uuid.uuid4().hex[:8]}"
            try:
                return await self._ensure(key, copy, project)
            except (NotPossible, Problem, OSError) as error:
                await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
                await self._leave(key)
                why = error.text if isinstance(error, NotPossible) else str(error)
                self._places[key] = Place(self._clock(), "failed", why)
                return self._places[key]

    async def _ensure(self, key: str, copy: Path, project: Project) -> Place:
        look, edition, model = await asyncio.to_thread(self._looked, copy, project)
        place = self._places.get(key)
        if place and place.edition == edition and place.look() in ("starting", "up"):
            place.used = self._clock()
            await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
            return place
        if model is None:
            await self._leave(key)
            await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
            self._places[key] = Place(self._clock(), "untrained", LIVE_UNTRAINED if key == LIVE else UNTRAINED)
            return self._places[key]
        if place and place.look() == "up" and place.house is not None:
            fresh = Place(self._clock(), "starting", house=place.house, edition=edition)
            work = place.house.become(look, model)
        else:
            await self._leave(key)
            await self._make_room(key)
            house = self.build()
            fresh = Place(self._clock(), "starting", house=house, edition=edition)
            work = house.start(look, model)
        self._places[key] = fresh
        fresh.task = asyncio.create_task(self._bring_up(fresh, work, copy))
        return fresh

    def build(self) -> TrialHouse:
        """A house that is not started yet, in a folder of its own."""
        return TrialHouse(self._layout, self._settings, self._folder / uuid.uuid4().hex[:12])

    def _looked(self, copy: Path, project: Project) -> tuple[Project, str, Path | None]:
        """A copy that nobody changes meanwhile, its fingerprint and its model. Raises Problem."""
        look = frozen(project, copy)
        layout = replace(self._layout, elsewhere=look.folder)
        model = fresh_model(layout)
        # What was published is kept on a shelf of its own, longer than trainings are.
        path = model.path if model else Shelf(self._settings.studio_dir / "models").find(fingerprint(layout))
        return look, robot_of(look), path

    async def _bring_up(self, place: Place, work: Any, copy: Path) -> None:
        try:
            await work
            place.state = "up"
        except NotPossible as refusal:
            place.state, place.why = "failed", refusal.text
        except Exception as error:
            log.exception("trial.failed", error=type(error).__name__)
            place.state = "failed"
            place.why = "Робот для пробы не запустился. Откройте страницу ещё раз; если не поможет, позовите техника."
        finally:
            shutil.rmtree(copy, ignore_errors=True)
        if place.state == "failed" and place.house is not None:
            await place.house.stop()
            place.house = None

    async def _make_room(self, key: str) -> None:
        """Stop the draft's house that rested longest. Raises NotPossible when all are in use."""
        if key == LIVE:
            return
        others = sorted(((p.used, k) for k, p in self._places.items() if k != LIVE and p.house is not None))
        while len(others) >= DRAFTS:
            used, oldest = others.pop(0)
            if self._clock() - used < BUSY:
                raise NotPossible(FULL)
            await self._leave(oldest)

    async def sweep(self, idle: timedelta = IDLE) -> None:
        """Stop whatever nobody has used for so long."""
        async with self._guard:
            for key in [k for k, p in self._places.items() if self._clock() - p.used >= idle]:
                await self._leave(key)

    async def close(self) -> None:
        """Stop all."""
        async with self._guard:
            await asyncio.gather(*(self._leave(key) for key in list(self._places)))

    async def _leave(self, key: str) -> None:
        place = self._places.pop(key, None)
        if place is None:
            return
        if place.task is not None and not place.task.done():
            place.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await place.task
        if place.house is not None:
            await place.house.stop()
