"""The open lines of each conversation, so that what is written in one tab appears in the others."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

from bot.store.journal import Message

Happening = Message | dict[str, Any]
Notices = asyncio.Queue[Happening]


class Tabs:
    """Who is to be told when a conversation has something new."""

    def __init__(self) -> None:
        self._queues: dict[str, set[Notices]] = {}

    @contextlib.contextmanager
    def joined(self, conversation_id: str, queue: Notices) -> Iterator[None]:
        """Be told inside the block."""
        self._queues.setdefault(conversation_id, set()).add(queue)
        try:
            yield
        finally:
            self._queues[conversation_id].discard(queue)
            if not self._queues[conversation_id]:
                del self._queues[conversation_id]

    def wake(self, conversation_id: str, but: Notices | None = None) -> None:
        """Let every line of the conversation except one look into the journal."""
        self._tell(conversation_id, {"look": True}, but)

    def voted(self, conversation_id: str, seq: int, *, helpful: bool) -> None:
        """Let every line show what the citizen said of the answer in message `seq`."""
        self._tell(conversation_id, {"vote": (seq, helpful)}, None)

    def _tell(self, conversation_id: str, what: dict[str, Any], but: Notices | None) -> None:
        for queue in self._queues.get(conversation_id, ()):
            # A line that fell so far behind looks into the journal anyway.
            with contextlib.suppress(asyncio.QueueFull):
                if queue is not but:
                    queue.put_nowait(what)
