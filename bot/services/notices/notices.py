"""Emergency notices with dates: supervisors write them, the robot and the widget say them first."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from bot.store import Store


@dataclass(frozen=True)
class Notice:
    """A notice. `live` says whether it is told now."""

    id: int
    text: str
    channels: frozenset[str]
    starts_at: datetime
    ends_at: datetime
    author_name: str
    live: bool
    withdrawn_at: datetime | None = None


class Notices:
    """Notices of one database."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def add(
        self,
        text: str,
        starts_at: datetime,
        ends_at: datetime,
        channels: Collection[str],
        author: str,
        author_name: str,
    ) -> Notice:
        """A new notice. Raises BadNotice (a ServiceError with Russian `text`) for an empty or too long one (500), or impossible dates."""
        raise NotImplementedError

    async def withdraw(self, notice_id: int, author: str) -> None:
        """Take a notice back now. Raises LookupError."""
        raise NotImplementedError

    async def live(self, channel: str) -> list[Notice]:
        """What is to be said in a channel now, the newest first."""
        raise NotImplementedError

    async def all(self, limit: int = 50) -> list[Notice]:
        """Notices, the newest first."""
        raise NotImplementedError
