"""What an edited message means: a correction of the last word is answered anew, an older one is only noted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clean import clean
from bot.messages import Inbound
from bot.store import Store, Vault, journal, raw_events
from bot.store.conversations import ConversationRow, MessageRow
from bot.turns import Turns
from channels.base import Edited
from channels.wire import conversation_of_user

FRESH = timedelta(minutes=15)
"""An edit later than this corrects the record, not the conversation."""


async def heed_edit(
    store: Store, vault: Vault, turns: Turns, channel: str, edit: Edited, raws: list[int], now: datetime
) -> str | None:
    """Take up an edit; the conversation's id when a turn was set going. History keeps both wordings. Raises StoreAway."""
    async with store.read() as session:
        conversation = await conversation_of_user(session, channel, edit.peer)
        original = await _message(session, conversation.id, edit.id) if conversation else None
        newest = await _newest(session, conversation.id) if conversation else None
    same = original is not None and vault.open(original.body).get("text") == clean(edit.text)
    if conversation is None or same:
        # Messengers also report an edit when they add the preview of a link.
        async with store.write() as session:
            await raw_events.settle(session, raws, "ignored", "unchanged" if same else "unknown")
        return None
    external_id = f"{edit.id}:e{edit.version}"[:120]
    if original is not None and newest == original.seq and now - original.at <= FRESH:

        async def within(session: AsyncSession, _conversation: ConversationRow) -> None:
            await raw_events.settle(session, raws, "done")

        await turns.accept(Inbound(channel, edit.peer, external_id, text=edit.text, edited=True), within)
        return conversation.id
    async with store.write() as session:
        await raw_events.settle(session, raws, "done")
        if await journal.by_external_id(session, conversation.id, external_id) is None:
            body = {"text": clean(edit.text), "kind": "text", "edited": True}
            await journal.add_message(session, vault, conversation.id, "citizen", body, now, external_id=external_id)
    return None


async def _message(session: AsyncSession, conversation_id: str, external_id: str) -> MessageRow | None:
    found: MessageRow | None = await session.scalar(
        select(MessageRow).where(MessageRow.conversation_id == conversation_id, MessageRow.external_id == external_id)
    )
    return found


async def _newest(session: AsyncSession, conversation_id: str) -> int | None:
    """The number of the citizen's latest message."""
    found: int | None = await session.scalar(
        select(MessageRow.seq)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.author == "citizen")
        .order_by(MessageRow.seq.desc())
        .limit(1)
    )
    return found
