"""Lists of conversations for windows: who waits, who is in hand. First the few rows of a list, then what each of them needs, by index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Subquery, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.shown import Waiting
from bot.handover.tables import ReadMarkRow
from bot.handover.words import MOODS, files_in_words, mood_of, name_of, reason_title
from bot.services.calls.tables import CallRow
from bot.services.people.groups import Groups
from bot.services.people.tables import HandoverRow
from bot.store import Store, Vault
from bot.store.conversations import CitizenRow, ConversationRow, MessageRow

SHORT = 120
"""Characters of the newest message that a list shows."""
RECENT = 30
"""Newest messages of a conversation that are looked at for the unread and the unanswered ones; more are «30»."""
LISTED = 300
"""Talks that a list shows at most."""

_WANTED = (
    HandoverRow.id, HandoverRow.conversation_id, HandoverRow.citizen_id, HandoverRow.topic, HandoverRow.reason,
    HandoverRow.group, HandoverRow.priority, HandoverRow.language, HandoverRow.state, HandoverRow.operator,
    HandoverRow.created_at, HandoverRow.group_since, HandoverRow.taken_at, HandoverRow.first_reply_at,
    ConversationRow.channel, ConversationRow.mood, ConversationRow.blocked_at, CitizenRow.profile,
)  # fmt: skip


class Lists:
    """Reads lists of one database."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        groups: Groups,
        topic_title: Callable[[str], str],
    ) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self._groups, self._topic_title = groups, topic_title

    async def queue(self, groups: Collection[str], limit: int) -> list[Waiting]:
        """Who waits for these groups, the next one first."""
        return await self._list(
            # Whoever went back to the robot has left the queue, whatever her row says.
            and_(HandoverRow.state == "queued", HandoverRow.group.in_(groups), ConversationRow.mode == "queued"),
            (HandoverRow.priority.desc(), HandoverRow.id),
            limit,
        )

    async def mine(self, operator: str) -> list[Waiting]:
        """What an operator holds, the longest unanswered citizen first, wrap-ups last."""
        held = and_(HandoverRow.operator == operator, HandoverRow.state.in_(("taken", "wrap_up")))
        found = await self._list(held, (HandoverRow.taken_at, HandoverRow.id), LISTED)
        return sorted(found, key=lambda one: (one.state == "wrap_up", -one.waited_seconds, one.handover_id))

    async def talks(self, groups: Collection[str]) -> list[Waiting]:
        """Talks in hand of these groups, the oldest first."""
        held = and_(HandoverRow.state == "taken", HandoverRow.group.in_(groups))
        return await self._list(held, (HandoverRow.taken_at, HandoverRow.id), LISTED)

    async def _list(self, which: ColumnElement[bool], order: Sequence[Any], limit: int) -> list[Waiting]:
        async with self._store.read() as session:
            rows = (
                await session.execute(
                    select(*_WANTED)
                    .join(ConversationRow, ConversationRow.id == HandoverRow.conversation_id)
                    .join(CitizenRow, CitizenRow.id == HandoverRow.citizen_id)
                    .where(which)
                    .order_by(*order)
                    .limit(limit)
                )
            ).all()
            if not rows:
                return []
            recent = await _recent(session, [row.id for row in rows])
            newest = [one.newest for one in recent.values() if one.newest is not None]
            said = await session.execute(
                select(MessageRow.seq, MessageRow.author, MessageRow.body).where(MessageRow.seq.in_(newest))
            )
            last = {seq: (author, body) for seq, author, body in said}
            calls = await _calls(session, [row.conversation_id for row in rows if row.channel == "phone"])
        now = self._clock()
        return [
            self._waiting(row, recent.get(row.id), last, calls.get(row.conversation_id, ""), now) for row in rows
        ]

    def _waiting(
        self, row: Row[Any], recent: Row[Any] | None, last: Mapping[int, tuple[str, str]], call: str, now: datetime
    ) -> Waiting:
        author, body = last.get(recent.newest if recent else 0, ("", ""))
        since = row.group_since or row.created_at
        mood = mood_of(row.mood)
        return Waiting(
            handover_id=row.id, conversation_id=row.conversation_id, citizen_id=row.citizen_id, channel=row.channel,
            name=name_of(self._vault.open(row.profile)), topic=row.topic, topic_title=self._topic_title(row.topic),
            reason=row.reason, reason_title=reason_title(row.reason), group=row.group,
            group_title=self._groups.get(row.group).title, priority=row.priority, language=row.language,
            state=row.state, operator=row.operator or "", since=since,
            waited_seconds=_waited(row, recent, since, now), mood=mood, mood_title=MOODS.get(mood, mood),
            last=in_short(self._vault.open(body)) if body else "", last_by=author, unread=recent.unread if recent else 0,
            blocked=row.blocked_at is not None, call=call,
        )  # fmt: skip


def in_short(body: Mapping[str, Any], most: int = SHORT) -> str:
    """A message in one short line."""
    text = " ".join(str(body.get("text") or "").split()) or files_in_words(body.get("attachments") or [])
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _waited(row: Row[Any], recent: Row[Any] | None, since: datetime, now: datetime) -> int:
    """Seconds the citizen has been waiting for a human word; 0 when nobody owes her one."""
    if row.state == "wrap_up":
        return 0
    if row.state == "taken":
        # Before the first reply she has waited since she asked, not since her newest message.
        first = since if row.first_reply_at is None else recent.unanswered if recent else None
        if first is None:
            return 0
        since = first
    return max(0, int((now - since).total_seconds()))


def _newest() -> Subquery:
    """The newest messages of the conversation of an outer hand-over."""
    return (
        select(MessageRow.seq, MessageRow.author, MessageRow.at)
        .where(MessageRow.conversation_id == HandoverRow.conversation_id)
        .order_by(MessageRow.seq.desc())
        .limit(RECENT)
        .correlate(HandoverRow)
        .subquery()
    )


async def _recent(session: AsyncSession, handovers: Sequence[int]) -> dict[int, Row[Any]]:
    """For each hand-over: its `newest` message, how many are `unread`, and since when the citizen is `unanswered`."""
    found = await session.execute(
        select(HandoverRow.id, _newest_seq().label("newest"), _unread().label("unread"), _unanswered().label("unanswered"))
        .where(HandoverRow.id.in_(handovers))
    )  # fmt: skip
    return {row.id: row for row in found}


def _newest_seq() -> ScalarSelect[int]:
    return (
        select(MessageRow.seq)
        .where(MessageRow.conversation_id == HandoverRow.conversation_id)
        .order_by(MessageRow.seq.desc())
        .limit(1)
        .correlate(HandoverRow)
        .scalar_subquery()
    )


def _unread() -> ScalarSelect[int]:
    """The citizen's messages since she asked for a human that whoever holds the talk has not seen."""
    seen = (
        select(ReadMarkRow.seq)
        .where(
            ReadMarkRow.conversation_id == HandoverRow.conversation_id, ReadMarkRow.reader == HandoverRow.operator
        )
        .correlate(HandoverRow)
        .scalar_subquery()
    )
    said = _newest()
    return (
        select(func.count())
        .select_from(said)
        .where(said.c.author == "citizen", said.c.at >= HandoverRow.created_at, said.c.seq > func.coalesce(seen, 0))
        .correlate(HandoverRow)
        .scalar_subquery()
    )


def _unanswered() -> ScalarSelect[datetime]:
    """When the citizen's oldest message after the last human word was written."""
    said, answered = _newest(), _newest()
    last_word = (
        select(func.max(answered.c.seq)).where(answered.c.author == "operator").correlate(HandoverRow).scalar_subquery()
    )
    return (
        select(func.min(said.c.at))
        .where(
            said.c.author == "citizen", said.c.at >= HandoverRow.created_at, said.c.seq > func.coalesce(last_word, 0)
        )
        .correlate(HandoverRow)
        .scalar_subquery()
    )


async def _calls(session: AsyncSession, conversations: Sequence[str]) -> dict[str, str]:
    """The newest call of each conversation."""
    if not conversations:
        return {}
    found = await session.execute(
        select(CallRow.conversation_id, CallRow.id)
        .where(CallRow.conversation_id.in_(conversations))
        .order_by(CallRow.registered_at)
    )
    return {str(conversation): call for conversation, call in found}
