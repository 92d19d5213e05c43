"""The lines of a conversation: all that was said in every channel of a citizen, notes of colleagues, and what happened between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.happenings import Happenings
from bot.handover.shown import Line
from bot.handover.tables import NoteRow, ReadMarkRow
from bot.store import Store, Vault, history
from bot.store.conversations import ConversationRow, MessageRow
from bot.store.events import EventRow
from bot.store.outbox import OutboxRow
from bot.studio.tables import ReadingRow

BETWEEN = 200
"""Events and notes of one page at most."""

Names = Callable[[], Awaitable[Mapping[str, str]]]

_ORDER = {"event": 0, "task": 1, "note": 1, "whisper": 1, "message": 2}
"""What comes first at the very same moment: a fact explains the words after it."""


class Lines:
    """Reads lines of one database. `names` is awaited for {account id: name}."""

    def __init__(self, store: Store, vault: Vault, happenings: Happenings, names: Names) -> None:
        self._store, self._vault, self._happenings, self._names = store, vault, happenings, names
        self._names_of_events = sorted(happenings.names)

    async def of(self, conversation_id: str, before: int = 0, after: int = 0, limit: int = 60) -> list[Line]:
        """A page of lines; [] for an unknown conversation."""
        async with self._store.read() as session:
            conversations = (await session.execute(_CONVERSATIONS, {"conversation": conversation_id})).all()
            if not conversations:
                return []
            citizen, channels = conversations[0].citizen_id, {row.id: row.channel for row in conversations}
            asked = history.bounds(list(channels), after, limit, before)
            said = list(await session.execute(_said(len(channels), after > 0, before > 0), asked))
            if not after:
                said.reverse()
            since, until = await self._span(session, said, before, after, limit)
            between = {"citizen": citizen, "since": since, "until": until}
            notes = (await session.scalars(_notes(since is not None, until is not None), between)).all()[::-1]
            between["names"] = self._names_of_events
            events = (await session.execute(_events(since is not None, until is not None), between)).all()[::-1]
        names = await self._names() if events else {}
        lines = [self._message(row, channels[row.conversation_id]) for row in said]
        lines += [self._note(row) for row in notes]
        lines += [
            self._event(row, text) for row in events if (text := self._happenings.text(row.name, row.data, names))
        ]
        return sorted(lines, key=lambda line: (line.at, _ORDER.get(line.kind, 2), line.seq))

    async def _span(
        self, session: AsyncSession, said: Sequence[Any], before: int, after: int, limit: int
    ) -> tuple[datetime | None, datetime | None]:
        """From when to when events belong to this page: pages side by side show each once. None: without an end."""
        since = until = None
        if after:
            since = await history.moment_of(session, after)
            full = len(said) == limit
            return since, said[-1].at if full and said else None
        if before:
            until = await history.moment_of(session, before)
        if len(said) == limit:
            since = said[0].at
        return since, until

    @staticmethod
    def _event(row: Any, text: str) -> Line:
        return Line("event", row.at, "system", text, "", row.conversation_id or "", key=f"e{row.id}")

    def _note(self, row: NoteRow) -> Line:
        text = self._vault.open(row.text)
        return Line(row.kind, row.at, "operator", text, "", row.conversation_id, name=row.author_name, key=f"n{row.id}")

    def _message(self, row: Any, channel: str) -> Line:
        body = self._vault.open(row.body)
        status, failure, reading = "", "", ""
        if row.author == "citizen":
            if row.doubts is not None:
                reading = "misread" if "misread" in row.doubts.split() else "read"
        else:
            status, failure = row.sent or "", row.failure or ""
            if row.seq <= (row.read_to or 0) and status in ("", "sent"):
                status = "read"
        return Line(
            kind="message", at=row.at, author=row.author, text=_text(body), channel=channel,
            conversation_id=row.conversation_id, seq=row.seq, name=str(body.get("name") or ""), status=status,
            edited=bool(body.get("edited")), corrects=int(body.get("corrects") or 0),
            buttons=tuple(str(b["title"]) for b in body.get("buttons") or () if b.get("title")),
            attachments=tuple(body.get("attachments") or ()), voice=body.get("kind") == "voice", failure=failure,
            key=f"m{row.seq}", reading=reading,
        )  # fmt: skip


def _text(body: Mapping[str, Any]) -> str:
    text = str(body.get("text") or "")
    if place := body.get("location"):
        text = f"{text}\nМесто на карте: {place[0]:.5f}, {place[1]:.5f}".strip()
    return text


# Statements are made once: to build one anew costs more than to run it.
_CONVERSATIONS = select(ConversationRow.id, ConversationRow.channel, ConversationRow.citizen_id).where(
    ConversationRow.citizen_id
    == select(ConversationRow.citizen_id).where(ConversationRow.id == bindparam("conversation")).scalar_subquery()
)
_BETWEEN = bindparam("between", BETWEEN, type_=Integer)


@lru_cache(maxsize=64)
def _said(conversations: int, forward: bool, below: bool) -> Select[*tuple[Any, ...]]:
    """Messages, how the sending of each stands, whether a robot read it, and up to where the citizen has read there."""
    marks = and_(ReadMarkRow.conversation_id == MessageRow.conversation_id, ReadMarkRow.reader == "citizen")
    return (
        select(
            MessageRow.seq, MessageRow.conversation_id, MessageRow.author, MessageRow.body, MessageRow.at,
            OutboxRow.state.label("sent"), OutboxRow.reason.label("failure"), ReadingRow.doubts,
            ReadMarkRow.seq.label("read_to"),
        )
        .outerjoin(OutboxRow, OutboxRow.seq == MessageRow.seq)
        .outerjoin(ReadingRow, ReadingRow.message == MessageRow.seq)
        .outerjoin(ReadMarkRow, marks)
        .where(MessageRow.seq.in_(history.numbers(conversations, forward, below)))
        .order_by(history.order_of(forward))
        .limit(history.LIMIT)
    )  # fmt: skip


@lru_cache(maxsize=4)
def _notes(since: bool, until: bool) -> Select[NoteRow]:
    """Notes of a citizen's conversations, newest first."""
    query = select(NoteRow).where(NoteRow.citizen_id == bindparam("citizen"))
    if since:
        query = query.where(NoteRow.at >= bindparam("since"))
    if until:
        query = query.where(NoteRow.at < bindparam("until"))
    return query.order_by(NoteRow.id.desc()).limit(_BETWEEN)


@lru_cache(maxsize=4)
def _events(since: bool, until: bool) -> Select[*tuple[Any, ...]]:
    """Events worth a line, newest first."""
    query = select(EventRow.id, EventRow.name, EventRow.at, EventRow.conversation_id, EventRow.data).where(
        EventRow.citizen_id == bindparam("citizen"), EventRow.name.in_(bindparam("names", expanding=True))
    )
    if since:
        query = query.where(EventRow.at >= bindparam("since"))
    if until:
        query = query.where(EventRow.at < bindparam("until"))
    return query.order_by(EventRow.at.desc(), EventRow.id.desc()).limit(_BETWEEN)
