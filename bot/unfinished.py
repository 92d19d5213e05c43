"""What a telephone call that broke off leaves behind: its form waits for the citizen in the channel where she reads."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import select

from bot.linking import GO_ON, GO_ON_TITLE
from bot.rasa import RasaClient
from bot.services.continuations import Continuations
from bot.services.continuations.interface import Refused
from bot.store import Store, Vault, journal, outbox
from bot.store.conversations import ConversationRow
from bot.store.events import record
from bot.store.journal import Message

Announce = Callable[[Message, str, str], None]


class Unfinished:
    """Carries an open form from one conversation of a citizen to another one of hers."""

    def __init__(
        self,
        rasa: RasaClient,
        continuations: Continuations,
        store: Store,
        vault: Vault,
        announce: Announce,
        clock: Callable[[], datetime],
        carried: Callable[[str], Collection[str]],
        text: Callable[[], str],
    ) -> None:
        """`carried` names the slots of a form that may travel, `text` is what the citizen reads."""
        self._rasa, self._continuations, self._carried, self._text = rasa, continuations, carried, text
        self._store, self._vault, self._announce, self._clock = store, vault, announce, clock

    async def leave(self, conversation_id: str) -> str | None:
        """Tell the citizen where her draft waits: the channel, None when she has no other one or nothing was open.

        Raises RasaUnavailable, StoreAway.
        """
        target = await self._other(conversation_id)
        if target is None:
            return None
        tracker = await self._rasa.tracker(conversation_id)
        form = str((tracker.get("active_loop") or {}).get("name") or "")
        slots = tracker.get("slots") or {}
        kept = {name: slots[name] for name in self._carried(form) if slots.get(name) is not None}
        if not form or not kept:
            return None
        issued = await self._continuations.issue(conversation_id, form, kept)
        # Both conversations are known to be hers, so the link is redeemed on the spot and never leaves the house.
        found = await self._continuations.redeem(issued.token, target.channel, target.user)
        if isinstance(found, Refused):
            return None
        await self._tell(target, found.id)
        return target.channel

    async def _other(self, conversation_id: str) -> ConversationRow | None:
        async with self._store.read() as session:
            own = await session.get_one(ConversationRow, conversation_id)
            found: ConversationRow | None = await session.scalar(
                select(ConversationRow)
                .where(
                    ConversationRow.citizen_id == own.citizen_id,
                    ConversationRow.channel.not_in((own.channel, "cli")),
                    ConversationRow.blocked_at.is_(None),
                )
                .order_by(ConversationRow.updated_at.desc())
                .limit(1)
            )
            return found

    async def _tell(self, target: ConversationRow, link_id: str) -> None:
        button = {"title": GO_ON_TITLE, "payload": GO_ON}
        body = {"text": self._text(), "buttons": [button]}
        now = self._clock()
        async with self._store.write() as session:
            row = await journal.add_message(
                session, self._vault, target.id, "robot", body, now, external_id=f"draft:{link_id}"
            )
            outbox.enqueue(session, target.channel, target.user, row.seq, now)
            conversation = await session.get_one(ConversationRow, target.id)
            if conversation.expected is None:
                conversation.buttons = [button]
            record(
                session,
                "draft_left",
                now,
                citizen_id=target.citizen_id,
                conversation_id=target.id,
                channel=target.channel,
            )
        message = Message(row.seq, target.id, "robot", row.external_id, None, body, now)
        self._announce(message, target.channel, target.user)
