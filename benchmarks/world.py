"""A whole world for a bench: the assistant and Rasa as processes, a database, three messengers, and citizens at all doors."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from app import settings as configuration
from app.paths import HERE
from app.problems import Problem
from app.running import ports, stack
from app.running.postgres import Postgres, postgres_folder
from app.training.train import Model
from benchmarks.citizens import AtPortal, Citizen, OnSite, Texting
from benchmarks.fakes.base import FakeServer
from benchmarks.fakes.max import FakeMax
from benchmarks.fakes.telegram import FakeTelegram
from benchmarks.fakes.vk import FakeVk
from benchmarks.keeping import Kept, until
from bot.store import Store

DOORS = ("telegram", "vk", "max", "widget", "portal")
IDEMPOTENT = frozenset(("vk", "widget", "portal"))
"""Doors where a message cannot be shown twice, whatever happens."""
SECRET, CONFIRMATION, GROUP = "bench-secret-1", "c0ff1e42", 240000001
START_WITHIN = 180.0


class PatientVk(FakeVk):
    """Repeats a call before it makes the next one about the same citizen: the order of her words is not what is tested."""

    async def _deliver(self, event: dict[str, Any], peer: str) -> None:
        async with self.__dict__.setdefault("turns", {}).setdefault(peer, asyncio.Lock()):
            await super()._deliver(event, peer)


class PatientMax(FakeMax):
    """As PatientVk."""

    async def _deliver(self, url: str, event: dict[str, Any]) -> None:
        peer = event["message"]["sender"]["user_id"]
        async with self.__dict__.setdefault("turns", {}).setdefault(peer, asyncio.Lock()):
            await super()._deliver(url, event)


@dataclass
class World:
    """What a bench needs to know of it. `store` is the bench's own look at the assistant's database."""

    database: str
    url: str
    key: str
    telegram: FakeTelegram
    vk: PatientVk
    max: PatientMax
    assistant: Kept
    rasa: Kept
    postgres: Postgres | None
    store: Store
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(500_001))

    @property
    def fakes(self) -> dict[str, FakeServer]:
        """The messengers by their channels' names."""
        return {"telegram": self.telegram, "vk": self.vk, "max": self.max}

    def citizen(self, channel: str) -> Citizen:
        """Somebody new at a door."""
        number = next(self.numbers)
        if channel == "widget":
            return OnSite(self.url, f"page-{number}")
        if channel == "portal":
            return AtPortal(self.url, f"bench-{number}", self.key)
        return Texting(channel, self.fakes[channel], str(number))

    async def ready(self) -> None:
        """Wait until both processes answer and the webhooks are set. Raises Problem."""
        try:
            async with asyncio.timeout(START_WITHIN):
                await self.assistant.up.wait()
                await self.rasa.up.wait()
                await until(lambda: self.max.webhook is not None, 0.1)
        except TimeoutError:
            said = "; ".join(self.assistant.crashes[:1] + self.rasa.crashes[:1]) or "молчат"
            raise Problem(f"Помощник или Rasa не отвечают {START_WITHIN:.0f} с: {said}.") from None


@contextlib.asynccontextmanager
async def world(
    folder: Path, model: Model, database: str = "sqlite", *, vk_calls: bool = False
) -> AsyncIterator[World]:
    """A world in `folder` with `database` (`sqlite`, `postgresql`), started and ready; all of it ends with the block.

    `vk_calls`: VK calls our webhook instead of being polled. Raises Problem.
    """
    _no_real_channels()
    postgres = _postgres() if database == "postgresql" else None
    telegram, vk, messenger = (
        FakeTelegram("4242:bench-token"),
        PatientVk("vk-bench-token"),
        PatientMax("max-bench-token"),
    )
    vk.group_id, vk.confirmation = GROUP, CONFIRMATION
    async with contextlib.AsyncExitStack() as exits:
        if postgres is not None:
            exits.callback(postgres.remove)
            await asyncio.to_thread(_start, postgres)
        for fake in (telegram, vk, messenger):
            await fake.start()
            exits.push_async_callback(fake.stop)
        url = postgres.url if postgres else f"sqlite+aiosqlite:///{folder / 'otklik.db'}"
        settings = configuration.load(
            database_url=url, rasa_db=str(folder / "rasa.db"), host="127.0.0.1", secret_key_file=folder / "key"
        )
        port = ports.free_port()
        variables = _variables(folder, f"http://127.0.0.1:{port}", telegram, vk, messenger, vk_calls)
        plan = stack.plan(HERE, settings, model.path, port, variables)
        stack.prepare(HERE, settings, plan)
        exits.callback(plan.hints_file.unlink, missing_ok=True)
        if vk_calls:
            vk.secret, vk.webhook = SECRET, f"{plan.local}/hooks/vk"
        assistant, rasa = (Kept(program) for program in plan.programs)
        store = Store(url)
        exits.push_async_callback(store.close)
        for kept in (assistant, rasa):
            kept.start()
            exits.push_async_callback(kept.stop)
        made = World(
            database, plan.local, plan.key, telegram, vk, messenger, assistant, rasa, postgres, store
        )  # fmt: skip
        await made.ready()
        yield made


def _variables(
    folder: Path, url: str, telegram: FakeTelegram, vk: FakeVk, messenger: FakeMax, vk_calls: bool
) -> dict[str, str]:
    """The environment that leads the assistant's channels to the fakes."""
    return {
        "OTKLIK_SECRET_KEY_FILE": str(folder / "key"),
        "OTKLIK_FILES_DIR": str(folder / "files"),
        "OTKLIK_LOG_LEVEL": "WARNING",
        "OTKLIK_PERSONA": "neutral",
        "OTKLIK_DEMO": "false",
        "OTKLIK_PUBLIC_URL": url,
        "OTKLIK_TELEGRAM_TOKEN": telegram.token,
        "OTKLIK_TELEGRAM_API_URL": telegram.url,
        "OTKLIK_TELEGRAM_RECEIVE": "poll",
        "OTKLIK_VK_TOKEN": vk.token,
        "OTKLIK_VK_API_URL": vk.url,
        "OTKLIK_VK_GROUP_ID": str(vk.group_id),
        "OTKLIK_VK_RECEIVE": "webhook" if vk_calls else "poll",
        "OTKLIK_VK_CONFIRMATION": CONFIRMATION,
        "OTKLIK_VK_SECRET": SECRET,
        "OTKLIK_MAX_TOKEN": messenger.token,
        "OTKLIK_MAX_API_URL": messenger.url,
        "OTKLIK_MAX_RECEIVE": "webhook",
        "OTKLIK_MAX_WEBHOOK_SECRET": SECRET,
    }


def _no_real_channels() -> None:
    """Raises Problem where the checkout's own settings would let a channel without a fake speak to real people."""
    given = {**dotenv_values(HERE.root / ".env"), **os.environ}
    if any(name.upper().startswith("OTKLIK_EMAIL_") and value for name, value in given.items()):
        raise Problem("Настроена почта (OTKLIK_EMAIL_…), а в измерении её нет: уберите эти настройки на время.")


def _postgres() -> Postgres:
    programs = postgres_folder()
    if programs is None:
        raise Problem("Нет PostgreSQL: поставьте его (apt-get install postgresql) или измеряйте на SQLite.")
    return Postgres(programs, HERE.logs / "postgres.log")


def _start(postgres: Postgres) -> None:
    try:
        postgres.make()
        postgres.start()
    except (OSError, LookupError, subprocess.CalledProcessError) as error:
        log = HERE.shown(HERE.logs / "postgres.log")
        raise Problem(f"PostgreSQL не запустился ({type(error).__name__}), подробнее: {log}.") from error
