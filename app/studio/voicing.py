"""Says what a publication changed of the telephone's fixed sentences ahead, so that no caller waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Protocol

import structlog

from voice.speech.base import Prosody
from voice.speech.cache import Prerendered

log = structlog.get_logger(__name__)

LONGEST = 30 * 60.0
"""Seconds; what is not said by then is said in the call that needs it."""

Phrases = Sequence[tuple[str, Prosody]]


class Prerendering(Protocol):
    """A voice that keeps what it said on disk."""

    async def prerender(
        self,
        sentences: Iterable[tuple[str, Prosody]],
        progress: Callable[[int, int], None] = ...,
        at_once: int = ...,
    ) -> Prerendered:
        """See `voice.speech.cache.CachedVoice`."""
        ...


class Voicing:
    """One at a time, in the background: a newer publication takes the place of the one before."""

    def __init__(self, voice: Prerendering, phrases: Callable[[], Phrases], longest: float = LONGEST) -> None:
        """`phrases` reads the published project (blocks for a second); `longest`: seconds for everything."""
        self._voice, self._phrases, self._longest = voice, phrases, longest
        self._task: asyncio.Task[None] | None = None

    def soon(self) -> None:
        """Begin with what is published now; returns at once."""
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._say(), name="voicing")

    async def settled(self) -> None:
        """Wait until nothing more is being said ahead."""
        while self._task is not None and not self._task.done():
            await asyncio.wait((self._task,))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """At the end break off; what is on disk by then stays."""
        try:
            yield
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def _say(self) -> None:
        try:
            phrases = await asyncio.to_thread(self._phrases)
            async with asyncio.timeout(self._longest):
                # One after the other: a caller's own sentence waits for one of these at most.
                done = await self._voice.prerender(phrases, at_once=1)
        except Exception as error:
            # Callers hear everything all the same, a little later.
            log.warning("voice.not_said_ahead", error=type(error).__name__)
        else:
            log.info("voice.said_ahead", made=done.made, kept=done.kept, failed=len(done.failed))
