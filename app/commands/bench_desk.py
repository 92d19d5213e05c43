"""`./otklik bench desk`: fifty operators over a year of conversations; how long pages take, and how soon news are on the screen."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from app.bootstrap.steps import Steps
from app.paths import HERE
from app.problems import Problem
from app.running.postgres import postgres_folder
from app.running.supervisor import Stopped

if TYPE_CHECKING:
    from benchmarks.desk_data import Size
    from benchmarks.desk_load import Times
    from benchmarks.desk_plans import Plan

DATABASES = ("both", "sqlite", "postgresql")
PAGE_AIM, SCREEN_AIM = 150.0, 300.0
"""Milliseconds at p95."""
DURATION, QUICK_DURATION = 60.0, 12.0


def run(as_json: bool, quick: bool, database: str) -> int:
    """Measure and print; 0 when nothing failed and no statement reads a growing table as a whole."""
    steps = Steps()
    if database not in DATABASES:
        raise Problem(f"Базы «{database}» нет. Есть: {', '.join(DATABASES)}.")
    names = ["sqlite", "postgresql"] if database == "both" else [database]
    if database == "both" and postgres_folder() is None:
        steps.say("⚠ Нет PostgreSQL: измеряю только SQLite. Поставить: apt-get install postgresql")
        names = ["sqlite"]
    try:
        results = asyncio.run(_all(names, quick, steps))
    except asyncio.CancelledError:
        raise Stopped from None
    figures = summary(results)
    _print(results, figures, steps)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
    return 0 if well(figures) else 1


async def _all(names: Sequence[str], quick: bool, steps: Steps) -> dict[str, dict[str, Any]]:
    from benchmarks.desk_data import Size

    size = Size(messages=20_000, open=100, operators=10) if quick else Size()
    return {name: await measured(name, size, QUICK_DURATION if quick else DURATION, steps) for name in names}


async def measured(name: str, size: Size, seconds: float, steps: Steps) -> dict[str, Any]:
    """Everything about one database."""
    from benchmarks.desk_house import desk_house
    from benchmarks.desk_load import Rates, measure
    from benchmarks.desk_plans import plans

    title = f"{name}: {size.messages} сообщений, {size.open} разговоров, {size.operators} специалистов"
    with tempfile.TemporaryDirectory(prefix="otklik-desk-") as folder, steps.step(title) as step:
        step.note = "наполняю базу и запускаю помощника"
        async with desk_house(name, Path(folder), size) as house:
            before, worked = house.resident_mb(), house.cpu_seconds()
            step.note = "измеряю"
            times = await measure(house, seconds, Rates(), list(house.filled.waiting))
            memory, worked = house.resident_mb(), house.cpu_seconds() - worked
            step.note = "смотрю планы запросов"
            explained = await plans(house)
    return figures_of(times, explained) | {
        "counts": house.filled.counts, "memory_mb": memory, "memory_before_mb": before, "seconds": seconds,
        "cpu_seconds": round(worked, 1),
    }  # fmt: skip


def figures_of(times: Times, explained: Sequence[Plan]) -> dict[str, Any]:
    """Figures of one database; times in milliseconds."""
    pages = [*times.queue, *times.conversation]
    return {
        "page_ms_p95": p(95, pages),
        "queue_ms_p50": p(50, times.queue),
        "queue_ms_p95": p(95, times.queue),
        "conversation_ms_p50": p(50, times.conversation),
        "conversation_ms_p95": p(95, times.conversation),
        "lists_ms_p95": p(95, times.lists),
        "lines_ms_p95": p(95, times.lines),
        "send_ms_p50": p(50, times.send),
        "send_ms_p95": p(95, times.send),
        "event_ms_p95": p(95, times.event),
        "event_to_screen_ms_p50": p(50, times.screen),
        "event_to_screen_ms_p95": p(95, times.screen),
        "requests": {
            name: len(getattr(times, name)) for name in ("queue", "conversation", "lists", "lines", "send", "screen")
        },
        "lost": times.lost,
        "skipped": times.skipped,
        "errors": len(times.errors),
        "error_examples": sorted(set(times.errors))[:5],
        "plans": len(explained),
        "plans_with_full_scans": sum(bool(one.scans) for one in explained),
        "full_scans": [{"page": one.page, "tables": one.scans, "statement": one.statement} for one in explained if one.scans],
        "explained": [
            {"page": one.page, "statement": " ".join(one.statement.split()), "plan": one.lines} for one in explained
        ],
    }  # fmt: skip


def p(percent: int, values: Sequence[float]) -> float | None:
    """A percentile with one decimal, None without values."""
    if not values:
        return None
    return round(quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0], 1)


WORST = ("page_ms_p95", "event_to_screen_ms_p95", "queue_ms_p95", "conversation_ms_p95", "send_ms_p95", "memory_mb")


def summary(results: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The worse database of each figure on top, everything below `databases`; the plans are in the log."""
    worst = {name: max((one[name] or 0 for one in results.values()), default=0) for name in WORST}
    added = {
        name: sum(one[name] for one in results.values())
        for name in ("plans_with_full_scans", "errors", "lost", "plans")
    }
    each = {
        name: {key: value for key, value in one.items() if key not in ("explained", "full_scans")}
        for name, one in results.items()
    }
    return worst | added | {"databases": each}


def well(figures: dict[str, Any]) -> bool:
    """Whether nothing failed; how fast it was depends on the machine and is only printed."""
    return not (figures["plans_with_full_scans"] or figures["errors"] or figures["lost"])


def _print(results: dict[str, dict[str, Any]], figures: dict[str, Any], steps: Steps) -> None:
    table = Table("", *results, title="Рабочее место специалистов, мс (p50 / p95)")
    for title, key in (
        ("страница очереди", "queue_ms"),
        ("открыть разговор", "conversation_ms"),
        ("отправить сообщение", "send_ms"),
        ("слово гражданина на экране", "event_to_screen_ms"),
    ):
        table.add_row(title, *(f"{one[f'{key}_p50']} / {one[f'{key}_p95']}" for one in results.values()))
    table.add_row("обновить списки, p95", *(str(one["lists_ms_p95"]) for one in results.values()))
    table.add_row("память помощника, МБ", *(str(one["memory_mb"]) for one in results.values()))
    table.add_row(
        "запросов к базе / с полным чтением",
        *(f"{one['plans']} / {one['plans_with_full_scans']}" for one in results.values()),
    )
    table.add_row("ошибок, потеряно", *(f"{one['errors']}, {one['lost']}" for one in results.values()))
    Console().print(table)
    Console().print(f"Цели: страницы p95 ≤ {PAGE_AIM:.0f} мс, слово на экране p95 ≤ {SCREEN_AIM:.0f} мс.")
    path = HERE.logs / "desk-plans.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(_plan(name, one) for name, found in results.items() for one in found["explained"]), "utf-8")
    steps.say(f"Планы всех запросов: {HERE.shown(path)}")
    for name, found in results.items():
        for one in found["full_scans"]:
            steps.say(f"⚠ {name}, {one['page']}: читает целиком {', '.join(one['tables'])}")
        for example in found["error_examples"]:
            steps.say(f"⚠ {name}: {example}")


def _plan(name: str, one: dict[str, Any]) -> str:
    lines = "".join(f"    {line}\n" for line in one["plan"])
    return f"{name}, {one['page']}\n  {one['statement']}\n{lines}\n"
