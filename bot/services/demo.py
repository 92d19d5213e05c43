"""Invented applications to try the assistant on, from content/demo.yml; their dates follow the calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.applications import proofs
from bot.services.applications.interface import STATES
from bot.services.applications.tables import ApplicationRow, HistoryRow
from bot.services.case_numbers import canonical_number
from bot.services.errors import ContentError
from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.numbers import CounterRow


@dataclass(frozen=True)
class Example:
    """A demonstration case to try: its number and the proofs that open it. Nothing here belongs to a real person."""

    number: str
    note: str
    service_id: str
    state: str
    surname: str
    birth_date: str
    code_word: str


def examples(content: Mapping[str, Any]) -> list[Example]:
    """The demonstration cases, for «a few things to try». Raises ContentError."""
    return [
        Example(
            number=item["number"],
            note=str(item.get("note", "")),
            service_id=item["service_id"],
            state=item["state"],
            surname=str(item["surname"]),
            birth_date=str(item["birth_date"]),
            code_word=str(item["code_word"]),
        )
        for item in _items(content)
    ]


async def seed(store: Store, vault: Vault, clock: Callable[[], datetime], content: Mapping[str, Any]) -> int:
    """Put the demonstration cases into the database; how many are there.

    Run again, it makes no second ones but moves the dates of untouched ones, so that what is late today is late
    tomorrow by the same number of days. A case whose state was changed since is left alone. Raises ContentError.
    """
    items = _items(content)
    zone = ZoneInfo(str(content.get("timezone", "Europe/Moscow")))

    async def work(session: AsyncSession) -> int:
        now = clock().astimezone(zone)
        for item in items:
            row = await session.scalar(select(ApplicationRow).where(ApplicationRow.number == item["number"]))
            if row is None:
                row = ApplicationRow(number=item["number"], demo=True, service_id=item["service_id"])
                session.add(row)
            elif not row.demo or (row.state, row.stage_text) != (item["state"], item.get("stage_text")):
                continue
            _fill(row, item, vault, now)
            await _reserve(session, item["number"])
        return len(items)

    return await transact(store, work)


def _fill(row: ApplicationRow, item: Mapping[str, Any], vault: Vault, now: datetime) -> None:
    today = now.date()

    def ago(days: Any) -> date:
        return today - timedelta(days=int(days))

    row.state, row.stage_text = item["state"], item.get("stage_text")
    row.rejection_reason = item.get("rejection_reason")
    filed_on = ago(item["filed_days_ago"])
    if row.filed_on == filed_on:
        return
    row.filed_on, row.due_on = filed_on, ago(-int(item["due_in_days"]))
    row.decided_on = ago(item["decided_days_ago"]) if "decided_days_ago" in item else None
    said = {kind: str(item[kind]) for kind in ("surname", "birth_date", "code_word")}
    for column, print_ in proofs.prints(vault, row.number, said).items():  # type: ignore[arg-type]
        setattr(row, column, print_)
    row.history = [
        HistoryRow(
            at=now - timedelta(days=int(step["days_ago"])), state=step["state"], stage_text=step.get("stage_text")
        )
        for step in item.get("history") or []
    ]


async def _reserve(session: AsyncSession, number: str) -> None:
    """Let the counter of real numbers begin after the demonstration ones."""
    series, _, serial = number.rpartition("-")
    if not series:
        return
    row = await session.scalar(select(CounterRow).where(CounterRow.name == series).with_for_update())
    if row is None:
        session.add(CounterRow(name=series, value=int(serial)))
        await session.flush()
    else:
        row.value = max(row.value, int(serial))


def _items(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    items = []
    needed = ("number", "service_id", "state", "surname", "birth_date", "code_word", "filed_days_ago", "due_in_days")
    for item in content.get("applications") or []:
        if missing := [key for key in needed if item.get(key) in (None, "")]:
            raise ContentError(f"demo.yml, {item.get('number', '?')}: нет {', '.join(missing)}")
        if item["state"] not in STATES:
            raise ContentError(f"demo.yml, {item['number']}: state — один из {', '.join(STATES)}")
        items.append({**item, "number": canonical_number(str(item["number"]))})
    return items
