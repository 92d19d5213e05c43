"""`./otklik recordings`: which calls are kept, and one of them as a WAV file; each export leaves its mark in the events."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import settings as configuration
from app.problems import Problem
from app.settings import Settings
from app.vaults import ENVIRONMENT, FILE, source, vault_of
from bot.services.calls.tables import CallRow
from bot.store import Store
from bot.store.events import record
from bot.store.migrate import upgrade
from voice import recording

NOBODY = "Записей нет: линии их не ведут, звонков ещё не было или сроки хранения вышли."


@dataclass(frozen=True)
class Kept:
    """A recording as the table shows it. `seconds` None: the call was cut off, and nobody knows its end."""

    call_id: str
    line: str
    began: datetime
    seconds: int | None
    delete_after: datetime | None
    file: str
    on_disk: bool


def run(call_id: str | None, save: Path | None) -> int:
    """List the recordings; with `call_id` write that one to `save` (else `<call_id>.wav` here). Raises Problem."""
    settings = configuration.load()
    path = settings.sqlite_file
    if path is not None and not path.exists():
        raise Problem("Базы данных ещё нет: она появится при первом запуске, ./otklik up --voice.")
    try:
        upgrade(settings.database_url)
        if call_id is None:
            _show(asyncio.run(_kept(settings)), settings)
        else:
            _export(settings, call_id.strip().lower(), save)
    except SQLAlchemyError as error:
        name = type(error).__name__
        raise Problem(f"База данных не отвечает ({name}). Что не так, скажет ./otklik doctor.") from error
    return 0


async def _kept(settings: Settings) -> list[Kept]:
    """All recordings, the newest first."""
    async with _opened(settings) as store, store.read() as session:
        rows = await session.scalars(
            select(CallRow).where(CallRow.recording.is_not(None)).order_by(CallRow.registered_at.desc())
        )
        return [_as_kept(row, settings.recordings_dir) for row in rows]


def _as_kept(row: CallRow, folder: Path) -> Kept:
    began = row.started_at or row.registered_at
    seconds = round((row.ended_at - began).total_seconds()) if row.ended_at and row.reason != "broken" else None
    name = row.recording or ""
    return Kept(row.id, row.line, began, seconds, row.recording_delete_after, name, (folder / name).is_file())


def _show(kept: Sequence[Kept], settings: Settings) -> None:
    if not kept:
        print(NOBODY)
        return
    zone, console = ZoneInfo(settings.timezone), Console()
    table = Table("звонок", "начало", "линия", "секунд", "удалить после", title="Записи звонков")
    for one in kept:
        until = f"{one.delete_after.astimezone(zone):%d.%m.%Y %H:%M}" if one.delete_after else ""
        table.add_row(
            one.call_id,
            f"{one.began.astimezone(zone):%d.%m.%Y %H:%M}",
            one.line,
            "—" if one.seconds is None else str(one.seconds),
            until if one.on_disk else "файла нет",
        )
    table.columns[0].no_wrap = True
    console.print(table)
    console.print("Послушать: ./otklik recordings <звонок> --save запись.wav")


def _export(settings: Settings, call_id: str, save: Path | None) -> None:
    target = save or Path(f"{call_id}.wav")
    known = {one.call_id: one for one in asyncio.run(_kept(settings))}
    if call_id not in known:
        raise Problem(f"Записи звонка {call_id} нет. Какие есть, покажет ./otklik recordings.")
    if not known[call_id].on_disk:
        raise Problem(f"Файла записи нет в папке {settings.recordings_dir} (OTKLIK_RECORDINGS_DIR): её перенесли?")
    if target.exists():
        raise Problem(f"Файл {target} уже есть: укажите другое имя (--save).")
    # A new key would open nothing, so none is made.
    vault = vault_of(settings)
    try:
        seconds = recording.export(settings.recordings_dir / known[call_id].file, vault, target)
        asyncio.run(_note(settings, call_id, seconds))
    except recording.BrokenRecording as broken:
        raise Problem(f"{broken} Ключ взят из {source(settings)} ({FILE}, {ENVIRONMENT}).") from broken
    except OSError as error:
        raise Problem(f"Файл {target} не записывается: {error.strerror}.") from error
    except SQLAlchemyError:
        # Nobody may take a recording out unnoticed.
        target.unlink(missing_ok=True)
        raise
    print(f"Записано: {target}, {seconds:.0f} с. Слева звонящий, справа робот. Выгрузка отмечена в событиях.")


async def _note(settings: Settings, call_id: str, seconds: float) -> None:
    async with _opened(settings) as store, store.write() as session:
        row = await session.get(CallRow, call_id)
        record(
            session, "recording_exported", datetime.now(UTC), call=call_id, seconds=round(seconds), by=_user(),
            citizen_id=row.citizen_id if row else None, conversation_id=row.conversation_id if row else None,
        )  # fmt: skip


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    store = Store(settings.database_url)
    try:
        yield store
    finally:
        await store.close()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"
