"""The lines of a conversation: all that was said in every channel of a citizen, notes of colleagues, and what happened between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.happenings import Happenings
from bot.handover.shown import Line
from bot.handover.tables import NoteRow, ReadMarkRow
from bot.store import Store, Vault, history
from bot.store.conversations import ConversationRow
from bot.store.events import EventRow
from bot.store.history import Spoken
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

    async def of(self, conversation_id: str, before: int = 0, after: int = 0, limit: int = 60) -> list[Line]:
        """A page of lines; [] for an unknown conversation."""
        async with self._store.read() as session:
            citizen = await session.scalar(
                select(ConversationRow.citizen_id).where(ConversationRow.id == conversation_id)
            )
            if citizen is None:
                return []
            spoken = await history.of_citizen(session, self._vault, citizen, after, limit, before)
            since, until = await self._span(session, spoken, before, after, limit)
            notes = await self._notes(session, citizen, since, until)
            events = await self._events(session, citizen, since, until)
            sent = await _sent(session, spoken)
            read = await _read(session, {one.message.conversation_id for one in spoken})
            readings = await _readings(session, spoken)
        names = await self._names() if events else {}
        lines = [_message(one, sent, read, readings) for one in spoken]
        lines += [self._note(row) for row in notes]
        lines += [
            self._event(row, text) for row in events if (text := self._happenings.text(row.name, row.data, names))
        ]
        return sorted(lines, key=lambda line: (line.at, _ORDER.get(line.kind, 2), line.seq))

    async def _span(
        self, session: AsyncSession, spoken: Sequence[Spoken], before: int, after: int, limit: int
    ) -> tuple[datetime | None, datetime | None]:
        """From when to when events belong to this page: pages side by side show each once. None: without an end."""
        since = until = None
        if after:
            since = await history.moment_of(session, after)
            full = len(spoken) == limit
            return since, spoken[-1].message.at if full and spoken else None
        if before:
            until = await history.moment_of(session, before)
        if len(spoken) == limit:
            since = spoken[0].message.at
        return since, until

    async def _notes(
        self, session: AsyncSession, citizen: str, since: datetime | None, until: datetime | None
    ) -> Sequence[NoteRow]:
        query = select(NoteRow).where(NoteRow.citizen_id == citizen)
        if since is not None:
            query = query.where(NoteRow.at >= since)
        if until is not None:
            query = query.where(NoteRow.at < until)
        return (await session.scalars(query.order_by(NoteRow.id.desc()).limit(BETWEEN))).all()[::-1]

    async def _events(
        self, session: AsyncSession, citizen: str, since: datetime | None, until: datetime | None
    ) -> Sequence[Any]:
        query = select(EventRow.id, EventRow.name, EventRow.at, EventRow.conversation_id, EventRow.data).where(
            EventRow.citizen_id == citizen, EventRow.name.in_(self._happenings.names)
        )
        if since is not None:
            query = query.where(EventRow.at >= since)
        if until is not None:
            query = query.where(EventRow.at < until)
        return (await session.execute(query.order_by(EventRow.at.desc(), EventRow.id.desc()).limit(BETWEEN))).all()[
            ::-1
        ]

    @staticmethod
    def _event(row: Any, text: str) -> Line:
        return Line("event", row.at, "system", text, "", row.conversation_id or "", key=f"e{row.id}")

    def _note(self, row: NoteRow) -> Line:
        text = self._vault.open(row.text)
        return Line(row.kind, row.at, "operator", text, "", row.conversation_id, name=row.author_name, key=f"n{row.id}")


def _message(spoken: Spoken, sent: Mapping[int, Any], read: Mapping[str, int], readings: Mapping[int, str]) -> Line:
    message, body = spoken.message, spoken.message.body
    status, failure = "", ""
    if message.author != "citizen":
        row = sent.get(message.seq)
        status, failure = (row.state, row.reason or "") if row else ("", "")
        if message.seq <= read.get(message.conversation_id, 0) and status in ("", "sent"):
            status = "read"
    return Line(
        kind="message", at=message.at, author=message.author, text=_text(body), channel=spoken.channel,
        conversation_id=message.conversation_id, seq=message.seq, name=str(body.get("name") or ""), status=status,
        edited=bool(body.get("edited")), corrects=int(body.get("corrects") or 0),
        buttons=tuple(str(b["title"]) for b in body.get("buttons") or () if b.get("title")),
        attachments=tuple(body.get("attachments") or ()), voice=body.get("kind") == "voice", failure=failure,
        key=f"m{message.seq}", reading=readings.get(message.seq, ""),
    )  # fmt: skip


def _text(body: Mapping[str, Any]) -> str:
    text = str(body.get("text") or "")
    if place := body.get("location"):
        text = f"{text}\nМесто на карте: {place[0]:.5f}, {place[1]:.5f}".strip()
    return text


async def _sent(session: AsyncSession, spoken: Sequence[Spoken]) -> dict[int, Any]:
    """How the sending of each of our messages stands."""
    ours = [one.message.seq for one in spoken if one.message.author != "citizen"]
    if not ours:
        return {}
    found = await session.execute(
        select(OutboxRow.seq, OutboxRow.state, OutboxRow.reason).where(OutboxRow.seq.in_(ours))
    )
    return {row.seq: row for row in found}


async def _readings(session: AsyncSession, spoken: Sequence[Spoken]) -> dict[int, str]:
    """Which messages of the citizen the robot read, and of which somebody said that it did so wrongly."""
    theirs = [one.message.seq for one in spoken if one.message.author == "citizen"]
    if not theirs:
        return {}
    found = await session.execute(select(ReadingRow.message, ReadingRow.doubts).where(ReadingRow.message.in_(theirs)))
    return {row.message: "misread" if "misread" in row.doubts.split() else "read" for row in found}


async def _read(session: AsyncSession, conversations: set[str]) -> dict[str, int]:
    """Up to which message the citizen has read each conversation."""
    if not conversations:
        return {}
    found = await session.execute(
        select(ReadMarkRow.conversation_id, ReadMarkRow.seq).where(
            ReadMarkRow.conversation_id.in_(conversations), ReadMarkRow.reader == "citizen"
        )
    )
    return {row.conversation_id: row.seq for row in found}
