"""A filled database and the assistant's own process over it, for the bench of the desk: no Rasa, since people answer there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from app.paths import HERE
from app.problems import Problem
from app.running.child import Child, Program
from app.running.ports import free_port
from app.running.postgres import Postgres, postgres_folder
from benchmarks.desk_data import Filled, Size, fill
from benchmarks.keeping import until
from bot.services.production_calendar import WEEKDAY_KEYS
from bot.store import Store, Vault
from bot.store.migrate import upgrade

API_KEY = "bench-desk-key"
START_WITHIN = 180.0


@dataclass
class DeskHouse:
    """The running assistant. `settings` are what another process would need to be the same."""

    url: str
    pid: int
    database_url: str
    settings: dict[str, str]
    filled: Filled
    postgres: Postgres | None

    def cpu_seconds(self) -> float:
        """Processor time the assistant has used so far; 0 where the system does not tell."""
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def resident_mb(self) -> float:
        """Megabytes the assistant keeps in memory; 0 where the system does not tell."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS"):
                    return round(int(line.split()[1]) / 1024, 1)
        return 0.0


@contextlib.asynccontextmanager
async def database(name: str, folder: Path) -> AsyncIterator[tuple[str, Postgres | None]]:
    """An empty migrated database, `sqlite` or `postgresql`, gone with the block. Raises Problem."""
    postgres = await asyncio.to_thread(_postgres) if name == "postgresql" else None
    try:
        url = postgres.url if postgres else f"sqlite+aiosqlite:///{folder / 'otklik.db'}"
        await asyncio.to_thread(upgrade, url)
        yield url, postgres
    finally:
        if postgres is not None:
            await asyncio.to_thread(postgres.remove)


@contextlib.asynccontextmanager
async def desk_house(name: str, folder: Path, size: Size) -> AsyncIterator[DeskHouse]:
    """Fill a database and serve it, until the block ends. Raises Problem."""
    async with database(name, folder) as (url, postgres):
        store = Store(url)
        filled = await fill(store, Vault.from_file(folder / "key"), size)
        await store.close()
        settings = _settings(folder, url)
        port = free_port()
        child = Child(_program(settings, port, folder))
        child.start()
        try:
            address = f"http://127.0.0.1:{port}"
            await _answering(child, address)
            assert child.pid is not None
            emptied = asyncio.create_task(_emptied(child))
            yield DeskHouse(address, child.pid, url, settings, filled, postgres)
            emptied.cancel()
        finally:
            await _ended(child)


def _settings(folder: Path, url: str) -> dict[str, str]:
    return {
        "OTKLIK_DATABASE_URL": url,
        "OTKLIK_SECRET_KEY_FILE": str(folder / "key"),
        "OTKLIK_FILES_DIR": str(folder / "files"),
        "OTKLIK_CONTENT_DIR": str(_content(folder)),
        "OTKLIK_RASA_URL": f"http://127.0.0.1:{free_port()}",
        "OTKLIK_API_KEYS": API_KEY,
        "OTKLIK_PERSONA": "neutral",
        "OTKLIK_DEMO": "false",
        "OTKLIK_VOICE": "0",
        "OTKLIK_LOG_LEVEL": "WARNING",
        "OTKLIK_RETENTION_DAYS": "0",
    }


def _content(folder: Path) -> Path:
    """The content with every group open, since the measurement may run at night; all other files are the real ones."""
    own, real = folder / "content", HERE.root / "bot" / "content"
    own.mkdir()
    for path in real.iterdir():
        (own / path.name).symlink_to(path)
    groups = yaml.safe_load((real / "groups.yml").read_text("utf-8"))
    for group in groups["groups"]:
        group |= {"hours": {day: [["00:00", "24:00"]] for day in WEEKDAY_KEYS}, "holidays": "open"}
    (own / "groups.yml").unlink()
    (own / "groups.yml").write_text(yaml.safe_dump(groups, allow_unicode=True), "utf-8")
    return own


def _program(settings: dict[str, str], port: int, folder: Path) -> Program:
    return Program(
        title="помощник",
        command=[sys.executable, "-P", "-m", "app.serve"],
        environ=os.environ
        | settings
        | {"PYTHONPATH": str(HERE.root), "OTKLIK_HOST": "127.0.0.1", "OTKLIK_PORT": str(port)},
        folder=HERE.root,
        log=folder / "assistant.log",
        address=f"http://127.0.0.1:{port}/health",
    )


async def _answering(child: Child, address: str) -> None:
    """Wait for any answer at all: without Rasa the assistant is never quite well."""
    end = time.monotonic() + START_WITHIN
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2)) as http:
        while time.monotonic() < end:
            if child.gone():
                break
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with http.get(f"{address}/health"):
                    return
            await asyncio.sleep(0.2)
    raise Problem(f"Помощник не запустился: {child.last_words or 'молчит'}")


async def _emptied(child: Child) -> None:
    """Take what it writes, so that a full pipe does not stop it."""
    await until(child.gone, 0.5)


async def _ended(child: Child) -> None:
    child.signal(signal.SIGTERM)
    end = time.monotonic() + 10
    await until(lambda: child.gone() or time.monotonic() > end, 0.05)
    child.signal(signal.SIGKILL)
    child.close()


def _postgres() -> Postgres:
    programs = postgres_folder()
    if programs is None:
        raise Problem("Нет PostgreSQL. Поставить: apt-get install postgresql, или измеряйте с --database sqlite.")
    postgres = Postgres(programs, HERE.logs / "postgres.log")
    try:
        postgres.make()
        postgres.start()
    except (OSError, LookupError, subprocess.CalledProcessError) as error:
        postgres.remove()
        raise Problem(
            f"PostgreSQL не запустился ({type(error).__name__}): {HERE.shown(HERE.logs / 'postgres.log')}"
        ) from error
    return postgres
