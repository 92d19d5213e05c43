"""What every way into the widget works with: turns, journal, files, and who is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from bot.handover.citizen_side import CitizenSide
from bot.services.people.interface import Handover
from bot.store import Store, Vault, journal
from bot.studio.votes import Votes
from bot.turns import Turns
from channels.files import FileStore
from channels.widget.settings import CHANNEL, WidgetSettings
from channels.widget.tabs import Tabs
from channels.widget.visitors import Visitors
from channels.wire import conversation_of_user

Place = Callable[[str], Awaitable[Handover | None]]
"""Where a conversation stands in the queue for a human; None when it does not wait."""


@dataclass(frozen=True)
class Backend:
    """Made once for the widget. `zone` is the region's, for times that people read."""

    turns: Turns
    store: Store
    vault: Vault
    settings: WidgetSettings
    files: FileStore
    tabs: Tabs
    visitors: Visitors
    place: Place | None
    zone: ZoneInfo
    desk: CitizenSide | None = None
    """The people behind the robot; None where there is no desk."""
    votes: Votes | None = None
    """Takes what citizens say of answers; None: nobody asks them."""

    async def conversation(self, user: str) -> str:
        """The id of the visitor's conversation; a new visitor gets one. Raises SQLAlchemyError."""
        found = await self.known_conversation(user)
        if found is not None:
            return found
        try:
            return await self._new_conversation(user)
        except IntegrityError:  # two tabs opened at the same moment
            return await self._new_conversation(user)

    async def known_conversation(self, user: str) -> str | None:
        """The id of the visitor's conversation if she has one. Raises SQLAlchemyError."""
        async with self.store.read() as session:
            row = await conversation_of_user(session, CHANNEL, user)
        return row.id if row is not None else None

    async def _new_conversation(self, user: str) -> str:
        async with self.store.write() as session:
            row = await journal.conversation_of(session, self.vault, CHANNEL, user, datetime.now(UTC))
        return row.id
