"""Writes and reads the audit log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.interface import Account, Signed
from bot.store import Store
from bot.store.audit import AuditRow

Who = Signed | Account | str | None
"""Who did it: an open session, an account that is about to open one, a user of the machine by name, or the house itself (None)."""
SYSTEM = "system"
LOCK = 0x6F746B6C
"""PostgreSQL's advisory lock of the chain: rows are written one after another."""
BATCH = 1000


@dataclass(frozen=True)
class Entry:
    """One deed as the log's page shows it."""

    id: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject: str
    citizen_id: str | None
    ip: str
    data: dict[str, Any]


def changed(old: Any, new: Any) -> dict[str, Any]:
    """How an entry's data tell of a change."""
    return {"old": old, "new": new}


class Audit:
    """The log of one database."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def write(
        self, who: Who, action: str, subject: str = "", citizen_id: str | None = None, *, ip: str = "", **data: Any
    ) -> None:
        """Note a deed in a transaction of its own; `who` None is the system. `data` holds no personal data."""
        async with self._store.write() as session:
            await self.add(session, who, action, subject, citizen_id, ip=ip, **data)

    async def add(
        self,
        session: AsyncSession,
        who: Who,
        action: str,
        subject: str = "",
        citizen_id: str | None = None,
        *,
        ip: str = "",
        **data: Any,
    ) -> None:
        """Note a deed in the running write transaction, best as its last step: on PostgreSQL others wait until it ends."""
        if session.get_bind().dialect.name == "postgresql":
            await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        before = await session.scalar(select(AuditRow.digest).order_by(AuditRow.id.desc()).limit(1)) or ""
        actor, name = _actor(who)
        row = AuditRow(
            at=self._clock().astimezone(UTC), actor=actor, actor_name=_text(name, 120), action=_text(action, 60),
            subject=_text(str(subject), 120), citizen_id=citizen_id,
            ip=_text(ip or (who.ip if isinstance(who, Signed) else ""), 45),
            data=json.loads(json.dumps(data, default=_plain)),
        )  # fmt: skip
        row.digest = _digest(before, row)
        session.add(row)
        await session.flush()

    async def page(
        self,
        *,
        actor: str = "",
        action: str = "",
        citizen_id: str = "",
        before: int = 0,
        limit: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Entry]:
        """Entries, newest first, below number `before` (0: the newest), from `since` and before `until`."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        for wanted, column in ((actor, AuditRow.actor), (action, AuditRow.action), (citizen_id, AuditRow.citizen_id)):
            if wanted:
                query = query.where(column == wanted)
        if before:
            query = query.where(AuditRow.id < before)
        if since is not None:
            query = query.where(AuditRow.at >= since)
        if until is not None:
            query = query.where(AuditRow.at < until)
        async with self._store.read() as session:
            return [_entry(row) for row in await session.scalars(query)]

    async def export(self, since: datetime, until: datetime) -> AsyncIterator[Entry]:
        """All entries of a period, oldest first."""
        last = 0
        while True:
            query = select(AuditRow).where(AuditRow.id > last, AuditRow.at >= since, AuditRow.at < until)
            async with self._store.read() as session:
                rows = list(await session.scalars(query.order_by(AuditRow.id).limit(BATCH)))
            for row in rows:
                yield _entry(row)
            if len(rows) < BATCH:
                return
            last = rows[-1].id

    async def broken(self) -> int | None:
        """The number of the first entry that was changed or whose predecessor was removed; None when the chain holds."""
        last, digest = 0, ""
        while True:
            async with self._store.read() as session:
                rows = list(
                    await session.scalars(select(AuditRow).where(AuditRow.id > last).order_by(AuditRow.id).limit(BATCH))
                )
            for row in rows:
                if row.digest != _digest(digest, row):
                    return row.id
                last, digest = row.id, row.digest
            if len(rows) < BATCH:
                return None

    async def seal(self) -> tuple[int, str]:
        """The newest entry's number and digest. Written down elsewhere, they prove later that none was cut off the end."""
        async with self._store.read() as session:
            row = (
                await session.execute(select(AuditRow.id, AuditRow.digest).order_by(AuditRow.id.desc()).limit(1))
            ).first()
        return (row[0], row[1]) if row else (0, "")


def _actor(who: Who) -> tuple[str, str]:
    if who is None:
        return SYSTEM, "Отклик"
    if isinstance(who, str):
        return SYSTEM, who
    account = who.account if isinstance(who, Signed) else who
    return account.id, account.name


def _digest(before: str, row: AuditRow) -> str:
    told = {
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"), "actor": row.actor, "name": row.actor_name,
        "action": row.action, "subject": row.subject, "citizen": row.citizen_id, "ip": row.ip, "data": row.data,
    }  # fmt: skip
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{canonical}".encode()).hexdigest()


def _text(value: str, length: int) -> str:
    return value.replace("\0", "")[:length]


def _plain(value: Any) -> Any:
    """Values that JSON does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Collection):
        return sorted(map(str, value))
    return str(value)


def _entry(row: AuditRow) -> Entry:
    return Entry(
        id=row.id, at=row.at, actor=row.actor, actor_name=row.actor_name, action=row.action, subject=row.subject,
        citizen_id=row.citizen_id, ip=row.ip, data=dict(row.data),
    )  # fmt: skip
