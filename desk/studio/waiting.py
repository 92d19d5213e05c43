"""What waits for an editor beside her own draft: counted once for everybody who opens a page within a few seconds."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from fastapi import Request

from bot.accounts.interface import Signed
from bot.studio.publications import Publications
from bot.studio.readings import Readings

SECONDS = 5.0
"""How long a count counts as fresh, unless an editor did something meanwhile."""


@dataclass(frozen=True)
class Counts:
    """`phrases` of citizens that nobody has settled, 1 000 for as many or more; `proposed_by`: whose proposal waits, "" none."""

    phrases: int
    proposed_by: str

    def approvals(self, me: Signed) -> int:
        """How many publications wait for this very person."""
        return int(bool(self.proposed_by) and self.proposed_by != me.account.id and me.may("approve"))


class Waiting:
    """Asks the database no more often than each `seconds`."""

    def __init__(
        self,
        readings: Readings,
        publications: Publications,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._readings, self._publications, self._seconds, self._clock = readings, publications, seconds, clock
        self._known: Counts | None = None
        self._until = 0.0

    async def now(self) -> Counts:
        """The counts, a few seconds old at most."""
        if self._known is None or self._clock() >= self._until:
            proposal = await self._publications.waiting()
            self._known = Counts(await self._readings.waiting(), proposal.author if proposal is not None else "")
            self._until = self._clock() + self._seconds
        return self._known

    async def for_page(self, request: Request) -> AsyncIterator[None]:
        """A dependency of pages: `request.state.waiting` are the counts. Whoever changes something sees it on her next page."""
        request.state.waiting = await self.now()
        yield
        if request.method != "GET":
            self._known = None
