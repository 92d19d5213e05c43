"""How the robot read each message: kept beside the journal, so that people can look at what it was unsure of."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.store import Store

Doubt = Literal["unsure", "misread", "thumbs_down", "handed_over"]
DOUBTS: dict[Doubt, str] = {
    "unsure": "робот сомневался",
    "misread": "понял не так",
    "thumbs_down": "ответ не помог",
    "handed_over": "позвали человека",
}


@dataclass(frozen=True)
class Reading:
    """One message as the robot read it: `message` is its number in the journal."""

    message: int
    conversation_id: str
    intent: str
    confidence: float
    second: str
    second_confidence: float


class Readings:
    """Takes what Rasa shows in every action call (`latest_message` with its ranking) and stores one row a message."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    def heard(self, tracker: Any) -> None:
        """Note the reading of an action call's tracker (a dict as Rasa sends it); called several times a turn, cheap, never raises."""
        raise NotImplementedError

    async def doubt(self, conversation_id: str, why: Doubt, message: int | None = None, meant: str = "") -> None:
        """Mark a message (None: the last one of the conversation that the robot read) for the editors. Unknown ones are no error."""
        raise NotImplementedError

    async def open(self, limit: int = 500) -> Sequence[Reading]:
        """Doubtful readings that nobody has settled, newest first."""
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Store what was noted, soon after it was; at the end all of it."""
        yield
