"""What lies outside the database and belongs to citizens: files, recordings, Rasa's record. Made by the rooms above."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """Files of conversations (`channels.files.FileStore`)."""

    def read(self, ref: str) -> bytes:
        """A file's content. Raises KeyError for an unknown one. Blocks."""
        ...

    def remove(self, ref: str) -> None:
        """Forget a file; an unknown one is no error. Blocks."""
        ...

    def tidy(self) -> None:
        """Throw away readable copies left behind. Blocks."""
        ...


class Sounds(Protocol):
    """Recordings of calls, by the call's id."""

    def remove(self, call_id: str) -> None:
        """Delete a recording; an unknown one is no error. Raises OSError. Blocks."""
        ...

    def export(self, call_id: str, target: Path) -> bool:
        """Write a recording as a WAV file; False when there is none, or it cannot be read. Blocks."""
        ...


class Tracked(Protocol):
    """Rasa's record (`bot.privacy.trackers.Trackers`)."""

    async def delete(self, senders: Sequence[str]) -> int:
        """Forget conversations; how many events there were."""
        ...

    async def silent_since(self, moment: datetime) -> list[str]:
        """Conversations in which nothing has happened since."""
        ...
