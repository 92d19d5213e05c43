"""News for open windows of the desk: says that something changed, never what; whoever hears it reads the database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["queue", "message", "mine", "typing", "read", "presence", "note", "call", "callback", "ticket", "notice"]
"""queue: who waits; message: said or corrected; mine: what one operator holds; typing and read: of a conversation; note: between
colleagues; call: the telephone; the rest: lists of their name."""

LONGEST_QUEUE = 500


@dataclass(frozen=True)
class News:
    """`conversation`, `group` and `operator` say whom it concerns ("" everybody); `data` holds nothing personal."""

    kind: Kind
    conversation: str = ""
    group: str = ""
    operator: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class Bulletin:
    """Passes news to every listener of this process. A lost piece loses nothing: windows look again by themselves."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[News]] = set()
        self._told: list[Callable[[News], None]] = []

    def tell(self, listener: Callable[[News], None]) -> None:
        """Let `listener` know of every piece of news at once, before anybody can act on it."""
        self._told.append(listener)

    def post(self, news: News) -> None:
        """Tell all listeners, without waiting. A listener that fell 500 behind misses it and must look at everything."""
        for listener in self._told:
            listener(news)
        for queue in self._listeners:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(news)

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Queue[News]]:
        """A queue of news from now on."""
        queue: asyncio.Queue[News] = asyncio.Queue(LONGEST_QUEUE)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
