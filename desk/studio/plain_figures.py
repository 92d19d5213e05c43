"""What the studio counts over whole editions, remembered by edition: how plain its texts are, and its mistakes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.plain import PLAIN
from bot.plain.replies import RepliesShare, replies_share
from bot.plain.shares import GROUPS, Group, Judged, judged, texts_of
from bot.studio.checks import mistakes
from bot.studio.mistakes import Mistake
from bot.studio.project import Project
from desk.parts import Parts

T = TypeVar("T")
KEPT = 12
"""Editions that are remembered: a few editors' drafts and the published one."""
PIECE = 40
"""Texts judged at one go, so that conversations go on in between."""
REPLIES_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Share:
    """How many texts of a group there are, and how many of them are plain."""

    title: str
    count: int
    plain: int

    @property
    def percent(self) -> int:
        """Rounded down: 100 means all of them."""
        return 100 * self.plain // self.count if self.count else 100


def shares(found: list[Judged]) -> dict[Group | str, Share]:
    """By group, and «all»."""
    parts: dict[Group | str, Share] = {}
    for group, title in GROUPS.items():
        mine = [one for one in found if one.text.group == group]
        parts[group] = Share(title, len(mine), sum(one.score >= PLAIN for one in mine))
    parts["all"] = Share("Все тексты", len(found), sum(one.score >= PLAIN for one in found))
    return parts


class Figures:
    """Counts off the loop, once for each edition; two who ask at once wait for the same count."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._judged: OrderedDict[str, list[Judged]] = OrderedDict()
        self._mistakes: OrderedDict[str, list[Mistake]] = OrderedDict()
        self._replies: tuple[datetime, RepliesShare] | None = None
        self._counting, self._checking, self._reading = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()

    async def edition(self, project: Project) -> str:
        """The fingerprint of a project's files."""
        return await asyncio.to_thread(self._parts.studio.edition_of, project)

    def known_judged(self, edition: str) -> list[Judged] | None:
        """Texts with their scores, when they were counted already."""
        return self._judged.get(edition)

    def known_mistakes(self, edition: str) -> list[Mistake] | None:
        """Mistakes, when they were looked for already."""
        return self._mistakes.get(edition)

    async def judged(self, project: Project) -> list[Judged]:
        """All texts of a project with their scores; the first time some seconds, after a change some 100 ms."""
        edition = await self.edition(project)
        async with self._counting:
            if edition not in self._judged:
                texts = await asyncio.to_thread(texts_of, project)
                found: list[Judged] = []
                for at in range(0, len(texts), PIECE):
                    found += await asyncio.to_thread(judged, texts[at : at + PIECE])
                _keep(self._judged, edition, found)
            return self._judged[edition]

    async def mistakes(self, project: Project) -> list[Mistake]:
        """What is wrong in a project; about a second after a change."""
        edition = await self.edition(project)
        async with self._checking:
            if edition not in self._mistakes:
                _keep(self._mistakes, edition, await asyncio.to_thread(mistakes, project))
            return self._mistakes[edition]

    async def replies(self) -> RepliesShare:
        """Operators' replies of the last days, as numbers. At most a quarter of an hour old."""
        now = self._parts.clock()
        async with self._reading:
            if self._replies is None or now - self._replies[0] > REPLIES_FOR:
                self._replies = now, await replies_share(self._parts.store, self._parts.vault, now)
            return self._replies[1]


def _keep(memory: OrderedDict[str, list[T]], key: str, value: list[T]) -> None:
    memory[key] = value
    while len(memory) > KEPT:
        memory.popitem(last=False)
