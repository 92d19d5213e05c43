"""`./otklik channels`: each messenger with what waits, what could not be read and what could not be sent."""

from __future__ import annotations

import asyncio

from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from app import settings as configuration
from app.paths import HERE
from app.problems import Problem
from app.running import lease
from app.running.supervisor import channel_states
from app.settings import Settings
from bot.store import Store, outbox, raw_events
from bot.store.migrate import upgrade
from channels.registry import CHANNELS

Counts = dict[tuple[str, str], int]


def run(again: bool) -> int:
    """Print a table; with `again` also let everything that failed be tried once more. The exit code."""
    settings = configuration.load()
    path = settings.sqlite_file
    if path is not None and not path.exists():
        raise Problem("Базы данных ещё нет: она появится при первом запуске, ./otklik up.")
    try:
        upgrade(settings.database_url)
        raw, out, reasons = asyncio.run(_look(settings, again))
    except (SQLAlchemyError, OSError) as error:
        name = type(error).__name__
        raise Problem(f"База данных не отвечает ({name}). Что не так, скажет ./otklik doctor.") from error
    states = _states()
    table = Table(
        "канал", "состояние", "не прочитано", "не разобрано", "ждёт отправки", "не отправлено", title="Каналы"
    )
    for name in CHANNELS:
        figures = (raw.get((name, "new"), 0), raw.get((name, "dead"), 0), out.get((name, "waiting"), 0),
                   out.get((name, "failed"), 0))  # fmt: skip
        state = "не подключён" if name not in states else states[name] or "принимает"
        table.add_row(name, state if states or lease.running(HERE) else "помощник не запущен", *map(str, figures))
    console = Console()
    console.print(table)
    for (name, reason), number in sorted(reasons.items()):
        console.print(f"{name}: не разобрано {number}, причина {reason}")
    if again:
        console.print("Неотправленное уйдёт в течение минуты, неразобранное прочтётся при следующем запуске помощника.")
    elif any(state in ("dead", "failed") for _, state in [*raw, *out]):
        console.print("Попробовать ещё раз: ./otklik channels --again")
    return 0


async def _look(settings: Settings, again: bool) -> tuple[Counts, Counts, Counts]:
    store = Store(settings.database_url)
    try:
        async with store.read() as session:
            found = await raw_events.counts(session), await outbox.counts(session), await raw_events.reasons(session)
        if again:
            async with store.write() as session:
                await raw_events.revive(session)
                await outbox.revive(session)
        return found
    finally:
        await store.close()


def _states() -> dict[str, str]:
    """How receiving goes, as the running assistant tells; empty when none runs."""
    house = lease.running(HERE)
    return channel_states(house.address) if house else {}
