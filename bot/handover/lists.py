"""Lists of conversations for windows: who waits, who is in hand. First the few rows, then what each of them needs, by index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, ScalarSelect, Select, Subquery, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.remembered import Remembered
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
KEPT = 2_000
"""Names and short texts that are kept open in memory, about as many as wait on a bad day."""
LISTED = 300
"""Talks that a list shows at most."""


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
        # Opening two hundred sealed texts for every list of every window costs more than all else.
        self._names, self._said = Remembered[str, str](KEPT), Remembered[int, tuple[str, str]](KEPT)

    async def queue(self, groups: Collection[str], limit: int) -> list[Waiting]:
        """Who waits for these groups, the next one first."""
        return await self._list(_QUEUE, groups=list(groups), limit=limit)

    async def mine(self, operator: str) -> list[Waiting]:
        """What an operator holds, the longest unanswered citizen first, wrap-ups last."""
        found = await self._list(_MINE, operator=operator, limit=LISTED)
        return sorted(found, key=lambda one: (one.state == "wrap_up", -one.waited_seconds, one.handover_id))

    async def talks(self, groups: Collection[str]) -> list[Waiting]:
        """Talks in hand of these groups, the oldest first."""
        return await self._list(_TALKS, groups=list(groups), limit=LISTED)

    async def _list(self, which: Select[Any], **asked: Any) -> list[Waiting]:
        async with self._store.read() as session:
            ids = list(await session.scalars(which, asked))
            if not ids:
                return []
            rows = {row.id: row for row in await session.execute(_ROWS, {"ids": ids})}
            newest = [row.newest for row in rows.values() if row.newest is not None]
            last = await self._last(session, newest)
            phones = [row.conversation_id for row in rows.values() if row.channel == "phone"]
            calls = await _calls(session, phones)
        now = self._clock()
        # One that has moved between the two looks is left out.
        found = [rows[one] for one in ids if one in rows]
        return [self._waiting(row, last, calls.get(row.conversation_id, ""), now) for row in found]

    async def _last(self, session: AsyncSession, newest: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Author and short text of messages; what was said never changes, so it is opened once."""
        found = {seq: known for seq in newest if (known := self._said.get(seq)) is not None}
        if missing := [seq for seq in newest if seq not in found]:
            for seq, author, body in await session.execute(_SAID, {"newest": missing}):
                found[seq] = self._said.put(seq, (author, in_short(self._vault.open(body))))
        return found

    def _name(self, profile: str) -> str:
        known = self._names.get(profile)
        return self._names.put(profile, name_of(self._vault.open(profile))) if known is None else known

    def _waiting(self, row: Any, last: Mapping[int, tuple[str, str]], call: str, now: datetime) -> Waiting:
        author, said = last.get(row.newest, ("", ""))
        asked = row.group_since or row.created_at
        since = {"taken": row.taken_at, "wrap_up": row.ended_at}.get(row.state) or asked
        mood = mood_of(row.mood)
        return Waiting(
            handover_id=row.id, conversation_id=row.conversation_id, citizen_id=row.citizen_id, channel=row.channel,
            name=self._name(row.profile), topic=row.topic, topic_title=self._topic_title(row.topic),
            reason=row.reason, reason_title=reason_title(row.reason), group=row.group,
            group_title=self._groups.get(row.group).title, priority=row.priority, language=row.language,
            state=row.state, operator=row.operator or "", since=since,
            waited_seconds=_waited(row, asked, now), mood=mood, mood_title=MOODS.get(mood, mood),
            last=said, last_by=author, unread=row.unread,
            blocked=row.blocked_at is not None, call=call,
        )  # fmt: skip


def in_short(body: Mapping[str, Any], most: int = SHORT) -> str:
    """A message in one short line."""
    text = " ".join(str(body.get("text") or "").split()) or files_in_words(body.get("attachments") or [])
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _waited(row: Any, since: datetime, now: datetime) -> int:
    """Seconds the citizen has been waiting for a human word; 0 when nobody owes her one."""
    if row.state == "wrap_up":
        return 0
    if row.state == "taken":
        # Before the first reply she has waited since she asked, not since her newest message.
        first = since if row.first_reply_at is None else row.unanswered
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


def _newest_seq() -> ScalarSelect[int]:
    """The newest message of a person; where only the robot has spoken lately, its own."""
    said, anybody = _newest(), _newest()
    of_people = select(func.max(said.c.seq)).where(said.c.author != "robot").correlate(HandoverRow).scalar_subquery()
    of_all = select(func.max(anybody.c.seq)).correlate(HandoverRow).scalar_subquery()
    return select(func.coalesce(of_people, of_all)).correlate(HandoverRow).scalar_subquery()


def _unread() -> ScalarSelect[int]:
    """The citizen's messages since she asked for a human that whoever holds the talk has not seen."""
    seen = (
        select(ReadMarkRow.seq)
        .where(ReadMarkRow.conversation_id == HandoverRow.conversation_id, ReadMarkRow.reader == HandoverRow.operator)
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


# Made once: to build them anew for every list costs more than to run them.
_QUEUE = (
    select(HandoverRow.id)
    .where(HandoverRow.state == "queued", HandoverRow.group.in_(bindparam("groups", expanding=True)))
    .order_by(HandoverRow.priority.desc(), HandoverRow.id)
    .limit(bindparam("limit", type_=Integer))
)
_MINE = (
    select(HandoverRow.id)
    .where(HandoverRow.operator == bindparam("operator"), HandoverRow.state.in_(("taken", "wrap_up")))
    .limit(bindparam("limit", type_=Integer))
)
_TALKS = (
    select(HandoverRow.id)
    .where(HandoverRow.state == "taken", HandoverRow.group.in_(bindparam("groups", expanding=True)))
    # Not by a bare column: a database might then walk through its index, and with it through all talks that ever were.
    .order_by(func.coalesce(HandoverRow.taken_at, HandoverRow.created_at), HandoverRow.id)
    .limit(bindparam("limit", type_=Integer))
)
_ROWS = (
    select(
        HandoverRow.id, HandoverRow.conversation_id, HandoverRow.citizen_id, HandoverRow.topic, HandoverRow.reason,
        HandoverRow.group, HandoverRow.priority, HandoverRow.language, HandoverRow.state, HandoverRow.operator,
        HandoverRow.created_at, HandoverRow.group_since, HandoverRow.taken_at, HandoverRow.first_reply_at,
        HandoverRow.ended_at, ConversationRow.channel, ConversationRow.mood, ConversationRow.blocked_at,
        CitizenRow.profile, _newest_seq().label("newest"), _unread().label("unread"), _unanswered().label("unanswered"),
    )
    .join(ConversationRow, ConversationRow.id == HandoverRow.conversation_id)
    .join(CitizenRow, CitizenRow.id == HandoverRow.citizen_id)
    .where(HandoverRow.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip
_SAID = select(MessageRow.seq, MessageRow.author, MessageRow.body).where(
    MessageRow.seq.in_(bindparam("newest", expanding=True))
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
