"""Who is at work: statuses of operators, kept alive by their open windows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.handover.bulletin import Bulletin
from bot.handover.interface import Operator, Presence, Status
from bot.store import Store

Colleagues = Callable[[], Awaitable[list[Operator]]]
"""Everybody who may talk to citizens, disabled accounts left out."""


class Presences:
    """Statuses in the database; `colleagues` names everybody who may have one."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        bulletin: Bulletin,
        colleagues: Colleagues,
        lost_seconds: int = 90,
    ) -> None:
        self._store, self._clock, self._bulletin = store, clock, bulletin
        self._colleagues, self._lost_seconds = colleagues, lost_seconds

    async def set(self, operator: str, status: Status, reason: str = "") -> None:
        """Go online, on a pause (`reason` from handover.yml) or offline. Talks in hand stay in hand."""
        raise NotImplementedError

    async def seen(self, operator: str) -> None:
        """The operator's window is alive."""
        raise NotImplementedError

    async def of(self, operator: str) -> Presence:
        """Where one colleague is. Raises LookupError."""
        raise NotImplementedError

    async def all(self) -> list[Presence]:
        """Everybody, those online first."""
        raise NotImplementedError
