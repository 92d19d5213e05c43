"""One conversation opened in a window: who holds it, why it came to a human, and its summary."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.shown import Talk
from bot.handover.summary import Told, names_of_events, summary
from bot.handover.words import MOODS, Titles, mood_of, name_of, reason_title
from bot.services.calls.tables import CallRow
from bot.services.people.groups import Groups
from bot.services.people.tables import HandoverRow, TransferRow
from bot.store import Store, Vault
from bot.store.conversations import CitizenRow, ConversationRow, MessageRow
from bot.store.events import EventRow

TRIED_WITHIN = timedelta(hours=12)
"""What the citizen did before she asked for a human belongs to the talk for so long."""
TRIED_AT_MOST = 30
LOOKED_BACK = 20
"""Newest messages among which the citizen's wish is sought."""
WISHES = 3


class Talks:
    """Reads opened conversations of one database. `carrying` are the channels that may carry personal data."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        groups: Groups,
        titles: Titles,
        carrying: Collection[str],
        topic_title: Callable[[str], str],
        names: Callable[[], Awaitable[Mapping[str, str]]],
    ) -> None:
        self._store, self._vault, self._groups, self._titles = store, vault, groups, titles
        self._carrying, self._topic_title, self._names = carrying, topic_title, names

    async def talk(self, conversation_id: str, *, summed_up: bool = True) -> Talk | None:
        """A conversation with its newest hand-over; None for an unknown one. The summary costs most: not `summed_up`, it is ()."""
        async with self._store.read() as session:
            found = (await session.execute(_TALK, {"conversation": conversation_id})).first()
            if found is None:
                return None
            conversation, row, profile = found[0], found[1], self._vault.open(found[2])
            told = await self._told(session, conversation, profile, row) if summed_up else None
            call = ""
            if conversation.channel == "phone":
                call = await _call(session, conversation_id)
        group, operator = (row.group, row.operator or "") if row else ("", "")
        names = await self._names() if operator else {}
        mood, topic, reason = mood_of(conversation.mood), row.topic if row else "", row.reason if row else ""
        return Talk(
            conversation_id=conversation_id, citizen_id=conversation.citizen_id, channel=conversation.channel,
            mode=conversation.mode, handover_id=row.id if row else None, state=row.state if row else "", group=group,
            group_title=self._groups.get(group).title if group else "", operator=operator,
            operator_name=names.get(operator, ""), topic=topic,
            topic_title=self._topic_title(topic) if topic else "", reason=reason,
            reason_title=reason_title(reason), language=row.language if row else "ru",
            transfers=row.transfers if row else 0, name=name_of(profile), mood=mood, mood_title=MOODS.get(mood, mood),
            summary=summary(told, self._titles, self._topic_title) if told else (), blocked=conversation.blocked_at is not None,
            personal_data=conversation.channel in self._carrying,
            since=(row.group_since or row.created_at) if row else None, expected=conversation.expected or "", call=call,
        )  # fmt: skip

    async def may_see(self, conversation_id: str, groups: Collection[str], operator: str) -> bool:
        """Whether the newest hand-over is of one of these groups, or this operator's."""
        async with self._store.read() as session:
            row = (await session.execute(_STANDING, {"conversation": conversation_id})).first()
        return row is not None and (row.group in groups or (bool(operator) and row.operator == operator))

    async def _told(
        self, session: AsyncSession, conversation: ConversationRow, profile: dict[str, object], row: HandoverRow | None
    ) -> Told:
        since = (row.created_at if row else conversation.updated_at) - TRIED_WITHIN
        asked = {"citizen": conversation.citizen_id, "since": since, "names": sorted(names_of_events())}
        events = await session.execute(_TRIED, asked)
        notes = await session.scalars(_PASSED_ON, {"handover": row.id}) if row else ()
        opened = [str(self._vault.open(note)) for note in notes if note]
        return Told(
            profile=profile, channel=conversation.channel, reason=row.reason if row else "",
            topic=row.topic if row else "", gathered=self._vault.open(row.summary) if row else {},
            wishes=await self._wishes(session, conversation.id, row.created_at if row else None),
            events=[(name, data) for name, data in reversed(events.all())], moods=conversation.mood,
            transfer_notes=[note for note in opened if note],
        )  # fmt: skip

    async def _wishes(self, session: AsyncSession, conversation_id: str, asked_at: datetime | None) -> list[str]:
        """The citizen's words before she asked for a human, newest first."""
        asked: dict[str, Any] = {"conversation": conversation_id, "asked_at": asked_at}
        found = await session.scalars(_WISHES if asked_at is None else _WISHES_BEFORE, asked)
        return [" ".join(str(self._vault.open(body).get("text") or "").split()) for body in found]


# Statements are made once: to build one anew costs more than to run it.
_NEWEST = (
    select(HandoverRow.id)
    .where(HandoverRow.conversation_id == bindparam("conversation"))
    .order_by(HandoverRow.id.desc())
    .limit(1)
    .scalar_subquery()
)
_STANDING = select(HandoverRow.group, HandoverRow.operator).where(HandoverRow.id == _NEWEST)
_TALK = (
    select(ConversationRow, HandoverRow, CitizenRow.profile)
    .join(CitizenRow, CitizenRow.id == ConversationRow.citizen_id)
    .outerjoin(HandoverRow, HandoverRow.id == _NEWEST)
    .where(ConversationRow.id == bindparam("conversation"))
)
_TRIED = (
    select(EventRow.name, EventRow.data)
    .where(EventRow.citizen_id == bindparam("citizen"), EventRow.at >= bindparam("since"))
    .where(EventRow.name.in_(bindparam("names", expanding=True)))
    .order_by(EventRow.at.desc())
    .limit(TRIED_AT_MOST)
)
_PASSED_ON = select(TransferRow.note).where(TransferRow.handover_id == bindparam("handover")).order_by(TransferRow.id)
_RECENT = (
    select(MessageRow.seq, MessageRow.author, MessageRow.at, MessageRow.body)
    .where(MessageRow.conversation_id == bindparam("conversation"))
    .order_by(MessageRow.seq.desc())
    .limit(LOOKED_BACK)
    .subquery()
)
_WISHES = select(_RECENT.c.body).where(_RECENT.c.author == "citizen").order_by(_RECENT.c.seq.desc()).limit(WISHES)
_WISHES_BEFORE = _WISHES.where(_RECENT.c.at <= bindparam("asked_at"))


async def _call(session: AsyncSession, conversation_id: str) -> str:
    found = await session.scalar(
        select(CallRow.id)
        .where(CallRow.conversation_id == conversation_id)
        .order_by(CallRow.registered_at.desc())
        .limit(1)
    )
    return str(found or "")
