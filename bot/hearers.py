"""Who hears what happens in conversations: open lines of one, senders of a channel, and watchers of all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from bot.store.journal import Message

LONGEST_QUEUE = 500
"""A reader that fell so many notices behind asks for the history again; it must not hold up the others."""


class Hearers:
    """Passes notices on, never waiting for anybody."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Queue[Message | dict[str, Any]]]] = {}
        self._senders: list[Callable[[str, str], None]] = []
        self._watchers: list[Callable[[str, str], None]] = []

    def tell_sender(self, sender: Callable[[str, str], None]) -> None:
        """Let `sender` know the channel and the user of every conversation that has something new to be sent."""
        self._senders.append(sender)

    def tell_watcher(self, watcher: Callable[[str, str], None]) -> None:
        """Let `watcher` know the conversation and the author of every message as it is stored."""
        self._watchers.append(watcher)

    @contextlib.asynccontextmanager
    async def listen(self, conversation_id: str) -> AsyncIterator[asyncio.Queue[Message | dict[str, Any]]]:
        """A queue of what happens in one conversation from now on: messages, and {typing, mode} notices."""
        queue: asyncio.Queue[Message | dict[str, Any]] = asyncio.Queue(LONGEST_QUEUE)
        self._listeners.setdefault(conversation_id, set()).add(queue)
        try:
            yield queue
        finally:
            self._listeners[conversation_id].discard(queue)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]

    def announce(self, message: Message, channel: str, user: str) -> None:
        """Tell the listeners and senders of a conversation about a stored message; channel and user are the conversation's."""
        self._notify(message.conversation_id, message)
        for sender in self._senders:
            sender(channel, user)
        self._tell_watchers(message.conversation_id, message.author)

    def mode_changed(self, conversation_id: str, mode: str) -> None:
        """Tell open lines who answers now; nobody is typing any more."""
        self._notify(conversation_id, {"typing": False, "mode": mode})

    def _tell_watchers(self, conversation_id: str, author: str) -> None:
        for watcher in self._watchers:
            watcher(conversation_id, author)

    def _notify(self, conversation_id: str, what: Message | dict[str, Any]) -> None:
        for queue in self._listeners.get(conversation_id, ()):
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(what)
