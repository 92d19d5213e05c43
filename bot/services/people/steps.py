"""Moves one conversation between robot, queue and people inside a running transaction: mode and hand-over always change together.

Every room that moves a conversation does it here, so that «who answers now» has one truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.people.tables import HandoverRow
from bot.store.conversations import ConversationRow
from bot.store.events import record

PHONE = "phone"
"""The channel whose talks the PBX puts through: nothing is said there in writing, and no free operator is given them."""

ABANDONED_AFTER = timedelta(seconds=5)
"""Who leaves earlier has only changed her mind: the usual figure of abandoned contacts leaves her out."""

LIVE = ("queued", "taken")


@dataclass(frozen=True)
class Standing:
    """A locked conversation and its hand-over that is under way, None when the robot answers."""

    conversation: ConversationRow
    row: HandoverRow | None


async def standing(session: AsyncSession, conversation_id: str) -> Standing:
    """Lock a conversation, then its hand-over. Raises LookupError for an unknown conversation."""
    conversation = await session.scalar(
        select(ConversationRow)
        .where(ConversationRow.id == conversation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if conversation is None:
        raise LookupError("no such conversation")
    row = await session.scalar(
        select(HandoverRow)
        .where(HandoverRow.conversation_id == conversation_id, HandoverRow.state.in_(LIVE))
        .order_by(HandoverRow.id.desc())
        .limit(1)
        .with_for_update()
    )
    return Standing(conversation, row)


class Times(Protocol):
    """The moments of a hand-over that tell how long she waits."""

    @property
    def created_at(self) -> datetime:
        """Her wish."""
        ...

    @property
    def taken_at(self) -> datetime | None:
        """The first operator came."""
        ...

    @property
    def group_since(self) -> datetime | None:
        """She came into the queue of her present group."""
        ...


def wait_began(row: Times) -> datetime:
    """Since when the citizen waits: from her wish, or once somebody had been there, from when she was left alone again."""
    return row.created_at if row.taken_at is None else row.group_since or row.created_at


def waited(row: Times, now: datetime) -> int:
    """Seconds she has waited."""
    return max(0, int((now - wait_began(row)).total_seconds()))


def fact(
    session: AsyncSession, conversation: ConversationRow, row: HandoverRow, name: str, now: datetime, **data: Any
) -> None:
    """Record an event of a hand-over; `handover` and `group` are always in it."""
    record(
        session, name, now, citizen_id=conversation.citizen_id, conversation_id=conversation.id,
        **{"handover": row.id, "group": row.group, **data},
    )  # fmt: skip


def joined(
    session: AsyncSession, conversation: ConversationRow, row: HandoverRow, operator: str, now: datetime, **data: Any
) -> None:
    """An operator is there: the robot falls silent, what it offered is off the table."""
    seconds = waited(row, now)
    row.state, row.operator, row.wanted_operator = "taken", operator, None
    row.taken_at = row.taken_at or now
    conversation.mode, conversation.expected, conversation.buttons = "operator", None, []
    fact(session, conversation, row, "operator_joined", now, waited_seconds=seconds, operator=operator, **data)


def requeued(
    conversation: ConversationRow,
    row: HandoverRow,
    now: datetime,
    *,
    group: str = "",
    wanted: str | None = None,
    priority: int = 0,
) -> None:
    """The talk waits (again): for anybody of a group, or for one colleague."""
    row.state, row.operator, row.wanted_operator = "queued", None, wanted
    row.group, row.group_since = group or row.group, now
    row.priority = max(row.priority, priority)
    conversation.mode = "queued"


def left(session: AsyncSession, conversation: ConversationRow, row: HandoverRow, now: datetime, by: str) -> None:
    """Out of the queue before anybody came. `by`: citizen, or call (she hung up or goes on with the robot)."""
    gone = now - wait_began(row)
    abandoned = row.taken_at is None and gone > ABANDONED_AFTER
    fact(session, conversation, row, "handover_left", now, abandoned=abandoned, waited_seconds=waited(row, now), by=by)
    row.state, row.ended_at, row.wanted_operator = "left", now, None
    conversation.mode = "robot"
    record(
        session, "returned_to_robot", now, citizen_id=conversation.citizen_id, conversation_id=conversation.id, by=by
    )


def ended(conversation: ConversationRow, row: HandoverRow, now: datetime, wrap_up_seconds: int) -> dict[str, Any]:
    """The talk is over, the robot is back, the operator writes up what came of it. Gives the times for its event."""
    row.state = "wrap_up" if wrap_up_seconds else "closed"
    row.ended_at, row.wrap_up_until = now, now + timedelta(seconds=wrap_up_seconds)
    conversation.mode = "robot"
    began = row.taken_at or now
    return {
        "operator": row.operator,
        "talk_seconds": int((now - began).total_seconds()),
        "wait": int((began - row.created_at).total_seconds()),
    }


def put_off(session: AsyncSession, conversation: ConversationRow, row: HandoverRow, now: datetime) -> None:
    """The group has gone home while she waited."""
    fact(
        session, conversation, row, "handover_out_of_hours", now, reason=row.reason, topic=row.topic,
        priority=row.priority, while_waiting=True, waited_seconds=waited(row, now),
    )  # fmt: skip
    row.state, row.ended_at, row.wanted_operator = "out_of_hours", now, None
    conversation.mode = "robot"
