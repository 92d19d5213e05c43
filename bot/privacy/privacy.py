"""Everything about citizens' data at rest, put together over one database for the command line and the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.accounts.audit import Audit
from bot.privacy.erasure import Erasures
from bot.privacy.export import Exports
from bot.privacy.retention import Retention
from bot.privacy.rules import RetentionRules
from bot.privacy.search import Search
from bot.privacy.stores import Files, Sounds, Tracked
from bot.services.consents.tables import DeletionRequestRow
from bot.store import Store, Vault


@dataclass(frozen=True)
class Request:
    """An open demand to delete, with the last day the law gives."""

    number: str
    citizen_id: str
    channel: str
    requested_on: date
    due_on: date


class Privacy:
    """Search, export, erasure and retention."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        audit: Audit,
        rules: RetentionRules,
        files: Files,
        sounds: Sounds,
        trackers: Tracked,
        zone: ZoneInfo,
    ) -> None:
        self._store, self.clock, self.zone = store, clock, zone
        self.search = Search(store, vault, clock, audit)
        self.exports = Exports(store, vault, clock, audit, files, sounds, zone)
        self.erasures = Erasures(store, vault, clock, rules, audit, files, sounds, trackers)
        self.retention = Retention(store, vault, clock, rules, audit, self.erasures, files, trackers)

    async def requests(self) -> list[Request]:
        """Open demands to delete, the most urgent first."""
        query = select(DeletionRequestRow).where(DeletionRequestRow.open_for.is_not(None))
        async with self._store.read() as session:
            rows = await session.scalars(query.order_by(DeletionRequestRow.due_on, DeletionRequestRow.number))
            return [Request(r.number, r.citizen_id, r.channel, r.requested_on, r.due_on) for r in rows]

    def overdue(self, request: Request) -> bool:
        """Whether the law's day has passed."""
        return request.due_on < self.clock().astimezone(self.zone).date()
