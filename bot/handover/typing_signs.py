"""«Печатает…» of operators: shown to the citizen for a few seconds, over by itself, and only for whoever holds the talk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import select

from bot.handover.bulletin import Bulletin, News
from bot.services.people.tables import HandoverRow
from bot.store import Store, StoreAway
from bot.store.conversations import ConversationRow
from bot.turns import Turns

log = structlog.get_logger(__name__)

TypeIn = Callable[[str, str], Awaitable[None]]
"""Shows «печатает» in a channel to one of its users; does nothing where the channel cannot."""

LASTS = 6.0
"""Seconds a sign stays without a new key stroke."""
AGAIN = 3.0
"""Seconds within which further key strokes tell nothing new."""


class TypingSigns:
    """The signs of all conversations. Windows tell of every key stroke, this class keeps it cheap."""

    def __init__(self, store: Store, turns: Turns, bulletin: Bulletin, type_in: TypeIn | None) -> None:
        self._store, self._turns, self._bulletin, self._type_in = store, turns, bulletin, type_in
        self._told: dict[str, float] = {}
        self._ends: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def typing(self, conversation_id: str, operator: str) -> None:
        """The operator has pressed a key in this conversation."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._told.get(conversation_id, -AGAIN) < AGAIN:
            return
        self._told[conversation_id] = loop.time()
        task = loop.create_task(self._show(conversation_id, operator), name="typing-sign")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def over(self, conversation_id: str) -> None:
        """She has sent it, or stopped."""
        self._told.pop(conversation_id, None)
        end = self._ends.pop(conversation_id, None)
        if end is not None:
            end.cancel()
            self._turns.show_typing(conversation_id, on=False)
            self._bulletin.post(News("typing", conversation_id, data={"on": False}))

    async def _show(self, conversation_id: str, operator: str) -> None:
        try:
            async with self._store.read() as session:
                found = (
                    await session.execute(
                        select(ConversationRow.channel, ConversationRow.user)
                        .join(HandoverRow, HandoverRow.conversation_id == ConversationRow.id)
                        .where(ConversationRow.id == conversation_id, ConversationRow.mode == "operator")
                        .where(HandoverRow.state == "taken", HandoverRow.operator == operator)
                    )
                ).first()
        except StoreAway:
            return
        if found is None:
            self._told.pop(conversation_id, None)
            return
        if conversation_id not in self._told:
            return  # sent meanwhile
        self._turns.show_typing(conversation_id, on=True)
        self._bulletin.post(News("typing", conversation_id, data={"on": True, "by": operator}))
        if (end := self._ends.pop(conversation_id, None)) is not None:
            end.cancel()
        self._ends[conversation_id] = asyncio.get_running_loop().call_later(LASTS, self.over, conversation_id)
        if self._type_in is not None:
            try:
                await self._type_in(*found)
            except Exception as error:
                log.warning("desk.typing_not_shown", channel=found[0], error=type(error).__name__)
