"""Writes and reads the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.interface import Signed
from bot.store import Store


@dataclass(frozen=True)
class Entry:
    """One deed as the log's page shows it."""

    id: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject: str
    citizen_id: str | None
    ip: str
    data: dict[str, Any]


class Audit:
    """The log of one database."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def write(
        self, who: Signed | None, action: str, subject: str = "", citizen_id: str | None = None, **data: Any
    ) -> None:
        """Note a deed in a transaction of its own; `who` None is the system. `data` holds no personal data."""
        raise NotImplementedError

    async def add(
        self,
        session: AsyncSession,
        who: Signed | None,
        action: str,
        subject: str = "",
        citizen_id: str | None = None,
        **data: Any,
    ) -> None:
        """Note a deed in the running write transaction."""
        raise NotImplementedError

    async def page(
        self, *, actor: str = "", action: str = "", citizen_id: str = "", before: int = 0, limit: int = 100
    ) -> list[Entry]:
        """Entries, newest first, below number `before` (0: the newest)."""
        raise NotImplementedError

    def export(self, since: datetime, until: datetime) -> AsyncIterator[Entry]:
        """All entries of a period, oldest first."""
        raise NotImplementedError

    async def broken(self) -> int | None:
        """The number of the first entry that was changed or whose predecessor was removed; None when the chain holds."""
        raise NotImplementedError
