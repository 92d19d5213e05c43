"""Small steps on rows of calls inside a running transaction, shared by the registry and its neighbours."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls.interface import After, AfterKind, Call, CallState, Direction
from bot.services.calls.tables import CallRow, OutgoingCallRow
from bot.store import Vault
from bot.store.conversations import ConversationRow


async def locked(session: AsyncSession, call_id: str) -> CallRow | None:
    """The call's row, kept from other writers until the transaction ends."""
    row: CallRow | None = await session.scalar(select(CallRow).where(CallRow.id == call_id).with_for_update())
    return row


async def last_leg(session: AsyncSession, linked_id: str) -> CallRow | None:
    """The newest leg of a whole call."""
    row: CallRow | None = await session.scalar(
        select(CallRow)
        .where(CallRow.linked_id == linked_id)
        .order_by(CallRow.transfers.desc(), CallRow.registered_at.desc())
        .limit(1)
    )
    return row


async def at_once(session: AsyncSession, now: datetime, direction: Direction | None = None) -> int:
    """Calls that are with the robot, or will be in a moment; of one direction or both."""
    soon = and_(CallRow.state == "registered", CallRow.expires_at > now)
    count = select(func.count()).select_from(CallRow).where(or_(CallRow.state == "open", soon))
    if direction is not None:
        count = count.where(CallRow.direction == direction)
    return int(await session.scalar(count) or 0)


def transfers_before(before: CallRow | None) -> int:
    """Transfers up to the beginning of a leg. Coming back is none: whoever leaves a queue may ask for a human once more."""
    return before.transfers if before is not None else 0


async def join_conversation(session: AsyncSession, row: CallRow, conversation_id: str) -> None:
    """Note whose conversation the call belongs to; whom an outgoing call was planned for stays as it is."""
    row.conversation_id = conversation_id
    conversation = await session.get(ConversationRow, conversation_id)
    if conversation is not None and row.outgoing_id is None:
        row.citizen_id = conversation.citizen_id


def set_after(row: CallRow, after: After) -> None:
    """Keep where the caller goes."""
    row.after_kind, row.after_target, row.after_group = after.kind, after.target, after.group


def after_of(row: CallRow) -> After | None:
    """Where the caller goes; None when nobody has decided."""
    if row.after_kind is None:
        return None
    return After(cast(AfterKind, row.after_kind), row.after_target, row.after_group)


def call_of(row: CallRow, planned: OutgoingCallRow | None, vault: Vault) -> Call:
    """The row as the rest of the program sees it, opened."""
    return Call(
        id=row.id,
        direction=cast(Direction, row.direction),
        line=row.line,
        dialled=row.dialled,
        user=row.user,
        linked_id=row.linked_id,
        admitted=row.state != "refused",
        state=cast(CallState, row.state),
        registered_at=row.registered_at,
        caller=vault.open(row.caller) if row.caller else None,
        conversation_id=row.conversation_id,
        citizen_id=row.citizen_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        reason=row.reason,
        after=after_of(row),
        transfers=row.transfers,
        rating=row.rating,
        recording=row.recording,
        purpose=row.purpose,
        outgoing_id=row.outgoing_id,
        text=vault.open(planned.text) if planned else "",
        answers=tuple(planned.answers) if planned else (),
    )
