"""Every statement that the pages of the desk run, with its plan: none may read a whole table that grows with the history."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import httpx
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.desk_house import DeskHouse
from benchmarks.desk_load import COOKIE
from bot.store import Store

GROWING = frozenset(
    ("messages", "events", "conversations", "citizens", "handovers", "outbox", "audit", "calls", "notes", "transfers",
     "ratings", "read_marks", "studio_readings")
)  # fmt: skip
"""Tables that grow with every citizen."""
BIG = 10_000
"""Rows below which a database may rightly read a table as a whole."""


@dataclass(frozen=True)
class Plan:
    """How the database runs one statement of a page. `scans` are the growing tables it reads as a whole."""

    page: str
    statement: str
    lines: tuple[str, ...]
    scans: tuple[str, ...]


Statement = tuple[str, str, Any]
"""Page, SQL and parameters."""


async def plans(house: DeskHouse) -> list[Plan]:
    """Ask for every page of a window in an assistant of our own over the same database, and explain what it ran."""
    with mock.patch.dict(os.environ, house.settings):
        from app import settings as configuration
        from app.compose import build
        from app.web import application

        assistant = build(configuration.load())
    store = assistant.store
    found: list[Statement] = []
    me = house.filled.colleagues[0]
    talk = me.talks[0].conversation
    headers = {"Cookie": f"{COOKIE}={me.token}"}
    transport = httpx.ASGITransport(application(assistant))
    async with httpx.AsyncClient(transport=transport, base_url=house.url, headers=headers, timeout=60) as http:
        for page in ("/desk", "/desk/queue", f"/desk/talks/{talk}", f"/desk/talks/{talk}/lines?after=1000000"):
            with _recorded(page.replace(talk, "…"), found):
                answer = await http.get(page)
            answer.raise_for_status()
        with _recorded("отправка", found):
            data = {"text": "Проверяю", "key": "plan-plan-plan"}
            sent = {"X-CSRF": me.csrf, "HX-Request": "true", "Origin": house.url}
            (await http.post(f"/desk/talks/{talk}/messages", data=data, headers=sent)).raise_for_status()
    views = assistant.desk.parts.views
    with _recorded("смена", found):
        await views.board(assistant.desk.parts.groups.ids)
        await views.talks(assistant.desk.parts.groups.ids)
    explained = await _explained(store, found)
    await assistant.rasa.close()
    await store.close()
    return explained


@contextmanager
def _recorded(page: str, found: list[Statement]) -> Iterator[None]:
    """Gather what the assistant asks the database."""

    def heard(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        word = statement.lstrip().split(" ", 1)[0].upper()
        if word in ("SELECT", "UPDATE", "DELETE") and not many:
            found.append((page, statement, parameters))

    event.listen(Engine, "before_cursor_execute", heard)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", heard)


async def _explained(store: Store, found: Sequence[Statement]) -> list[Plan]:
    plans: dict[tuple[str, str], Plan] = {}
    async with store.read() as session:
        connection = await session.connection()
        rows: dict[str, float] = {}
        if store.is_sqlite:
            for table in sorted(GROWING):
                rows[table] = (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
        else:
            counted = await connection.exec_driver_sql("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'")
            rows = dict(counted.all())  # type: ignore[arg-type]
        for page, statement, parameters in found:
            if (page, statement) in plans:
                continue
            if store.is_sqlite:
                asked = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                lines = tuple(str(row[-1]) for row in asked)
                scans = scans_of_sqlite(statement, lines, rows)
            else:
                asked = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
                tree = asked.scalar_one()
                tree = json.loads(tree) if isinstance(tree, str) else tree
                lines, scans = plan_of_postgres(tree[0]["Plan"], rows)
            plans[page, statement] = Plan(page, statement, lines, scans)
    return list(plans.values())


def scans_of_sqlite(statement: str, lines: Sequence[str], rows: dict[str, float]) -> tuple[str, ...]:
    """Big growing tables that SQLite reads from end to end, whether by the table or by an index."""
    if len(lines) == 1 and " LIMIT " in statement and " WHERE " not in statement:
        return ()  # along the key until the limit is reached
    found = []
    for line in lines:
        whole = re.match(r"SCAN (?:TABLE )?(\w+)", line)
        # «is not null» by an index looks like a search, and finds nearly everything.
        given = re.match(r"SEARCH (\w+) USING .*\((\w+)>\?\)$", line)
        if given and f"{given[2]} IS NOT NULL" not in statement:
            given = None
        if match := whole or given:
            name = re.sub(r"_\d+$", "", match[1])
            if name in GROWING and rows.get(name, 0) >= BIG:
                found.append(name)
    return tuple(found)


def plan_of_postgres(tree: dict[str, Any], rows: dict[str, float]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The plan in lines, and the big growing tables that PostgreSQL reads from end to end."""
    lines, scans = [], []

    def walk(node: dict[str, Any], depth: int, *, limited: bool = False) -> None:
        table = str(node.get("Relation Name") or "")
        where = node.get("Index Cond") or node.get("Recheck Cond") or node.get("Filter") or ""
        by = f" {node['Index Name']}" if node.get("Index Name") else ""
        lines.append(f"{'  ' * depth}{node['Node Type']} {table}{by} {where}".rstrip())
        whole = node["Node Type"] in ("Seq Scan", "Parallel Seq Scan") or (
            node["Node Type"] in ("Index Scan", "Index Only Scan") and not node.get("Index Cond")
        )
        if limited and not node.get("Filter"):
            whole = False  # along the key until the limit is reached
        if whole and table in GROWING and rows.get(table, 0) >= BIG:
            scans.append(table)
        for child in node.get("Plans") or ():
            walk(child, depth + 1, limited=node["Node Type"] == "Limit")

    walk(tree, 0)
    return tuple(lines), tuple(scans)
