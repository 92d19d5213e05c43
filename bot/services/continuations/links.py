"""Issues one-time links and redeems them: signed, a quarter of an hour, once; redeeming makes two citizens one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import Signer
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.continuations.interface import Issued, Redeemed, Refusal, Refused, Snapshot
from bot.services.continuations.tables import LinkRow
from bot.services.identity.join import join
from bot.services.transactions import transact
from bot.store import Store, Vault, journal
from bot.store.conversations import ConversationRow
from bot.store.events import record

VALID_FOR = timedelta(minutes=15)
KEPT_FOR = timedelta(days=2)
"""Links older than this are deleted with the next one that is issued; their events stay."""
_ID = 16
"""Characters of the id; the signature follows without a separator: a messenger's start parameter takes A-Z a-z 0-9 _ - only."""


class Continuations:
    """One-time links over the embedded database.

    `public_url` is where citizens reach the assistant's site; `continue_in` maps a channel to a link template with `{token}`.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        public_url: str,
        continue_in: Mapping[str, str] | None = None,
    ) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self._page = f"{public_url.rstrip('/')}/chat#otk="
        self._continue_in = dict(continue_in or {})
        self._signer = Signer(
            vault.fingerprint("one-time-link"),
            salt="one-time-link",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )

    async def issue(self, conversation_id: str, scenario: str, slots: Mapping[str, Any]) -> Issued:
        """A new link out of a conversation. `slots` must hold no personal data. Raises LookupError for an unknown conversation."""

        async def work(session: AsyncSession) -> str:
            conversation = await session.get(ConversationRow, conversation_id)
            if conversation is None:
                raise LookupError(conversation_id)
            now = self._clock()
            await session.execute(delete(LinkRow).where(LinkRow.expires_at < now - KEPT_FOR))
            link_id = secrets.token_urlsafe(_ID * 3 // 4)
            session.add(
                LinkRow(
                    id=link_id, conversation_id=conversation.id, citizen_id=conversation.citizen_id, scenario=scenario,
                    slots_sealed=self._vault.seal(dict(slots)), created_at=now, expires_at=now + VALID_FOR,
                )
            )  # fmt: skip
            self._record(session, "link_issued", conversation.citizen_id, conversation.id, link_id, scenario=scenario)
            return link_id

        token = self._token(await transact(self._store, work))
        others = tuple((channel, url.replace("{token}", token)) for channel, url in self._continue_in.items())
        return Issued(token, self._page + token, others)

    async def redeem(self, token: str, channel: str, user: str) -> Redeemed | Refused:
        """Let a link count for the user who arrives with it; of two at the same moment exactly one wins.

        The winner may ask again within the link's time and gets the same answer: a crash in between must not cost it.
        """
        link_id = self._id(token)
        if link_id is None:
            return Refused("unknown")

        async def work(session: AsyncSession) -> Redeemed | Refused:
            link = await session.get(LinkRow, link_id, with_for_update=True)
            if link is None:
                return Refused("unknown")
            now = self._clock()
            arrival = await journal.conversation_of(session, self._vault, channel, user, now)
            conversation, citizen = arrival.id, arrival.citizen_id
            if (kind := _why_not(link, conversation, now)) is not None:
                self._record(session, "link_refused", citizen, conversation, link.id, why=kind, channel=channel)
                return Refused(kind)
            if link.used_at is None:
                link.used_at, link.used_by = now, conversation
                await session.flush()
                citizen = await join(session, self._vault, link.citizen_id, citizen, now, by="link")
                self._record(session, "link_used", citizen, conversation, link_id, channel=channel)
            return Redeemed(link_id, conversation, citizen)

        return await transact(self._store, work)

    async def take(self, conversation_id: str, message: int) -> Snapshot | None:
        """What the link that led to this conversation carried; None when there is nothing or it was taken by another message."""

        async def work(session: AsyncSession) -> Snapshot | None:
            link = await session.scalar(
                select(LinkRow)
                .where(LinkRow.used_by == conversation_id)
                .order_by(LinkRow.used_at.desc(), LinkRow.id)
                .limit(1)
                .with_for_update()
            )
            # The same message may take it twice: Rasa is asked again when it died in the middle of a turn.
            if link is None or link.taken_by not in (None, message):
                return None
            link.taken_by = message
            return Snapshot(link.scenario, self._vault.open(link.slots_sealed))

        return await transact(self._store, work)

    def _token(self, link_id: str) -> str:
        return link_id + self._signer.get_signature(link_id).decode()

    def _id(self, token: str) -> str | None:
        link_id = token[:_ID]
        right = token.isascii() and hmac.compare_digest(token, self._token(link_id))
        return link_id if right else None

    def _record(
        self, session: AsyncSession, name: str, citizen: str, conversation: str, link_id: str, **data: Any
    ) -> None:
        # Half of the id is enough to tell links apart, and no use to anybody who reads the events.
        record(session, name, self._clock(), citizen_id=citizen, conversation_id=conversation, link=link_id[:8], **data)


def _why_not(link: LinkRow, conversation: str, now: datetime) -> Refusal | None:
    if link.conversation_id == conversation:
        return "here"
    if link.used_by not in (None, conversation):
        return "used"
    return "expired" if link.expires_at <= now else None
