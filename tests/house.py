"""The house with its front wall off: real Rasa beside, the assistant in this process, so that a test may speak in any channel."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import httpx
import uvicorn

from app.compose import Assistant, build, migrate, now
from app.settings import Settings
from app.web import application
from bot.messages import Inbound
from tests.live import START_WITHIN, LiveStack

T = TypeVar("T")
STOP_WITHIN = 5
"""Seconds for open requests at the end; a page may hold its stream of events for ever."""


class House(LiveStack):
    """Serves the assistant from a thread with a loop of its own. `settings` are those of app.settings, by field name."""

    assistant: Assistant

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], datetime] = now,
        environ: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        """`clock` is the assistant's, `environ` what its channels are set up by."""
        super().__init__(folder, **settings)
        self._clock, self._channels = clock, dict(environ or {})

    def start(self) -> None:
        """Start both and wait until they answer. Raises RuntimeError when they do not."""
        assistant, rasa = self.stack.programs
        given = {k.removeprefix("OTKLIK_").lower(): v for k, v in {**dict(assistant.environ), **self._environ}.items()
                 if k.startswith("OTKLIK_")}  # fmt: skip
        settings = Settings(**{k: v for k, v in given.items() if k in Settings.model_fields})
        migrate(settings)
        self._processes.append(self._run(rasa))
        self._loop = asyncio.new_event_loop()
        with mock.patch.dict(os.environ, self._channels):
            self.assistant = build(settings, self._clock)
        self._server = uvicorn.Server(
            uvicorn.Config(
                application(self.assistant), port=settings.port, log_config=None, timeout_graceful_shutdown=5
            )
        )
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._server.serve(),), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_WITHIN
        while not self._ready():
            if time.monotonic() > deadline or not self._thread.is_alive():
                self.stop()
                raise RuntimeError("the house did not start")
            time.sleep(0.2)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the assistant's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def stop(self) -> None:
        """Stop both."""
        self._server.should_exit = True
        self._thread.join(60)
        self._loop.close()
        super().stop()

    def talk(self, channel: str, user: str | None = None) -> ChannelTalk:
        """The conversation of a (new) citizen in a channel."""
        return ChannelTalk(self, channel, user or f"test-{uuid.uuid4().hex[:10]}")


class ChannelTalk:
    """A conversation in one channel; speaks like `tests.live.Talk`."""

    def __init__(self, house: House, channel: str, user: str) -> None:
        self.channel, self.user = channel, user
        self.mode, self.conversation = "robot", ""
        self.replies: list[dict[str, Any]] = []
        self._house = house

    def say(self, text: str, **more: Any) -> str:
        """Send a text; the robot's answer as one string, its buttons in `buttons`."""
        return self.send(text=text, **more)

    def press(self, title: str) -> str:
        """Press a button of the last answer by its title."""
        button = next(b for b in self.buttons if b["title"] == title)
        return self.send(kind="choice", text=title, payload=button["payload"])

    def send(self, **said: Any) -> str:
        """Any inbound message."""
        inbound = Inbound(**{"channel": self.channel, "user": self.user, "external_id": uuid.uuid4().hex, **said})

        async def turn() -> Any:
            turns = self._house.assistant.turns
            accepted = await turns.accept(inbound)
            return accepted.conversation_id, await turns.wait(accepted, 30)

        self.conversation, outcome = self._house.do(turn())
        self.replies, self.mode = [m.body for m in outcome.replies], outcome.mode
        return self.text

    @property
    def text(self) -> str:
        """The last answer."""
        return "\n".join(r["text"] for r in self.replies)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """Buttons of the last answer."""
        return [b for r in self.replies for b in r.get("buttons") or []]

    def link(self) -> str:
        """The token of the one-time link among the buttons."""
        url = next(b["url"] for b in self.buttons if "#otk=" in b.get("url", ""))
        return str(url).partition("#otk=")[2]

    def tracker(self) -> dict[str, Any]:
        """Rasa's tracker of this conversation with all events."""
        url = f"{self._house.stack.rasa_url}/conversations/{self.conversation}/tracker?include_events=ALL"
        data: dict[str, Any] = httpx.get(url, timeout=30).json()
        return data

    @property
    def slots(self) -> dict[str, Any]:
        """The filled slots of Rasa's tracker."""
        return {k: v for k, v in self.tracker()["slots"].items() if v is not None}
