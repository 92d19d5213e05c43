"""Reading and writing conversations: what came is stored once, what was answered is stored with the turn it ends."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.conversations import CitizenRow, ConversationRow, MessageRow
from bot.store.vault import Vault


@dataclass(frozen=True)
class Message:
    """A stored message. `body` has `text`, and for replies `buttons`, for citizens `kind`, `payload`, `attachments` …"""

    seq: int
    conversation_id: str
    author: str
    external_id: str
    reply_to: int | None
    body: dict[str, Any]
    at: datetime


# What every message asks is made once: to build a statement anew costs more than to run it.
_OF_USER = (
    select(ConversationRow)
    .where(ConversationRow.channel == bindparam("channel"), ConversationRow.user == bindparam("user"))
    # On PostgreSQL two transactions could else commit their messages in another order than that of their numbers.
    .with_for_update()
)
_KNOWN = select(MessageRow.seq).where(
    MessageRow.conversation_id == bindparam("conversation"), MessageRow.external_id == bindparam("external")
)


def _message(row: MessageRow, vault: Vault) -> Message:
    return Message(
        row.seq, row.conversation_id, row.author, row.external_id, row.reply_to, vault.open(row.body), row.at
    )


async def conversation_of(
    session: AsyncSession, vault: Vault, channel: str, user: str, now: datetime
) -> ConversationRow:
    """The conversation of this user of this channel; a new one comes with a new citizen."""
    row: ConversationRow | None = await session.scalar(_OF_USER, {"channel": channel, "user": user})
    if row is None:
        citizen = CitizenRow(id=str(uuid.uuid4()), created_at=now, profile=vault.seal({}))
        session.add(citizen)
        await session.flush()
        row = ConversationRow(
            id=str(uuid.uuid4()), citizen_id=citizen.id, channel=channel, user=user, created_at=now, updated_at=now,
            mode="robot", buttons=[], mood=[], persona={},
        )  # fmt: skip
        session.add(row)
        await session.flush()
    return row


def message_row(
    vault: Vault,
    conversation_id: str,
    author: str,
    body: dict[str, Any],
    now: datetime,
    *,
    external_id: str | None = None,
    reply_to: int | None = None,
    state: str = "done",
) -> MessageRow:
    """A message ready to be added to a session."""
    return MessageRow(
        conversation_id=conversation_id,
        author=author,
        external_id=external_id or str(uuid.uuid4()),
        reply_to=reply_to,
        state=state,
        body=vault.seal(body),
        at=now,
    )


async def add_message(
    session: AsyncSession,
    vault: Vault,
    conversation_id: str,
    author: str,
    body: dict[str, Any],
    now: datetime,
    *,
    external_id: str | None = None,
    reply_to: int | None = None,
    state: str = "done",
) -> MessageRow:
    """Append one message; the row has its `seq` when this returns."""
    row = message_row(
        vault, conversation_id, author, body, now, external_id=external_id, reply_to=reply_to, state=state
    )
    session.add(row)
    await session.flush()
    return row


async def by_external_id(session: AsyncSession, conversation_id: str, external_id: str) -> int | None:
    """The `seq` of a message the channel has delivered before, or None."""
    asked = {"conversation": conversation_id, "external": external_id}
    seq: int | None = await session.scalar(_KNOWN, asked)
    return seq


async def pending(session: AsyncSession, vault: Vault) -> list[Message]:
    """Citizens' messages that a stop or a crash left unanswered, oldest first."""
    rows = await session.scalars(select(MessageRow).where(MessageRow.state == "pending").order_by(MessageRow.seq))
    return [_message(row, vault) for row in rows]


async def is_pending(session: AsyncSession, seq: int) -> bool:
    """Whether the turn of this message is not over."""
    state = await session.scalar(select(MessageRow.state).where(MessageRow.seq == seq))
    return bool(state == "pending")


async def open_turn(session: AsyncSession, vault: Vault, seq: int) -> Message | None:
    """A message whose turn is not over; None when it is."""
    row = await session.scalar(select(MessageRow).where(MessageRow.seq == seq, MessageRow.state == "pending"))
    return _message(row, vault) if row is not None else None


async def set_state(session: AsyncSession, seq: int, state: str) -> None:
    """Note how the turn of a message stands."""
    await session.execute(update(MessageRow).where(MessageRow.seq == seq).values(state=state))


async def button(
    session: AsyncSession, vault: Vault, conversation_id: str, seq: int, index: int
) -> dict[str, Any] | None:
    """The `index`-th button under one message of this conversation, counted from 0; None when there is none."""
    row = await session.scalar(
        select(MessageRow).where(MessageRow.seq == seq, MessageRow.conversation_id == conversation_id)
    )
    buttons = vault.open(row.body).get("buttons") or [] if row is not None and row.author != "citizen" else []
    return buttons[index] if 0 <= index < len(buttons) else None


async def is_answered(session: AsyncSession, conversation_id: str) -> bool:
    """Whether no message of the citizen waits for its turn."""
    waiting = select(MessageRow.seq).where(MessageRow.state == "pending", MessageRow.conversation_id == conversation_id)
    return await session.scalar(waiting.limit(1)) is None


async def history(
    session: AsyncSession, vault: Vault, conversation_id: str, after: int = 0, limit: int = 200
) -> list[Message]:
    """Messages after `after`, oldest first; without `after` the newest `limit` of them."""
    query = select(MessageRow).where(MessageRow.conversation_id == conversation_id)
    if after:
        rows = (await session.scalars(query.where(MessageRow.seq > after).order_by(MessageRow.seq).limit(limit))).all()
    else:
        rows = list(reversed((await session.scalars(query.order_by(MessageRow.seq.desc()).limit(limit))).all()))
    return [_message(row, vault) for row in rows]


async def replies_to(session: AsyncSession, vault: Vault, seq: int) -> list[Message]:
    """What was answered to one message of a citizen."""
    rows = await session.scalars(select(MessageRow).where(MessageRow.reply_to == seq).order_by(MessageRow.seq))
    return [_message(row, vault) for row in rows]
