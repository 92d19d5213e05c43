"""Stores raw events of a channel before they are acknowledged; calls that come together share one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.store import Store, Vault, raw_events
from bot.store.raw_events import RawEvent

LARGEST_BATCH = 500
"""Events that share one transaction."""


@dataclass
class _Call:
    events: Sequence[tuple[str, dict[str, Any]]]
    cursor: str | None
    done: asyncio.Future[None]


class Intake:
    """The writer of one channel's raw events. `stored` gets those that are new, in their order, even when a caller has left."""

    def __init__(
        self,
        channel: str,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        stored: Callable[[list[RawEvent]], None],
    ) -> None:
        self._channel, self._store, self._vault, self._clock, self._stored = channel, store, vault, clock, stored
        self._calls: list[_Call] = []
        self._writing: asyncio.Task[None] | None = None

    async def store(self, events: Sequence[tuple[str, dict[str, Any]]], cursor: str | None = None) -> None:
        """Store (key, event) pairs and the new cursor; when this returns they are safe. Raises what the database raises."""
        call = _Call(events, cursor, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await asyncio.shield(call.done)

    async def _write(self) -> None:
        """Work off what has gathered while the last transaction was running."""
        try:
            while self._calls:
                calls: list[_Call] = []
                while self._calls and sum(len(c.events) for c in calls) < LARGEST_BATCH:
                    calls.append(self._calls.pop(0))
                error: Exception | None = None
                try:
                    self._stored(await self._add(calls))
                except Exception as found:  # whatever it is, the callers have to hear of it
                    error = found
                for call in calls:
                    if error is None:
                        call.done.set_result(None)
                    else:
                        call.done.set_exception(error)
                        call.done.exception()  # a caller that has left does not ask
        finally:
            self._writing = None

    async def _add(self, calls: list[_Call]) -> list[RawEvent]:
        pairs = [pair for call in calls for pair in call.events]
        async with self._store.write() as session:
            added = await raw_events.add(session, self._vault, self._channel, pairs, self._clock())
            cursor = next((call.cursor for call in reversed(calls) if call.cursor is not None), None)
            if cursor is not None:
                await raw_events.move_cursor(session, self._channel, cursor)
        return sorted(added, key=lambda event: event.id)
