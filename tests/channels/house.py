"""The doors as in life around one fake messenger: real database, real turns, a fake Rasa over HTTP, the webhook address."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
import yaml
from cryptography.fernet import Fernet
from fastapi import FastAPI
from sqlalchemy import func, select

from benchmarks.fakes.base import FakeServer
from bot.rasa import RasaClient
from bot.robot import Robot
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow, MessageRow
from bot.store.events import EventRow
from bot.store.outbox import OutboxRow
from bot.store.raw_events import RawEventRow
from bot.texts import Texts
from bot.turns import Turns
from channels.base import Channel
from channels.doors import Doors
from channels.files import FileStore
from channels.webhooks import webhooks_router
from tests.channels.fake_rasa import FakeRasa, free_port
from tests.channels.parts import CONTENT, INTENTS, persona


@dataclass(frozen=True)
class Message:
    """A stored message, opened."""

    seq: int
    author: str
    body: dict[str, object]


class House:
    """One channel's door over a database. `start` and `stop` may be repeated, which is a restart; `kill` is a crash."""

    def __init__(self, url: str, folder: Path, rasa: FakeRasa, channel: Channel, port: int | None = None) -> None:
        self.url, self.folder, self.rasa, self.channel = url, folder, rasa, channel
        self.vault = Vault(Fernet.generate_key())
        self.port = port or free_port()
        self.more: list[Channel] = []
        self.store: Store

    async def start(self) -> None:
        """Open the database and begin to receive and to send."""
        self.store = Store(self.url)
        await self.store.create_all()
        self.client = RasaClient(self.rasa.url, timeout=3)
        texts = Texts(yaml.safe_load((CONTENT / "texts.yml").read_text("utf-8")), "Europe/Moscow", INTENTS | {"greet"})
        nearest = lambda latitude, longitude: ("mfc_left_bank", f"Рядом {latitude:.2f} {longitude:.2f}")  # noqa: E731
        robot = Robot(self.client, persona(), texts, nearest=nearest)
        self.turns = Turns(self.store, self.vault, robot, lambda: datetime.now(UTC))
        self.files = FileStore(self.folder / "files", self.vault)
        self.doors = Doors(
            [self.channel, *self.more],
            self.store,
            self.vault,
            self.turns,
            self.files,
            lambda: datetime.now(UTC),
            "Помедленнее",
        )
        app = FastAPI()
        app.include_router(webhooks_router(self.doors.inboxes))
        config = uvicorn.Config(app, port=self.port, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        await self.turns.start()
        await self.doors.start()

    async def stop(self) -> None:
        """Stop in good order."""
        self._server.should_exit = True
        await self._serving
        await self.doors.stop_receiving()
        await self.turns.stop(2)
        await self.doors.stop_sending(2)
        await self.client.close()
        await self.store.close()

    async def messages(self, peer: str) -> list[Message]:
        """The journal of one peer."""
        async with self.store.read() as session:
            rows = await session.scalars(
                select(MessageRow)
                .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
                .where(ConversationRow.user == peer)
                .order_by(MessageRow.seq)
            )
            return [Message(r.seq, r.author, self.vault.open(r.body)) for r in rows]

    async def heard(self, peer: str) -> list[dict[str, object]]:
        """What a peer said, as the journal has it."""
        return [m.body for m in await self.messages(peer) if m.author == "citizen"]

    async def raw(self) -> dict[str, int]:
        """How many raw events are in each state."""
        async with self.store.read() as session:
            found = await session.execute(select(RawEventRow.state, func.count()).group_by(RawEventRow.state))
            return {state: number for state, number in found.all()}  # noqa: C416 - rows, not pairs

    async def outbox(self) -> list[tuple[str, str | None]]:
        """State and reason of every message to be sent, oldest first."""
        async with self.store.read() as session:
            rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.seq))
            return [(r.state, r.reason) for r in rows]

    async def events(self) -> list[str]:
        """Names of the facts recorded."""
        async with self.store.read() as session:
            return list(await session.scalars(select(EventRow.name).order_by(EventRow.id)))

    async def settled(self, within: float = 10.0) -> None:
        """Wait until nothing waits any more: no raw event, no turn, nothing to send. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while True:
                await asyncio.sleep(0.03)
                async with self.store.read() as session:
                    raw = await session.scalar(select(func.count()).where(RawEventRow.state == "new"))
                    turns = await session.scalar(select(func.count()).where(MessageRow.state == "pending"))
                    out = await session.scalar(select(func.count()).where(OutboxRow.state == "waiting"))
                if not (raw or turns or out):
                    return


@contextlib.asynccontextmanager
async def lived_in(house: House, fake: FakeServer) -> AsyncIterator[House]:
    """The house between its start and its stop, beside a fake that runs already."""
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
