"""What the assistant's own database says of a run: whether all is done, what was stored how often, and one message's way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from bot.store import Store
from bot.store.conversations import ConversationRow, MessageRow
from bot.store.outbox import OutboxRow
from bot.store.raw_events import RawEventRow


@dataclass(frozen=True)
class Waiting:
    """What is still to be done: raw events, turns, messages to be sent. `events` counts all events ever taken, by channel."""

    raw: int
    turns: int
    sends: int
    events: dict[str, int] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether all that was stored is done."""
        return not (self.raw or self.turns or self.sends)

    def words(self) -> str:
        """For a person."""
        return f"событий {self.raw}, ответов {self.turns}, отправок {self.sends}"


async def waiting(store: Store) -> Waiting:
    """Look at the queues. Raises StoreAway."""
    async with store.read() as session:
        raw = await session.scalar(select(func.count()).where(RawEventRow.state == "new"))
        turns = await session.scalar(select(func.count()).where(MessageRow.state == "pending"))
        sends = await session.scalar(select(func.count()).where(OutboxRow.state == "waiting"))
        events = await session.execute(select(RawEventRow.channel, func.count()).group_by(RawEventRow.channel))
        return Waiting(raw or 0, turns or 0, sends or 0, {name: int(number) for name, number in events.all()})


async def citizens_messages(store: Store) -> dict[str, dict[str, int]]:
    """How often each message of a citizen was stored, by channel and the channel's own id (Telegram's without the chat)."""
    async with store.read() as session:
        found = await session.execute(
            select(ConversationRow.channel, MessageRow.external_id)
            .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
            .where(MessageRow.author == "citizen")
        )
        stored: dict[str, dict[str, int]] = {}
        for channel, external in found.all():
            ids = stored.setdefault(channel, {})
            ids[_own(channel, external)] = ids.get(_own(channel, external), 0) + 1
        return stored


def _own(channel: str, external: str) -> str:
    return external.replace(":", ".").rpartition(".")[2] if channel == "telegram" else external


async def dropped(store: Store) -> dict[str, int]:
    """Events and messages that were given up, by what became of them; empty when there are none."""
    async with store.read() as session:
        events = await session.execute(
            select(RawEventRow.state, RawEventRow.reason, func.count())
            .where(RawEventRow.state.in_(("dead", "ignored")))
            .group_by(RawEventRow.state, RawEventRow.reason)
        )
        sends = await session.execute(
            select(OutboxRow.state, OutboxRow.reason, func.count())
            .where(OutboxRow.state.in_(("failed", "skipped")))
            .group_by(OutboxRow.state, OutboxRow.reason)
        )
        return {f"{state}:{reason}": number for state, reason, number in [*events.all(), *sends.all()]}


async def trails(store: Store, ids: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The way of single messages through the database, by channel and id: for whoever has to understand a fault."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    async with store.read() as session:
        for channel, wanted in ids.items():
            rows = await session.execute(
                select(MessageRow, ConversationRow.user)
                .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
                .where(MessageRow.author == "citizen", ConversationRow.channel == channel)
            )
            for row, user in rows.all():
                own = _own(channel, row.external_id)
                if own not in wanted:
                    continue
                replies = await session.execute(
                    select(MessageRow, OutboxRow)
                    .outerjoin(OutboxRow, OutboxRow.seq == MessageRow.seq)
                    .where(MessageRow.reply_to == row.seq)
                )
                found[(channel, own)] = {
                    "seq": row.seq, "user": user, "state": row.state, "stored_at": row.at.isoformat(),
                    "replies": [_reply(message, out) for message, out in replies.all()],
                }  # fmt: skip
    return found


def _reply(message: MessageRow, out: OutboxRow | None) -> dict[str, Any]:
    told: dict[str, Any] = {"seq": message.seq, "at": message.at.isoformat()}
    if out is not None:
        told |= {
            "outbox": out.state, "part": out.part, "unsure": out.unsure, "remote": out.remote,
            "sent_at": out.sent_at.isoformat() if out.sent_at else None,
        }  # fmt: skip
    return told


async def answering(store: Store, after: int) -> dict[tuple[str, str], float]:
    """Seconds from storing a citizen's message to storing its answer, by channel and id; for messages after number `after`."""
    question, answer = aliased(MessageRow), aliased(MessageRow)
    async with store.read() as session:
        found = await session.execute(
            select(ConversationRow.channel, question.external_id, question.at, func.max(answer.at))
            .join(ConversationRow, ConversationRow.id == question.conversation_id)
            .join(answer, answer.reply_to == question.seq)
            .where(question.author == "citizen", question.seq > after)
            .group_by(ConversationRow.channel, question.external_id, question.at)
        )
        rows = found.all()
    return {
        (channel, _own(channel, external)): (_aware(end) - _aware(begin)).total_seconds()
        for channel, external, begin, end in rows
    }


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def last_message(store: Store) -> int:
    """The number of the newest message."""
    async with store.read() as session:
        return await session.scalar(select(func.max(MessageRow.seq))) or 0
