"""Gives out everything that is kept about one citizen: a ZIP with JSON for machines, a page in Russian, files and recordings."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.accounts.audit import Audit, Who
from bot.privacy import overview, traces
from bot.privacy.holdings import HOLDINGS, Holding
from bot.privacy.inventory import belongs, table_of
from bot.privacy.stores import Files, Sounds
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow
from bot.store.raw_events import RawEventRow

LEFT_OUT = frozenset(
    (
        ("tickets", "meaning"), ("tickets", "surname_print"), ("tickets", "code_print"), ("tickets", "street_print"),
        ("applications", "surname_print"), ("applications", "birth_date_print"), ("applications", "code_word_print"),
        ("link_codes", "code_print"), ("audit", "ip"), ("audit", "actor"), ("audit", "digest"),
    )
)  # fmt: skip
"""Columns that are made of others and say nothing to anybody, or belong to a colleague."""
WHOLE_OWNERS = "audit"


class UnknownCitizen(LookupError):
    """Nothing is kept about this citizen."""


@dataclass(frozen=True)
class Exported:
    """What an archive holds."""

    rows: int
    files: int
    recordings: int


class Exports:
    """Makes archives. Times in the page are those of `zone`."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        audit: Audit,
        files: Files,
        sounds: Sounds,
        zone: ZoneInfo,
    ) -> None:
        self._store, self._vault, self._clock, self._audit = store, vault, clock, audit
        self._files, self._sounds, self._zone = files, sounds, zone

    async def collect(self, citizen_id: str) -> dict[str, list[dict[str, Any]]]:
        """Every row about a citizen by table, opened, oldest first; tables without any are left out."""
        found: dict[str, list[dict[str, Any]]] = {}
        for holding in HOLDINGS:
            rows = await (self._raw(citizen_id) if holding.erasure == "blank" else self._rows(holding, citizen_id))
            if rows:
                found[holding.table] = rows
        return found

    async def write(self, citizen_id: str, target: Path, who: Who) -> Exported:
        """Write the archive, readable by its owner only. Raises UnknownCitizen, and OSError of the target (then none is left)."""
        found = await self.collect(citizen_id)
        if not any(table != "audit" for table in found):
            raise UnknownCitizen(citizen_id)
        # First the log: nobody may take data out unnoticed.
        rows = sum(len(rows) for rows in found.values())
        await self._audit.write(who, "citizen_exported", "", citizen_id, rows=rows)
        async with self._store.read() as session:
            refs = await traces.file_refs(session, self._vault, [citizen_id])
        named = {
            ref: name for table in ("messages", "tickets") for row in found.get(table, ()) for ref, name in _names(row)
        }
        refs += [ref for ref in named if ref not in refs]
        calls = [row["id"] for row in found.get("calls", ()) if row.get("recording")]
        return await asyncio.to_thread(
            self._pack, citizen_id, target, found, {ref: named.get(ref, "file") for ref in refs}, calls
        )

    def _pack(
        self,
        citizen_id: str,
        target: Path,
        found: dict[str, list[dict[str, Any]]],
        refs: Mapping[str, str],
        calls: list[str],
    ) -> Exported:
        titles = {holding.table: holding.title for holding in HOLDINGS}
        made = self._clock()
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                tables = {table: {"title": titles[table], "rows": rows} for table, rows in found.items()}
                data = {"citizen": citizen_id, "made_at": made.isoformat(), "tables": tables}
                files = self._add_files(archive, refs)
                sounds = self._add_sounds(archive, calls)
                archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, default=_plain))
                page = overview.page(found, titles, made.astimezone(self._zone), self._zone, files)
                archive.writestr("overview.html", page)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return Exported(sum(len(rows) for rows in found.values()), len(files), sounds)

    def _add_files(self, archive: zipfile.ZipFile, refs: Mapping[str, str]) -> dict[str, str]:
        added = {}
        for number, (ref, name) in enumerate(refs.items(), 1):
            try:
                content = self._files.read(ref)
            except KeyError:  # removed before
                continue
            added[ref] = f"files/{number:03d}-{Path(name).name or 'file'}"
            archive.writestr(added[ref], content)
        return added

    def _add_sounds(self, archive: zipfile.ZipFile, calls: list[str]) -> int:
        added = 0
        with tempfile.TemporaryDirectory() as folder:
            for call in calls:
                sound = Path(folder) / "call.wav"
                if self._sounds.export(call, sound):
                    archive.write(sound, f"recordings/{call}.wav")
                    added += 1
        return added

    async def _rows(self, holding: Holding, citizen_id: str) -> list[dict[str, Any]]:
        table, where = table_of(holding), belongs(holding, [citizen_id])
        if where is None:
            return []
        query = select(table).where(where).order_by(*table.primary_key.columns)
        async with self._store.read() as session:
            rows = [dict(row) for row in (await session.execute(query)).mappings()]
        return await asyncio.to_thread(self._opened, holding, rows)

    async def _raw(self, citizen_id: str) -> list[dict[str, Any]]:
        """Events of channels name nobody outside their seal."""
        async with self._store.read() as session:
            talks = await session.execute(
                select(ConversationRow.channel, ConversationRow.user).where(ConversationRow.citizen_id == citizen_id)
            )
            users: dict[str, set[str]] = {}
            for channel, user in talks:
                users.setdefault(channel, set()).add(user)
            found = []
            query = select(RawEventRow).where(RawEventRow.channel.in_(list(users))).order_by(RawEventRow.id)
            async for row in await session.stream_scalars(query.execution_options(yield_per=200)):
                event = self._vault.open(row.body)
                if traces.mentions(event, users[row.channel]):
                    found.append({"id": row.id, "channel": row.channel, "received_at": row.received_at, "body": event})
        return found

    def _opened(self, holding: Holding, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept = []
        for row in rows:
            for column in holding.sealed:
                if row.get(column) is not None and (holding.table, column) not in LEFT_OUT:
                    row[column] = self._vault.open(row[column])
            kept.append({name: value for name, value in row.items() if (holding.table, name) not in LEFT_OUT})
        return kept


def _names(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    body = row.get("body")
    given = body.get("attachments") if isinstance(body, Mapping) else None
    return [
        (str(one["ref"]), str(one.get("name") or "file"))
        for one in given or []
        if isinstance(one, Mapping) and one.get("ref")
    ]


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)
