"""Messages on their way to citizens in channels that must be called: written with the message itself, ticked off part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base, UtcDateTime
from bot.store.conversations import ConversationRow, MessageRow
from bot.store.vault import Vault

READERS = frozenset(("widget", "portal", "cli", "phone"))
"""Doors that take their answers from the journal or from the turn itself; into every other channel we send."""


class OutboxRow(Base):
    """One message to be sent.

    `part` is the next native message of it, `unsure` counts parts sent again that may have arrived before. `state`:
    `waiting`, `sent`, `skipped` (the citizen blocked us) or `failed` (`reason` says why). `remote` are the platform's ids.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "state", "channel", "peer", "seq"),)

    seq: Mapped[int] = mapped_column(ForeignKey("messages.seq"), primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(String(20))
    peer: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    part: Mapped[int] = mapped_column(default=0)
    unsure: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(200))
    remote: Mapped[list[str]] = mapped_column(JSON, default=list)


@dataclass(frozen=True)
class Outgoing:
    """A message to be sent from part `part` on; `remote` are the platform's ids of the parts before."""

    seq: int
    conversation_id: str
    part: int
    due_at: datetime
    body: dict[str, Any]
    remote: tuple[str, ...] = ()


def enqueue(session: AsyncSession, channel: str, peer: str, seq: int, due_at: datetime) -> None:
    """Let a stored message be sent, in the running transaction; does nothing for doors that read by themselves."""
    if channel not in READERS:
        session.add(
            OutboxRow(seq=seq, channel=channel, peer=peer, state="waiting", part=0, unsure=0, due_at=due_at, remote=[])
        )


async def waiting(session: AsyncSession, vault: Vault, channel: str, peer: str, limit: int) -> list[Outgoing]:
    """The oldest messages that wait for this peer, at most `limit`."""
    found = await session.execute(
        select(OutboxRow, MessageRow.body, MessageRow.conversation_id)
        .join(MessageRow, MessageRow.seq == OutboxRow.seq)
        .where(OutboxRow.state == "waiting", OutboxRow.channel == channel, OutboxRow.peer == peer)
        .order_by(OutboxRow.seq)
        .limit(limit)
    )
    return [
        Outgoing(row.seq, conversation_id, row.part, row.due_at, vault.open(body), tuple(row.remote))
        for row, body, conversation_id in found.all()
    ]


async def peers(session: AsyncSession, channel: str) -> list[str]:
    """Everybody a message waits for."""
    return list(
        await session.scalars(
            select(OutboxRow.peer).where(OutboxRow.state == "waiting", OutboxRow.channel == channel).distinct()
        )
    )


async def last_waiting(session: AsyncSession, channel: str) -> int:
    """The newest message that waits in a channel; 0 when none does."""
    newest = select(func.max(OutboxRow.seq)).where(OutboxRow.state == "waiting", OutboxRow.channel == channel)
    return int(await session.scalar(newest) or 0)


async def unsure(session: AsyncSession, seq: int) -> None:
    """Count a part that is sent again although it may have arrived."""
    await session.execute(update(OutboxRow).where(OutboxRow.seq == seq).values(unsure=OutboxRow.unsure + 1))


async def ticked(session: AsyncSession, seq: int, remote: Sequence[str], now: datetime, *, last: bool) -> None:
    """As many parts as there are ids in `remote` have arrived; with the last one the message has."""
    done = {"state": "sent", "sent_at": now} if last else {}
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.seq == seq)
        .values(part=len(remote), remote=[one[:100] for one in remote], **done)
    )


async def close(session: AsyncSession, seq: int, state: str, reason: str) -> None:
    """Give a message up: `failed` or `skipped`."""
    await session.execute(update(OutboxRow).where(OutboxRow.seq == seq).values(state=state, reason=reason[:200]))


async def skip_all(session: AsyncSession, channel: str, peer: str, reason: str) -> None:
    """Give up everything that waits for one peer."""
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.state == "waiting", OutboxRow.channel == channel, OutboxRow.peer == peer)
        .values(state="skipped", reason=reason[:200])
    )


async def set_reachable(session: AsyncSession, channel: str, peer: str, now: datetime, *, allowed: bool) -> str | None:
    """Note that a citizen blocked us or lets us write again; the conversation's id when that is news, else None."""
    row = await session.scalar(
        select(ConversationRow).where(ConversationRow.channel == channel, ConversationRow.user == peer)
    )
    if row is None or (row.blocked_at is None) == allowed:
        return None
    row.blocked_at = None if allowed else now
    return row.id


async def revive(session: AsyncSession) -> None:
    """Let messages that a platform refused be sent once more."""
    await session.execute(update(OutboxRow).where(OutboxRow.state == "failed").values(state="waiting", reason=None))


async def counts(session: AsyncSession) -> dict[tuple[str, str], int]:
    """How many messages each (channel, state) has, without those sent."""
    found = await session.execute(
        select(OutboxRow.channel, OutboxRow.state, func.count())
        .where(OutboxRow.state.in_(("waiting", "failed", "skipped")))
        .group_by(OutboxRow.channel, OutboxRow.state)
    )
    return {(channel, state): number for channel, state, number in found.all()}
