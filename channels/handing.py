"""Hands what a peer said, edited or allowed to its turn, and waits for the turn with a sign of typing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import Store, Vault, journal, outbox, raw_events
from bot.store.conversations import ConversationRow
from bot.store.events import record
from bot.turns import Turns
from channels.base import Channel, Edited, Reachable, Said
from channels.edits import heed_edit
from channels.errors import ChannelError
from channels.outbox import blocked
from channels.peers import Item
from channels.reading import Reader

TYPING_AFTER, TYPING_EVERY = 0.7, 4.0
"""Seconds of a turn after which the citizen sees that an answer is on its way, and how often that is shown again."""


class Handing:
    """The way from one channel's peers to the turns. Every method may raise StoreAway."""

    def __init__(
        self,
        channel: Channel,
        store: Store,
        vault: Vault,
        turns: Turns,
        reader: Reader,
        clock: Callable[[], datetime],
        slow_down: str,
    ) -> None:
        """`slow_down` is what a peer who floods is told."""
        self._channel, self._store, self._vault, self._turns = channel, store, vault, turns
        self._reader, self._clock, self._slow_down = reader, clock, slow_down

    async def hand_over(self, name: str, items: list[Item]) -> None:
        """Take up what the peer of that name did, settle its raw events, and wait until the turn it set going is over."""
        happening = items[0].happening
        raws = [number for item in items for number in item.raws]
        if isinstance(happening, Reachable):
            async with self._store.write() as session:
                await blocked(session, self._channel.name, name, self._clock(), allowed=happening.allowed)
                await raw_events.settle(session, raws, "done")
        elif isinstance(happening, Edited):
            heard = await heed_edit(
                self._store, self._vault, self._turns, self._channel.name, happening, raws, self._clock()
            )
            if heard is not None:
                await self._until_idle(name, heard)
        else:
            await self._said(name, [i.happening for i in items if isinstance(i.happening, Said)], raws)

    async def warn(self, name: str) -> None:
        """Ask a peer who floods to write slower."""
        async with self._store.write() as session:
            now = self._clock()
            conversation = await journal.conversation_of(session, self._vault, self._channel.name, name, now)
            body = {"text": self._slow_down, "buttons": []}
            row = await journal.add_message(session, self._vault, conversation.id, "robot", body, now)
            outbox.enqueue(session, self._channel.name, name, row.seq, now)
            record(session, "flood", now, citizen_id=conversation.citizen_id, conversation_id=conversation.id)
        message = journal.Message(row.seq, conversation.id, "robot", row.external_id, None, body, now)
        self._turns.announce(message, self._channel.name, name)

    async def _said(self, name: str, said: list[Said], raws: list[int]) -> None:
        inbound = await self._reader.inbound(said)

        async def within(session: AsyncSession, conversation: ConversationRow) -> None:
            await raw_events.settle(session, raws, "done")
            if conversation.blocked_at is not None:
                await blocked(session, self._channel.name, name, self._clock(), allowed=True)

        accepted = await self._turns.accept(inbound, within)
        if accepted.duplicate:
            self._reader.forget(inbound)
        await self._until_idle(name, accepted.conversation_id)

    async def _until_idle(self, name: str, conversation_id: str) -> None:
        """Wait for the turn, so that what comes meanwhile is gathered; show that an answer is on its way."""
        idle = asyncio.ensure_future(self._turns.idle(conversation_id))
        try:
            pause = TYPING_AFTER
            while not (await asyncio.wait({idle}, timeout=pause))[0]:
                pause = TYPING_EVERY
                if self._channel.features.typing:
                    with contextlib.suppress(ChannelError):
                        await self._channel.typing(name)
        finally:
            idle.cancel()
