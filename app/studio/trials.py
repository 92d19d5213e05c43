"""Robots to try things on: a whole house of its own for a draft, and one for what is published, with demonstration data."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app.paths import Layout
from app.settings import Settings
from app.studio.trial_checks import Checks
from app.studio.trial_house import TrialHouse, TrialTalk
from app.studio.trial_pool import BUSY, LIVE, Place, Pool, robot_of
from bot.studio.conversation_play import ConversationResult, Seen
from bot.studio.drafts import Drafts
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.runs import Runs
from bot.studio.studio import SIDES, Checked, Exchange, Said

SWEEP_EVERY = 15.0
"""Seconds between looks for houses that nobody uses."""
TURNS = 200
"""Messages of one trial; a longer talk is none to learn from."""
STARTING = "Робот ещё запускается. Подождите полминуты и отправьте снова."
UNKNOWN = "Этот разговор уже закрыт. Начните новый."


@dataclass
class _Trial:
    draft: str
    channel: str
    segment: str
    talks: dict[str, tuple[TrialHouse, TrialTalk]] = field(default_factory=dict)
    turns: list[Exchange] = field(default_factory=list)
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)


class Trials:
    """See `bot.studio.studio.Trials`."""

    def __init__(
        self, settings: Settings, layout: Layout, clock: Callable[[], datetime], drafts: Drafts, runs: Runs
    ) -> None:
        self._drafts, self._runs = drafts, runs
        self._folder = settings.studio_dir / "trials"
        self.houses: Final = Pool(layout, settings, clock, self._folder)
        self._checks = Checks(self.houses, drafts)
        self._trials: dict[str, _Trial] = {}
        self._current: dict[str, str] = {}

    async def open(self, draft: str, channel: str = "widget", segment: str = "") -> str:
        """See `bot.studio.studio.Trials`."""
        project = (await asyncio.to_thread(self._drafts.of, draft)).work
        await self.houses.ensure(draft, project)
        await self.houses.ensure(LIVE, self._drafts.published)
        self._trials.pop(self._current.get(draft, ""), None)
        trial = uuid.uuid4().hex
        self._trials[trial], self._current[draft] = _Trial(draft, channel, segment), trial
        return trial

    def current(self, draft: str) -> str:
        """See `bot.studio.studio.Trials`."""
        return self._current.get(draft, "")

    def history(self, trial: str) -> Sequence[Exchange]:
        """See `bot.studio.studio.Trials`."""
        return tuple(self._of(trial).turns)

    def manner(self, trial: str) -> tuple[str, str]:
        """See `bot.studio.studio.Trials`."""
        found = self._of(trial)
        return found.channel, found.segment

    async def say(self, trial: str, side: str, text: str, payload: str = "") -> Said:
        """See `bot.studio.studio.Trials`."""
        found = self._of(trial)
        async with found.one_at_a_time:
            said = await self._say(found, side, text, payload)
            found.turns.append(Exchange(text, payload, {side: said}))
            return said

    async def exchange(self, trial: str, text: str, payload: str = "", sides: Sequence[str] = SIDES) -> Exchange:
        """See `bot.studio.studio.Trials`."""
        found = self._of(trial)
        if len(found.turns) >= TURNS:
            raise NotPossible("В этом разговоре уже слишком много реплик. Начните новый.")
        async with found.one_at_a_time:
            answers = await asyncio.gather(
                *(self._say(found, side, text, payload) for side in sides), return_exceptions=True
            )
            said: dict[str, Said] = {}
            refused: dict[str, str] = {}
            for side, answer in zip(sides, answers, strict=True):
                if isinstance(answer, Said):
                    said[side] = answer
                elif isinstance(answer, NotPossible):
                    refused[side] = answer.text
                else:
                    raise answer
            if not said:
                raise NotPossible(next(iter(refused.values())))
            found.turns.append(Exchange(text, payload, said, refused))
            return found.turns[-1]

    async def state(self, draft: str) -> dict[str, Any]:
        """See `bot.studio.studio.Trials`."""
        places = {"draft": self.houses.place(draft), LIVE: self.houses.place(LIVE)}
        states = {side: place.look() if place else "off" for side, place in places.items()}
        why = {side: place.why for side, place in places.items() if place and place.why}
        progress = {side: round(place.progress, 2) for side, place in places.items() if place}
        place = places["draft"]
        changed = False
        if place and place.edition:
            changed = place.edition != await self.robot(draft)
        told = {"why": " ".join(dict.fromkeys(why.values())), "reasons": why, "progress": progress, "changed": changed}
        return states | told

    async def robot(self, draft: str) -> str:
        """See `bot.studio.studio.Trials`."""
        return await asyncio.to_thread(lambda: robot_of(self._drafts.of(draft).work))

    async def check(self, draft: str, names: Collection[str] = ()) -> None:
        """See `bot.studio.studio.Trials`."""
        await self._checks.begin(draft, names)

    def remember(self, draft: str, name: str, trial: str) -> None:
        """See `bot.studio.studio.Trials`."""
        said = [turn.said["draft"] for turn in self._of(trial).turns if "draft" in turn.said]
        seen = tuple(Seen(s.text, tuple(str(b.get("title")) for b in s.buttons), s.intent) for s in said)
        self._checks.note(draft, ConversationResult(name, True, seen=seen))

    def checked(self, draft: str) -> Checked:
        """See `bot.studio.studio.Trials`."""
        return self._checks.of(draft)

    @contextlib.asynccontextmanager
    async def smoke(self, project: Project, model: Path) -> AsyncIterator[TrialHouse]:
        """A house for one edition with its model, up while the context lasts, for `smoke_test(house)`. Raises NotPossible."""
        await self.houses.sweep(BUSY)
        house = self.houses.build()
        try:
            await house.start(project, model)
            yield house
        finally:
            await house.stop()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Stop houses that nobody has used for a quarter of an hour; at the end all."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        sweeping = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            await self._checks.stop()
            await self.houses.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            await self.houses.sweep()

    def _of(self, trial: str) -> _Trial:
        if trial not in self._trials:
            raise NotPossible(UNKNOWN)
        return self._trials[trial]

    async def _say(self, trial: _Trial, side: str, text: str, payload: str) -> Said:
        key = LIVE if side == LIVE else trial.draft
        place = self.houses.place(key)
        house = _usable(place)
        self.houses.touch(key)
        kept, talk = trial.talks.get(side, (None, None))
        if talk is None or kept is not house:
            if any(side in turn.said for turn in trial.turns):
                raise NotPossible(UNKNOWN)
            talk = house.talk(trial.channel, trial.segment)
            trial.talks[side] = (house, talk)
        return await talk.say(text, payload)


def _usable(place: Place | None) -> TrialHouse:
    """The house of a place. Raises NotPossible when it is not up."""
    if place is None:
        raise NotPossible(UNKNOWN)
    state = place.look()
    if state == "up" and place.house is not None:
        return place.house
    raise NotPossible(STARTING if state == "starting" else place.why or UNKNOWN)
