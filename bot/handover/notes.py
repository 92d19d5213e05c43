"""Notes between colleagues at a conversation: never shown to a citizen, always sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.handover.bulletin import Bulletin
from bot.store import Store, Vault

NoteKind = Literal["note", "whisper", "task"]


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
        raise NotImplementedError

    async def of(self, conversation_id: str) -> list[Note]:
        """Notes of a conversation, oldest first."""
        raise NotImplementedError

    async def of_citizen(self, citizen_id: str) -> list[Note]:
        """Notes of all conversations of a citizen, oldest first."""
        raise NotImplementedError
