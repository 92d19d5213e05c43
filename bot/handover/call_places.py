"""What calls of the PBX's queues change in the database, inside a running transaction: places in the desk's queue and their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls import rows
from bot.services.calls.arrivals import arrived, leg
from bot.services.calls.lines import Lines
from bot.services.calls.tables import CallRow
from bot.services.people import steps
from bot.services.people.tables import HandoverRow
from bot.store import Vault, journal
from bot.store.conversations import ConversationRow

CHANNEL = "phone"
UNKNOWN = "phone:"
"""Begins the name of an operator whose telephone belongs to no account: the extension follows."""


@dataclass(frozen=True)
class Caller:
    """Somebody in a queue of the PBX. `call_id` is the robot's name of the call, "" when it never heard of it.

    `number` is as the PBX has it, "" withheld.
    """

    channel: str
    linked_id: str
    call_id: str
    number: str
    queue: str
    waited_seconds: int = 0


@dataclass(frozen=True)
class Placed:
    """Where a caller stands now: her leg and her place in the desk's queue."""

    call_id: str
    conversation_id: str
    group: str


def group_of(lines: Lines, queue: str) -> str:
    """The group behind a queue of the PBX."""
    return next((group for group, name in lines.queues.items() if name == queue), lines.default.group)


async def place(session: AsyncSession, vault: Vault, lines: Lines, now: datetime, caller: Caller) -> Placed:
    """Give a caller of a PBX's queue her place in the desk's queue; the same caller twice keeps hers."""
    row = await leg(session, caller.call_id, caller.linked_id)
    if row is None:
        group = group_of(lines, caller.queue)
        row = arrived(session, vault, lines, now, caller.number, caller.linked_id, group)
    conversation_id = row.conversation_id
    if conversation_id is None:
        conversation_id = (await journal.conversation_of(session, vault, CHANNEL, row.user, now)).id
        await rows.join_conversation(session, row, conversation_id)
    at = await steps.standing(session, conversation_id)
    if at.row is None:
        began = now - timedelta(seconds=caller.waited_seconds)
        handover = await _new(session, vault, at.conversation, row, group_of(lines, caller.queue), began)
        steps.fact(session, at.conversation, handover, "handed_over", now, reason="call", topic="", priority=0)
        return Placed(row.id, conversation_id, handover.group)
    group = at.row.group if lines.queues.get(at.row.group) == caller.queue else group_of(lines, caller.queue)
    if at.row.state == "taken":
        # Nobody picked up where the desk had sent her.
        steps.fact(session, at.conversation, at.row, "call_unanswered", now, operator=at.row.operator)
        steps.requeued(at.conversation, at.row, now, group=group)
    elif group != at.row.group:
        at.row.group, at.row.group_since = group, now
    return Placed(row.id, conversation_id, group)


async def answered(
    session: AsyncSession, vault: Vault, now: datetime, conversation_id: str, call_id: str, group: str, unknown: str
) -> None:
    """Somebody has picked up: a caller whom the desk had put off stands in its queue again.

    `unknown` is a telephone that belongs to no account; the talk is then its own, so that nobody else is sent there.
    """
    at = await steps.standing(session, conversation_id)
    handover = at.row
    if handover is None:
        leg_row = await session.get_one(CallRow, call_id)
        handover = await _new(session, vault, at.conversation, leg_row, group, now)
    if unknown and handover.state == "queued":
        steps.joined(session, at.conversation, handover, f"{UNKNOWN}{unknown}"[:60], now)


async def under_way(session: AsyncSession, conversation_id: str) -> HandoverRow | None:
    """The hand-over of a conversation that waits or is in hand."""
    found: HandoverRow | None = await session.scalar(
        select(HandoverRow)
        .where(HandoverRow.conversation_id == conversation_id, HandoverRow.state.in_(steps.LIVE))
        .order_by(HandoverRow.id.desc())
        .limit(1)
    )
    return found


async def calls_under_way(session: AsyncSession) -> list[tuple[HandoverRow, CallRow | None]]:
    """Telephone conversations that wait or are in hand, with their newest legs."""
    found = await session.scalars(
        select(HandoverRow)
        .join(ConversationRow, ConversationRow.id == HandoverRow.conversation_id)
        .where(HandoverRow.state.in_(steps.LIVE), ConversationRow.channel == CHANNEL)
    )
    newest = select(CallRow).order_by(CallRow.registered_at.desc()).limit(1)
    return [
        (row, await session.scalar(newest.where(CallRow.conversation_id == row.conversation_id))) for row in found.all()
    ]


async def _new(
    session: AsyncSession, vault: Vault, conversation: ConversationRow, row: CallRow, group: str, since: datetime
) -> HandoverRow:
    handover = HandoverRow(
        conversation_id=conversation.id, citizen_id=conversation.citizen_id, channel=CHANNEL, reason="call", topic="",
        group=group, line=row.line, summary=vault.seal({}), state="queued", created_at=since, group_since=since,
    )  # fmt: skip
    conversation.mode = "queued"
    session.add(handover)
    await session.flush()
    return handover
