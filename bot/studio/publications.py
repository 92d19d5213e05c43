"""Publications and returns as they are remembered: proposed, approved, live, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.store import Store

PublicationState = Literal["proposed", "refused", "taken_back", "publishing", "live", "past", "failed"]


@dataclass(frozen=True)
class Publication:
    """One publication or return; see `bot.studio.tables.PublicationRow`."""

    id: str
    kind: Literal["publication", "return"]
    state: PublicationState
    why: str
    author: str
    approver: str
    refusal: str
    run: str
    edition: str
    model: str
    version: str
    parent: str
    changes: Sequence[str]
    created_at: datetime
    decided_at: datetime | None
    live_at: datetime | None


class Publications:
    """Keeps them in the database."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def latest(self, limit: int = 50) -> list[Publication]:
        """Newest first."""
        raise NotImplementedError

    async def live(self) -> Publication | None:
        """What the robot runs on; None before the first publication."""
        raise NotImplementedError

    async def waiting(self) -> Publication | None:
        """The proposal that waits for the second person; None without one."""
        raise NotImplementedError
