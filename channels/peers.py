"""What waits of one peer: in the platform's order, with edits applied, and which of it is read as one turn."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from channels.base import Edited, Happening, Said
from channels.pace import Bucket
from channels.reading import together

BURST = timedelta(seconds=2)
"""Messages that follow each other this closely while the robot is busy are one turn: people write in short breaths."""
HEAP = 60
"""More waiting messages of one peer than this are a flood, and only their beginning and end are read."""


@dataclass
class Item:
    """One happening of a peer with the numbers of the raw events that are settled with it."""

    happening: Happening
    raws: list[int]
    at: datetime

    @property
    def album(self) -> str | None:
        """The album that the message is a piece of."""
        return self.happening.album if isinstance(self.happening, Said) else None


@dataclass
class Peer:
    """One peer's queue, and how fast it is worked off."""

    bucket: Bucket
    waiting: deque[Item] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    """Works the queue off; None while nothing waits."""
    last: float = 0.0
    """When something came last, in monotonic seconds."""
    warned: bool = False
    """Whether the peer was asked to write slower, and has not been calm since."""

    @property
    def floods(self) -> bool:
        """Whether more waits than anybody types."""
        return len(self.waiting) > HEAP

    def put(self, item: Item) -> None:
        """Queue an item at its place; an edit of a message that nobody has read yet simply changes it."""
        if isinstance(item.happening, Edited) and self._amend(item.happening, item.raws):
            return
        place = len(self.waiting)
        while place and _belongs_before(item, self.waiting[place - 1]):
            place -= 1
        self.waiting.insert(place, item)

    def take(self) -> list[Item]:
        """Take the first item from the queue, and those behind it that are read with it."""
        head = self.waiting.popleft()
        items, floods = [head], self.floods
        while self.waiting and together(head.happening, self.waiting[0].happening):
            if not (floods or head.album or self.waiting[0].at - items[-1].at < BURST):
                break
            items.append(self.waiting.popleft())
        return items

    def give_back(self, items: list[Item]) -> None:
        """Put what was taken back to the front."""
        self.waiting.extendleft(reversed(items))

    def thin_out(self) -> list[Item]:
        """Drop the wordless middle of a flood (stickers, presses) and return it; texts stay, for they are read as one."""
        waiting, dropped = list(self.waiting), []
        self.waiting.clear()
        for number, item in enumerate(waiting):
            said = item.happening
            middle = HEAP // 2 <= number < len(waiting) - HEAP // 2
            if middle and isinstance(said, Said) and not together(said, said):
                dropped.append(item)
            else:
                self.waiting.append(item)
        return dropped

    def _amend(self, edited: Edited, raws: list[int]) -> bool:
        for item in self.waiting:
            if isinstance(item.happening, Said) and item.happening.id == edited.id:
                item.happening = replace(item.happening, text=edited.text)
                item.raws += raws
                return True
        return False


def _belongs_before(item: Item, other: Item) -> bool:
    """Whether the platform's own order puts an item that came later before another one that still waits."""
    a, b = item.happening, other.happening
    return isinstance(a, Said) and isinstance(b, Said) and 0 < a.order < b.order
