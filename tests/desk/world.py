"""The assistant with its desk as it runs in life, in this process: real HTTP, real SQLite, a robot that answers from a script."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Collection, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn

from app.compose import Assistant, build
from app.settings import Settings
from app.web import application
from bot.accounts.interface import Account
from bot.messages import Inbound
from bot.outcomes import Outcome
from desk.access import COOKIE
from tests.channels.fake_rasa import FakeRasa, free_port
from tests.projects import copy_of_project

T = TypeVar("T")
PASSWORD = "Ромашки на балконе 47"
MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
"""Monday, 11:00 in Moscow: everybody is at work."""


class World:
    """One assistant. Its clock goes as ever but begins at `start`, and `forward` moves it."""

    def __init__(self, folder: Path, start: datetime = MONDAY, **settings: Any) -> None:
        self.folder = folder
        self._shift = start - datetime.now(UTC)
        self._given = {
            "database_url": f"sqlite+aiosqlite:///{folder / 'otklik.db'}",
            "secret_key_file": folder / "secret.key",
            "files_dir": folder / "files",
            "recordings_dir": folder / "recordings",
            "project_dir": copy_of_project(folder / "project"),
            "studio_dir": folder / "studio",
            "rasa_db": str(folder / "rasa.db"),
            "persona": "neutral",
            "api_keys": frozenset(("test-key",)),
            **settings,
        }
        self.assistant: Assistant
        self.url = ""

    def clock(self) -> datetime:
        """The assistant's now."""
        return datetime.now(UTC) + self._shift

    def forward(self, **delta: float) -> None:
        """Let time pass: `minutes=10`."""
        self._shift += timedelta(**delta)

    def start(self) -> None:
        """Serve from a thread with a loop of its own, until `stop`."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.rasa = FakeRasa()
        self.do(self.rasa.start())
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.assistant = build(
            Settings(_env_file=None, rasa_url=self.rasa.url, port=port, **self._given),  # type: ignore[call-arg]
            self.clock,
        )
        self.do(self.assistant.store.create_all())
        config = uvicorn.Config(
            application(self.assistant), port=port, log_config=None, timeout_graceful_shutdown=1, access_log=False
        )
        self._server = uvicorn.Server(config)
        self._serving = asyncio.run_coroutine_threadsafe(self._server.serve(), self._loop)
        until = time.monotonic() + 60
        while not self._server.started:
            if self._serving.done() or time.monotonic() > until:
                raise RuntimeError("the world did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._serving.result(30)
        self.do(self.rasa.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the assistant's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    # People

    def account(
        self, name: str, roles: Collection[str] = ("operator",), groups: Collection[str] = ("general",), **more: Any
    ) -> Account:
        """A new colleague with PASSWORD."""
        login = f"user{uuid.uuid4().hex[:8]}"
        return self.do(self.assistant.desk.accounts.add(login, name, roles, groups, password=PASSWORD, **more))

    def browser(self, account: Account | None = None) -> Browser:
        """A signed-in colleague who speaks HTTP; None for somebody who is not signed in."""
        token = self.do(self.assistant.desk.accounts.open_session(account.id)) if account else ""
        return Browser(self, token)

    def citizen(self, channel: str = "widget", user: str | None = None) -> Citizen:
        """A (new) citizen in a channel."""
        return Citizen(self, channel, user or f"citizen-{uuid.uuid4().hex[:10]}")


class Browser:
    """HTTP with a session cookie; `post` and the like carry the CSRF token."""

    def __init__(self, world: World, token: str) -> None:
        self.token, self.world = token, world
        cookies = {COOKIE: token} if token else {}
        self.http = httpx.Client(base_url=world.url, cookies=cookies, timeout=30, follow_redirects=False)
        self.csrf = ""
        if token and (who := world.do(world.assistant.desk.accounts.signed(token))):
            self.csrf = who.csrf

    def get(self, path: str, **more: Any) -> httpx.Response:
        """A page."""
        return self.http.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """A form sent as htmx sends it."""
        headers = {"X-CSRF": self.csrf, "HX-Request": "true", "Origin": self.world.url} | more.pop("headers", {})
        return self.http.post(path, data=data or {}, headers=headers, **more)


class Citizen:
    """A citizen who writes through the turns of the assistant, as any door does."""

    def __init__(self, world: World, channel: str, user: str) -> None:
        self.world, self.channel, self.user = world, channel, user
        self.conversation = ""

    def say(self, text: str, **more: Any) -> Outcome:
        """Write, and wait for what comes of it."""
        inbound = Inbound(
            **{"channel": self.channel, "user": self.user, "external_id": uuid.uuid4().hex, "text": text, **more}
        )

        async def turn() -> Outcome:
            turns = self.world.assistant.turns
            accepted = await turns.accept(inbound)
            self.conversation = accepted.conversation_id
            return await turns.wait(accepted, 30)

        return self.world.do(turn())

    def call_human(self, reason: str = "asked", topic: str = "", priority: int = 0, **summary: Any) -> str:
        """Say something and stand in the queue; the conversation's id."""
        if not self.conversation:
            self.say("Здравствуйте, у меня вопрос про запись")

        async def place() -> None:
            async with self.world.assistant.store.read() as session:
                from bot.store.conversations import ConversationRow

                row = await session.get_one(ConversationRow, self.conversation)
            people = self.world.assistant.services.people
            await people.request_operator(self.conversation, row.citizen_id, reason, topic, priority, summary)

        self.world.do(place())
        return self.conversation

    def history(self) -> list[Any]:
        """Everything said in this conversation, oldest first."""
        from bot.store import journal

        async def read() -> list[Any]:
            async with self.world.assistant.store.read() as session:
                return await journal.history(session, self.world.assistant.vault, self.conversation)

        return self.world.do(read())
