"""The queue as all windows of the same groups show it: read and drawn once when fifty of them hear the same news."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from bot.handover.bulletin import Bulletin, News
from bot.handover.views import QUEUE_SHOWN, Views, Waiting

LASTS = 1.0
"""Seconds a queue is shared without news: other processes change it too, and their news do not come here."""
MOST = 64
"""Sets of groups that are remembered."""
MOVES = frozenset(("queue", "mine", "call"))
"""Kinds of news after which somebody may have come into a queue or left it."""

Draw = Callable[[Sequence[Waiting], str, bool], Markup]
"""Draws the rows of a queue: who waits, which conversation is open, whether there are several groups to tell apart."""


@dataclass
class Queue:
    """Who waits for a set of groups."""

    waiting: Sequence[Waiting]
    several: bool
    ids: frozenset[str]
    _drawn: dict[str, Markup] = field(default_factory=dict)

    def rows(self, opened: str, draw: Draw) -> Markup:
        """The rows; `opened` is the conversation that this window shows."""
        opened = opened if opened in self.ids else ""
        if opened not in self._drawn:
            self._drawn[opened] = draw(self.waiting, opened, self.several)
        return self._drawn[opened]

    @property
    def full(self) -> bool:
        """Whether more may wait than are listed."""
        return len(self.waiting) >= QUEUE_SHOWN

    def without(self, gone: Collection[str]) -> Queue:
        """The queue without conversations that have just left it."""
        if not self.ids.intersection(gone):
            return self
        return queue_of([one for one in self.waiting if one.conversation_id not in gone], self.several)


def queue_of(waiting: Sequence[Waiting], several: bool) -> Queue:
    """A queue nothing is drawn of yet."""
    return Queue(waiting, several, frozenset(one.conversation_id for one in waiting))


@dataclass
class _Reading:
    version: int
    until: float
    heard: set[str] = field(default_factory=set)
    """Conversations in which something was said while this was being read: it may not have seen that."""
    task: asyncio.Task[Queue] | None = None


class SharedQueues:
    """Queues by sets of groups. Every piece of news that could change one makes the next reader read anew."""

    def __init__(self, views: Views, bulletin: Bulletin) -> None:
        self._views = views
        self._version = 0
        self._listed: set[str] = set()
        self._readings: OrderedDict[frozenset[str], _Reading] = OrderedDict()
        bulletin.tell(self._heard)

    async def of(self, groups: frozenset[str]) -> Queue:
        """The queue of these groups, as it is after all news so far."""
        now, known = time.monotonic(), self._readings.get(groups)
        if known is None or known.version != self._version or known.until < now or _failed(known.task):
            known = self._readings[groups] = _Reading(self._version, now + LASTS)
            known.task = asyncio.create_task(self._read(groups, known))
            self._readings.move_to_end(groups)
            while len(self._readings) > MOST:
                self._readings.popitem(last=False)
        # A reader who leaves must not take the queue away from the others.
        assert known.task is not None
        return await asyncio.shield(known.task)

    async def _read(self, groups: frozenset[str], reading: _Reading) -> Queue:
        queue = queue_of(await self._views.queue(groups), len(groups) > 1)
        self._listed |= queue.ids
        if queue.ids & reading.heard:
            reading.until = 0.0
        return queue

    def _heard(self, news: News) -> None:
        if news.kind in MOVES or (news.kind == "message" and news.conversation in self._listed):
            self._version += 1
            self._listed.clear()
        elif news.kind == "message":
            for reading in self._readings.values():
                if reading.task is not None and not reading.task.done():
                    reading.heard.add(news.conversation)


def _failed(task: asyncio.Task[Queue] | None) -> bool:
    return task is None or (task.done() and (task.cancelled() or task.exception() is not None))
