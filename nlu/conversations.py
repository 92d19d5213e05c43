"""Where Rasa keeps its conversations: its own SQL store, sealed, with one open connection and no counting before a write."""

from __future__ import annotations

import itertools
import json
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import QueuePool

from nlu.seal import Seal

_STORED = "_otklik_stored"
"""Attribute of a tracker: how many of its events are in the database, as this store read or wrote them."""
_BUSY_MS = 5000
"""Milliseconds to wait while the deletion of personal data holds the file."""


class Conversations(SQLTrackerStore):
    """Named in endpoints.yml. Rasa's own table. What was said and known (`data`) is sealed; kinds and times of events are not.

    Events that Rasa's own store wrote are read as they are.
    Rasa opens and closes an SQLite file for every read and write, which empties its journal each time, and counts a conversation's
    events before each write; together that is a fifth of a turn.
    """

    def __init__(self, domain: Domain | None = None, host: str | None = None, **kwargs: Any) -> None:
        """As Rasa calls it, with the keys of endpoints.yml (`dialect`, `db`, …)."""
        super().__init__(domain=domain, host=host, **kwargs)
        self._seal = Seal.from_environment()
        if self.engine.dialect.name == "sqlite":
            url = self.engine.url
            self.engine.dispose()
            # A model that is loaded beside opens its store in another thread than the one that answers.
            self.engine = sa.create_engine(url, poolclass=QueuePool, connect_args={"check_same_thread": False})
            sa.event.listen(self.engine, "connect", _settle)
            self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation since its latest session began; None for a new one."""
        tracker = await self._retrieve(sender_id, fetch_events_from_all_sessions=False)
        if tracker is not None:
            setattr(tracker, _STORED, len(tracker.events))
        return tracker

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        with self.session_scope() as session:
            query = self._event_query(session, sender_id, fetch_events_from_all_sessions)
            events = [json.loads(self._seal.open(data)) for (data,) in query.with_entities(self.SQLEvent.data)]
        if not events or not self.domain:
            return None
        return DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the events that came since the conversation was read."""
        await self.stream_events(tracker)
        stored = getattr(tracker, _STORED, None)
        with self.session_scope() as session:
            fresh = (
                self._additional_events(session, tracker)
                if stored is None
                else itertools.islice(tracker.events, stored, None)
            )
            rows = [self._row(tracker.sender_id, event) for event in fresh]
            if rows:
                session.execute(sa.insert(self.SQLEvent.__table__), rows)
            session.commit()
        setattr(tracker, _STORED, len(tracker.events))

    def _row(self, sender_id: str, event: Event) -> dict[str, Any]:
        data = event.as_dict()
        return {
            "sender_id": sender_id,
            "type_name": event.type_name,
            "timestamp": data.get("timestamp"),
            "intent_name": ((data.get("parse_data") or {}).get("intent") or {}).get("name"),
            "action_name": data.get("name"),
            "data": self._seal.seal(json.dumps(data)),
        }


def _settle(connection: Any, _: Any) -> None:
    # With a journal written ahead, a killed process loses nothing that was committed; only a lost machine may.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()
