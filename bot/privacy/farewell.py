"""The last word to a citizen before her data go: in every conversation that reaches her, and waited for until it has gone out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from bot.privacy.erasure import Outlook
from bot.services.russian_dates import long_day_text
from bot.store import Store
from bot.store.conversations import ConversationRow
from bot.store.outbox import READERS, OutboxRow
from bot.turns import Turns

WITHIN_S = 15.0
"""How long a platform may take; a citizen who cannot be reached does not stop the deletion."""
LOOK_EVERY_S = 0.2
READ_WITHIN_S = 1.0
"""How long an open page on the site gets to fetch it."""
MUTE = frozenset(("phone", "cli"))
"""Channels where nobody reads."""


def words(outlook: Outlook) -> str:
    """What she is told: what was done and what stays."""
    number = f" по требованию {', '.join(outlook.requests)}" if outlook.requests else ""
    text = f"Удаляем ваши данные{number}: переписку, профиль, файлы и записи. Здесь они больше не появятся."
    kept = [
        f"{one.what} ({f'до {long_day_text(one.until)}' if one.until else 'пока дело не закончено, и свой срок после'})"
        for one in outlook.stays
    ]
    if kept:
        text += " По закону остаётся: " + "; ".join(kept) + "."
    return text + " Если напишете снова, начнём с чистого листа."


class Farewells:
    """Says it through the turns, as everything else the house says by itself."""

    def __init__(self, store: Store, turns: Turns, clock: Callable[[], datetime], text: str) -> None:
        self._store, self._turns, self._clock, self._text = store, turns, clock, text

    async def say(self, conversation_id: str) -> None:
        """Store it, send it, wait until it is sent or given up."""
        async with self._store.write() as session:
            row = await session.get(ConversationRow, conversation_id)
            if row is None or row.channel in MUTE or row.blocked_at is not None:
                return
            said = await self._turns.say_system(session, row, {"text": self._text}, self._clock())
        self._turns.announce(said, row.channel, row.user)
        if row.channel in READERS:
            await asyncio.sleep(READ_WITHIN_S)
            return
        for _ in range(int(WITHIN_S / LOOK_EVERY_S)):
            async with self._store.read() as session:
                state = await session.scalar(select(OutboxRow.state).where(OutboxRow.seq == said.seq))
            if state != "waiting":
                return
            await asyncio.sleep(LOOK_EVERY_S)
