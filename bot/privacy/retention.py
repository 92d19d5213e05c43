"""Deletes what has outlived its term, or says what would be: citizen by citizen, then class by class, a little at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select

from bot.accounts.audit import Audit, Who
from bot.privacy.erasure import CannotErase, Erasures
from bot.privacy.holdings import HOLDINGS
from bot.privacy.inventory import belongs, table_of
from bot.privacy.rules import RetentionRules
from bot.privacy.scrub import scrub
from bot.privacy.standing import Standing, standing
from bot.privacy.stores import Files, Tracked
from bot.privacy.sweeps import SWEEPS, deletable, remove
from bot.privacy.traces import refs_of_all
from bot.services.calls.tables import CallRow
from bot.services.tickets.tables import TicketRow
from bot.store import Store, Vault
from bot.store.conversations import CitizenRow, ConversationRow
from bot.store.events import EventRow, record

log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Citizens looked at together."""
DONE, LOOKED = "retention_done", "retention_previewed"


@dataclass
class Report:
    """What was deleted, or would be.

    `citizens`: how many people's data are due. `rows`: rows by table that go with them. `classes`: rows of classes with terms
    of their own. `held`: people whose matters are open, by kind of matter (one may count in several). `later`: people not due
    yet, `next_due` and `last_due` when the first and the last of them will be, `kept_by_consent` how many stay for a consent.
    """

    at: datetime
    days: int
    preview: bool
    citizens: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    held_citizens: int = 0
    kept_by_consent: int = 0
    later: int = 0
    next_due: datetime | None = None
    last_due: datetime | None = None
    recordings_due: int = 0
    recordings_kept: int = 0
    trackers: int = 0
    skipped: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON: no person in it."""
        plain = {k: v for k, v in vars(self).items() if not isinstance(v, (datetime, Counter))}
        moments = {k: v.isoformat() for k, v in vars(self).items() if isinstance(v, datetime)}
        return plain | moments | {k: dict(v) for k, v in vars(self).items() if isinstance(v, Counter)}

    @classmethod
    def of(cls, data: dict[str, Any]) -> Report:
        """The report of `as_dict`."""
        moments = {k: datetime.fromisoformat(data[k]) for k in ("at", "next_due", "last_due") if data.get(k)}
        counters = {k: Counter(data.get(k) or {}) for k in ("rows", "classes", "held")}
        known = {k: v for k, v in data.items() if k in cls.__dataclass_fields__}
        return cls(**(known | moments | counters))


class Retention:
    """The terms of `rules`, carried out. With `rules.days` 0 nothing is deleted."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        rules: RetentionRules,
        audit: Audit,
        erasures: Erasures,
        files: Files,
        trackers: Tracked,
    ) -> None:
        self._store, self._vault, self._clock, self.rules, self._audit = store, vault, clock, rules, audit
        self._erasures, self._files, self._trackers = erasures, files, trackers

    async def preview(self, who: Who) -> Report:
        """What `run` would delete now, and until when the rest stays; changes nothing but the log of who looked."""
        report = Report(self._clock(), self.rules.days, preview=True)
        if self.rules.days:
            async for some in self._standings():
                due = self._sorted(report, some)
                await self._count(report, [one.citizen_id for one in due])
            async with self._store.read() as session:
                for name, sweep in SWEEPS.items():
                    report.classes[name] += int(
                        await session.scalar(deletable(sweep, self.rules, report.at, count=True)) or 0
                    )
            report.trackers = len(await self._forgotten(report.at))
        await self._recordings(report)
        await self._keep(report, who)
        return report

    async def run(self, who: Who) -> Report:
        """Delete what is due; what was deleted. May be broken off at any moment and run again."""
        report = Report(self._clock(), self.rules.days, preview=False)
        if self.rules.days:
            async for some in self._standings():
                for one in self._sorted(report, some):
                    await self._erase(report, one.citizen_id, who)
            await self._remove_files_of_appeals(report.at)
            for name, sweep in SWEEPS.items():
                report.classes[name] += await remove(self._store, sweep, self.rules, report.at)
            report.trackers = await self._trackers.delete(await self._forgotten(report.at))
            await asyncio.to_thread(self._files.tidy)
            await scrub(self._store)
        await self._recordings(report)
        await self._keep(report, who)
        return report

    async def last(self, *, preview: bool = False) -> Report | None:
        """The newest report of a run or of a preview."""
        query = select(EventRow.data).where(EventRow.name == (LOOKED if preview else DONE)).order_by(EventRow.id.desc())
        async with self._store.read() as session:
            data = await session.scalar(query.limit(1))
        return Report.of(data["report"]) if data else None

    async def _standings(self) -> AsyncIterator[list[Standing]]:
        """Everybody, by id: a run that is broken off goes through again, and finds less."""
        last = ""
        while True:
            query = select(CitizenRow.id).where(CitizenRow.id > last).order_by(CitizenRow.id).limit(AT_ONCE)
            async with self._store.read() as session:
                some = list(await session.scalars(query))
                found = await standing(session, some, self._clock(), self.rules) if some else {}
            if not some:
                return
            yield list(found.values())
            last = some[-1]
            await asyncio.sleep(0)

    def _sorted(self, report: Report, some: list[Standing]) -> list[Standing]:
        """Count how things stand; those whose data are due."""
        due = []
        for one in some:
            if one.due(report.at):
                due.append(one)
                if report.preview:
                    report.citizens += 1
            elif one.open:
                report.held_citizens += 1
                report.held.update(one.open)
            else:
                report.later += 1
                report.kept_by_consent += bool(one.consent)
                report.next_due = min(report.next_due or one.until, one.until)
                report.last_due = max(report.last_due or one.until, one.until)
        return due

    async def _count(self, report: Report, citizens: list[str]) -> None:
        if not citizens:
            return
        async with self._store.read() as session:
            for holding in HOLDINGS:
                where = belongs(holding, citizens)
                if holding.erasure == "delete" and where is not None:
                    query = select(func.count()).select_from(table_of(holding)).where(where)
                    if number := int(await session.scalar(query) or 0):
                        report.rows[holding.table] += number

    async def _erase(self, report: Report, citizen_id: str, who: Who) -> None:
        try:
            gone = await self._erasures.erase(citizen_id, who, "retention")
        except CannotErase:  # she has just written
            report.skipped += 1
            return
        report.citizens += 1
        report.rows.update({table: number for table, _, number in gone.goes})

    async def _remove_files_of_appeals(self, now: datetime) -> None:
        """An appeal keeps its files when the conversation goes; they go with it."""
        sweep = SWEEPS["tickets"]
        where = sweep.over(self.rules.terms[sweep.term].begins(now), now)
        async with self._store.read() as session:
            bodies = list(await session.scalars(select(TicketRow.body).where(where)))
        for ref in await asyncio.to_thread(refs_of_all, self._vault, bodies):
            await asyncio.to_thread(self._files.remove, ref)

    async def _forgotten(self, now: datetime) -> list[str]:
        """Rasa's records of conversations that are no longer ours."""
        silent = await self._trackers.silent_since(now - timedelta(days=self.rules.days))
        found: list[str] = []
        for start in range(0, len(silent), AT_ONCE):
            some = silent[start : start + AT_ONCE]
            async with self._store.read() as session:
                known = set(await session.scalars(select(ConversationRow.id).where(ConversationRow.id.in_(some))))
            found += [one for one in some if one not in known]
        return found

    async def _recordings(self, report: Report) -> None:
        """Recordings have terms of their own line, and a keeper that deletes them."""
        kept = select(func.count()).select_from(CallRow).where(CallRow.recording.is_not(None))
        async with self._store.read() as session:
            report.recordings_due = int(
                await session.scalar(kept.where(CallRow.recording_delete_after <= report.at)) or 0
            )
            report.recordings_kept = int(await session.scalar(kept) or 0) - report.recordings_due

    async def _keep(self, report: Report, who: Who) -> None:
        name = LOOKED if report.preview else DONE
        async with self._store.write() as session:
            record(session, name, report.at, report=report.as_dict())
            await self._audit.add(session, who, name, citizens=report.citizens, rows=sum(report.rows.values()))
        log.info(name.replace("_", ".", 1), citizens=report.citizens, rows=sum(report.rows.values()))
