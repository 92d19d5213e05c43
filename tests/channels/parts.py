"""The doors as they run in life, for tests: routers in an application over a database file, served on a free port."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from cryptography.fernet import Fernet
from fastapi import FastAPI
from sqlalchemy import update

from bot.persona.persona import Persona
from bot.rasa import RasaClient
from bot.robot import Robot
from bot.services.people.interface import Handover
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow
from bot.studio.readings import Readings
from bot.studio.votes import Votes
from bot.texts import Texts
from bot.turns import Turns
from channels.files import FileStore
from channels.portal.api import portal_router
from channels.portal.docs import docs_router
from channels.portal.health import health_router
from channels.widget.demo import demo_router
from channels.widget.server import widget_router
from channels.widget.settings import WidgetSettings
from tests.channels.fake_rasa import FakeRasa, free_port

CONTENT = Path(__file__).parents[2] / "bot" / "content"
API_KEY = "test-key"
WISHES = {"ask_documents": "Какие нужны документы", "ask_fee": "Сколько это стоит", "book_appointment": "Записаться"}
INTENTS = frozenset({"affirm", "deny", "inform", "request_operator", "book_appointment"})
HINTS = [
    {"title": "Записаться на приём", "text": "Хочу записаться на приём по поводу паспорта"},
    {"title": "Узнать, где заявление", "text": "Где моё заявление 2026-000117, фамилия Соколова?"},
    {"title": "Спросить про документы", "text": "Какие документы нужны на загранпаспорт?"},
    {"title": "Пожаловаться", "text": "На Садовой улице третий день не вывозят мусор"},
    {"title": "Узнать, что положено", "text": "Что мне положено: родился второй ребёнок"},
]


class Assistant:
    """The doors as they run in life: routers in an application, served by uvicorn on one port over one database file.

    `start` and `stop` may be repeated: port, database and keys stay, so a stop and a start are a restart.
    """

    def __init__(self, folder: Path, rasa: FakeRasa, **widget: Any) -> None:
        self.folder, self.rasa = folder, rasa
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}/widget/ws"
        self.wait_seconds = 5.0
        self.vault = Vault(Fernet.generate_key())
        self.settings = WidgetSettings(
            **{"secret": "test-secret", "origins": frozenset({"https://ok.example"})} | widget
        )
        self.place: Handover | None = None
        self.store: Store
        self.turns: Turns

    async def place_of(self, _conversation_id: str) -> Handover | None:
        """Where everybody stands in the queue for a human: what `place` says."""
        return self.place

    def app(self) -> FastAPI:
        """The application over the present store and turns."""

        async def ready() -> dict[str, bool]:
            return {"db": True, "rasa": await self.client.ready()}

        files = FileStore(self.folder / "files", self.vault)
        app = FastAPI(title="Отклик", version="1", docs_url=None, redoc_url=None)
        app.include_router(
            portal_router(
                self.turns, self.store, self.vault, frozenset({API_KEY}), files, self.wait_seconds, self.votes
            )
        )
        app.include_router(health_router(ready))
        app.include_router(docs_router())
        app.include_router(
            widget_router(self.turns, self.store, self.vault, self.settings, files, self.place_of, votes=self.votes)
        )
        app.include_router(demo_router(lambda: HINTS, CONTENT))
        return app

    async def start(self) -> None:
        """Open the database and listen; returns when requests are answered."""
        self.store = Store(f"sqlite+aiosqlite:///{self.folder}/otklik.db")
        await self.store.create_all()
        self.readings = Readings(self.store, lambda: datetime.now(UTC))
        self.votes = Votes(self.store, self.vault, self.readings, WISHES, lambda: datetime.now(UTC))
        self.client = RasaClient(self.rasa.url, timeout=3)
        lines = yaml.safe_load((CONTENT / "texts.yml").read_text("utf-8"))
        texts = Texts(lines, "Europe/Moscow", INTENTS)
        self.turns = Turns(self.store, self.vault, Robot(self.client, persona(), texts), lambda: datetime.now(UTC))
        await self.turns.start()
        config = uvicorn.Config(
            self.app(),
            port=self.port,
            log_level="warning",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Stop serving, as a restart does."""
        self._server.should_exit = True
        await self._serving
        await self.turns.stop(1)
        await self.client.close()
        await self.store.close()

    async def set_mode(self, mode: str) -> None:
        """Put every conversation into a mode, as the desk does when an operator takes it."""
        async with self.store.write() as session:
            await session.execute(update(ConversationRow).values(mode=mode))


@lru_cache
def persona() -> Persona:
    """The neutral persona: no lines, so that what is compared is what the robot said."""
    return Persona.load(CONTENT.parent / "persona" / "neutral.yml")
