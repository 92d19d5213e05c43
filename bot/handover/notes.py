"""Notes between colleagues at a conversation: never shown to a citizen, always sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import ColumnElement, select

from bot.handover.bulletin import Bulletin, News
from bot.handover.interface import Refusal
from bot.handover.tables import NoteRow
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow

NoteKind = Literal["note", "whisper", "task"]

LONGEST = 4_000


@dataclass(frozen=True)
class Note:
    """A word to colleagues. A whisper is a supervisor's advice during a talk."""

    id: int
    conversation_id: str
    author: str
    author_name: str
    kind: NoteKind
    text: str
    at: datetime


class Notes:
    """Notes of one database."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime], bulletin: Bulletin) -> None:
        self._store, self._vault, self._clock, self._bulletin = store, vault, clock, bulletin

    async def add(
        self, conversation_id: str, author: str, author_name: str, text: str, kind: NoteKind = "note"
    ) -> Note:
        """Write a note. Raises Refusal for an empty or too long text (4 000), LookupError for an unknown conversation."""
        text = text.replace("\x00", "").strip()
        if not text:
            raise Refusal("Заметка пустая. Напишите пару слов.")
        if len(text) > LONGEST:
            raise Refusal(f"Заметка длиннее {LONGEST} знаков. Оставьте главное.")
        async with self._store.write() as session:
            conversation = await session.get(ConversationRow, conversation_id)
            if conversation is None:
                raise LookupError("no such conversation")
            row = NoteRow(
                conversation_id=conversation_id, citizen_id=conversation.citizen_id, author=author,
                author_name=author_name[:120], kind=kind, text=self._vault.seal(text), at=self._clock(),
            )  # fmt: skip
            session.add(row)
            await session.flush()
        self._bulletin.post(News("note", conversation_id, data={"kind": kind}))
        return self._note(row, text)

    async def of(self, conversation_id: str) -> list[Note]:
        """Notes of a conversation, oldest first."""
        return await self._found(NoteRow.conversation_id == conversation_id)

    async def of_citizen(self, citizen_id: str) -> list[Note]:
        """Notes of all conversations of a citizen, oldest first."""
        return await self._found(NoteRow.citizen_id == citizen_id)

    async def _found(self, which: ColumnElement[bool]) -> list[Note]:
        async with self._store.read() as session:
            rows = await session.scalars(select(NoteRow).where(which).order_by(NoteRow.id))
            return [self._note(row, self._vault.open(row.text)) for row in rows]

    @staticmethod
    def _note(row: NoteRow, text: str) -> Note:
        kind = cast(NoteKind, row.kind)
        return Note(row.id, row.conversation_id, row.author, row.author_name, kind, text, row.at)
