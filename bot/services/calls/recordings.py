"""Which recording belongs to which call, and when it has to go. The sound itself is kept elsewhere, encrypted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.services.calls import rows
from bot.services.calls.interface import BadCall, UnknownCall
from bot.services.calls.lines import Lines
from bot.services.calls.tables import CallRow
from bot.store import Store
from bot.store.events import record

LONGEST_REFERENCE = 200


@dataclass(frozen=True)
class Recording:
    """Where the recording of a call lies (`reference` is the keeper's own name for it)."""

    call_id: str
    reference: str
    delete_after: datetime


class Recordings:
    """References to recordings, with the terms of content/lines.yml."""

    def __init__(self, store: Store, clock: Callable[[], datetime], lines: Lines) -> None:
        self._store, self._clock, self._lines = store, clock, lines

    async def kept(self, call_id: str, reference: str) -> Recording:
        """A recording was stored; it must be deleted after the line's days.

        Raises BadCall when the line does not record (the caller was not told) or the reference is no name; UnknownCall.
        """
        if not reference or len(reference) > LONGEST_REFERENCE:
            raise BadCall("recording: a name of at most 200 characters")
        async with self._store.write() as session:
            row = await rows.locked(session, call_id)
            if row is None:
                raise UnknownCall("no such call")
            line = self._lines.get(row.line)
            if not line.records:
                raise BadCall("recording: this line does not record")
            row.recording = reference
            row.recording_delete_after = self._clock() + timedelta(days=line.retention_days)
            return Recording(row.id, reference, row.recording_delete_after)

    async def due(self, limit: int = 100) -> list[Recording]:
        """Recordings whose term is over, oldest first."""
        async with self._store.read() as session:
            found = await session.scalars(
                select(CallRow)
                .where(CallRow.recording.is_not(None), CallRow.recording_delete_after <= self._clock())
                .order_by(CallRow.recording_delete_after)
                .limit(limit)
            )
            return [
                Recording(row.id, row.recording, row.recording_delete_after)
                for row in found
                if row.recording is not None and row.recording_delete_after is not None
            ]

    async def deleted(self, call_id: str) -> None:
        """The sound of a call is gone; to be called after it was deleted. Does nothing for a call without one."""
        async with self._store.write() as session:
            row = await rows.locked(session, call_id)
            if row is not None and row.recording is not None:
                row.recording = row.recording_delete_after = None
                record(session, "recording_deleted", self._clock(), citizen_id=row.citizen_id,
                       conversation_id=row.conversation_id, call=row.id)  # fmt: skip
