"""How turns stand, for those who wait for one: its replies when it is over, or when the citizen was told that it takes longer."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from bot.store.journal import Message


@dataclass(frozen=True)
class Outcome:
    """How a turn stands: its replies, who answers in the conversation, and whether the turn is over."""

    replies: list[Message]
    mode: str
    over: bool


class Outcomes:
    """Outcomes of turns that are under way in this process, by the number of the message."""

    def __init__(self) -> None:
        self._awaited: dict[int, asyncio.Future[Outcome]] = {}

    def expect(self, seq: int) -> None:
        """A turn begins."""
        self._awaited[seq] = asyncio.get_running_loop().create_future()

    def settle(self, seq: int, outcome: Outcome) -> None:
        """Let those who wait know; afterwards the journal tells."""
        future = self._awaited.pop(seq, None)
        if future is not None and not future.done():
            future.set_result(outcome)

    async def wait(self, seq: int, seconds: float) -> Outcome | None:
        """The outcome, waiting up to `seconds` for it; None when it is not known here."""
        future = self._awaited.get(seq)
        if future is not None:
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(future), seconds)
        return None
