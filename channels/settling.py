"""Settles the raw events that no turn settles, ignored ones and dead letters, and forgets settled ones after a week."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, Literal

from prometheus_client import Counter

from bot.store import Store, StoreAway, raw_events
from channels.pace import backoff

EVENTS = Counter("otklik_events_total", "Raw events by channel and what became of them", ["channel", "outcome"])

KEPT = timedelta(days=7)
"""How long keys of settled events are remembered; platforms repeat for a day at most."""
PURGED_EVERY = 6 * 3600
"""Seconds."""


class Settling:
    """The settled events of one channel. `start` runs work beside the caller."""

    def __init__(
        self,
        channel: str,
        store: Store,
        clock: Callable[[], datetime],
        start: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._channel, self._store, self._clock, self._start = channel, store, clock, start
        self._open: list[tuple[int, str, str]] = []

    def taken(self) -> None:
        """Count an event that goes to a turn, which settles it."""
        EVENTS.labels(self._channel, "taken").inc()

    def settle(self, number: int, state: Literal["ignored", "dead"], reason: str) -> None:
        """Settle a raw event soon; while the database is away it is tried until it is back."""
        EVENTS.labels(self._channel, state).inc()
        self._open.append((number, state, reason))
        if len(self._open) == 1:
            self._start(self._settle_all())

    async def _settle_all(self) -> None:
        tries = 0
        while self._open:
            batch = list(self._open)
            try:
                async with self._store.write() as session:
                    for state, reason in {(s, r) for _, s, r in batch}:
                        numbers = [n for n, s, r in batch if (s, r) == (state, reason)]
                        await raw_events.settle(session, numbers, state, reason)
            except StoreAway:
                tries += 1
                await asyncio.sleep(backoff(tries, longest=10))
                continue
            del self._open[: len(batch)]

    async def forget(self) -> None:
        """Forget old events again and again; never returns."""
        while True:
            with contextlib.suppress(StoreAway):
                async with self._store.write() as session:
                    await raw_events.purge(session, self._clock() - KEPT, self._channel)
            await asyncio.sleep(PURGED_EVERY)
