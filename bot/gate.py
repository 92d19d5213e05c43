"""Many turns or one change: lets the robot be exchanged between turns, so that no turn is answered half by each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Gate:
    """Turns pass as they like; a change waits until those inside are through, and holds back new ones meanwhile."""

    def __init__(self) -> None:
        self._inside = 0
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._changing = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One turn; waits while a change goes on."""
        while not self._open.is_set():
            await self._open.wait()
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    @contextlib.asynccontextmanager
    async def change(self, patience: float) -> AsyncIterator[int]:
        """A change between turns; gives how many turns are still inside after `patience` seconds, usually none.

        One that takes longer (an agency's slow service) goes on beside the change rather than hold up everybody.
        """
        async with self._changing:
            self._open.clear()
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await self._empty.wait()
                yield self._inside
            finally:
                self._open.set()
