"""A channel in life, for tests: its fake server, the doors around it, and a Rasa that answers over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fakes.base import FakeServer, Sent
from channels.base import Channel
from tests.channels.drivers import Driver, Row
from tests.channels.fake_rasa import FakeRasa, free_port
from tests.channels.house import House

QUICKLY = 15.0
"""Seconds within which everything in these tests happens."""


@dataclass
class World:
    """A channel in life: its server, the assistant's doors around it, and what Rasa is asked."""

    driver: Driver
    fake: FakeServer
    house: House
    rasa: FakeRasa
    channel: Channel

    @property
    def peer(self) -> str:
        """The citizen who writes."""
        return self.driver.peer

    async def say(self, *texts: str, answers: int | None = None) -> list[Sent]:
        """A citizen writes; what she has received after that many more answers (one a text)."""
        before = len(self.fake.to(self.peer))
        for text in texts:
            self.fake.say(self.peer, text)
        return await self.fake.until(before + (len(texts) if answers is None else answers), self.peer, QUICKLY)

    async def push(self, payload: Row) -> None:
        """The events of a row arrive in one go, and everything they set going comes to rest."""
        self.fake.files.update(payload.files)
        for event in payload.events:
            self.fake.push(event)
        await self.arrived(len({self.channel.key(e) for e in payload.events}))
        await self.house.settled()

    async def arrived(self, events: int) -> None:
        """Wait until so many raw events are stored."""
        async with asyncio.timeout(QUICKLY):
            while sum((await self.house.raw()).values()) < events:
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def world(
    driver: Driver, folder: Path, url: str = "", fake: FakeServer | None = None, **settings: Any
) -> AsyncIterator[World]:
    """Everything around one channel; `url` is that of the database, `settings` are further ones of the channel."""
    fake, rasa = fake or driver.fake(), FakeRasa()
    await fake.start()
    await rasa.start()
    port = free_port()
    channel = driver.channel(fake, folder, f"http://127.0.0.1:{port}", **settings)
    house = House(url or f"sqlite+aiosqlite:///{folder}/otklik.db", folder, rasa, channel, port)
    await house.start()
    try:
        yield World(driver, fake, house, rasa, channel)
    finally:
        await house.stop()
        await rasa.stop()
        await fake.stop()
