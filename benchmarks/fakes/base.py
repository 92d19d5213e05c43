"""What all fake messengers share: an HTTP server on a free port, what was sent through it, and faults on demand."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Sent:
    """One message of the bot that the fake took. `at` is `time.monotonic()`; `key` the idempotency key, None where there is none.

    `buttons` are rows of {title, payload} or {title, url}.
    """

    peer: str
    text: str
    id: str
    at: float
    key: str | None = None
    buttons: tuple[tuple[dict[str, str], ...], ...] = ()
    file: tuple[str, bytes] | None = None


@dataclass
class Fault:
    """What the next calls of `method` meet: an HTTP status with a body of the real server's shape, a silence, or a cut line.

    `kind`: `429` (with `after` seconds), `500`, `timeout` (no answer for `after` seconds), `cut` (the connection drops before
    an answer, but AFTER the call took effect: a crash in mid-send as the client sees it).
    """

    kind: str
    method: str = "send"
    times: int = 1
    after: float = 1.0


@dataclass
class FakeServer:
    """A messenger's server. Subclasses add its routes in `routes` and turn `say` and `press` into events of their own shape.

    `webhook`: where events are POSTed instead of being kept for polling; a POST that is not answered with success is repeated
    after 0.2 s and so on, as the real ones do.
    """

    token: str
    webhook: str | None = None
    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever something was sent; clear it before you wait for more."""

    async def start(self) -> None:
        """Listen on a free loopback port; `url` is set when this returns."""
        app = web.Application(client_max_size=60 * 1024 * 1024)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    def routes(self, app: web.Application) -> None:
        """Add the messenger's own addresses."""
        raise NotImplementedError

    def say(self, peer: str, text: str) -> str:
        """A citizen writes `text`; returns the platform's id of the message."""
        raise NotImplementedError

    def press(self, sent: Sent, row: int = 0, column: int = 0) -> None:
        """A citizen presses a button under a message of the bot."""
        raise NotImplementedError

    def push(self, event: dict[str, Any]) -> None:
        """Hand out an event exactly as given, also a malformed or repeated one."""
        raise NotImplementedError

    def took(self, message: Sent) -> None:
        """Note a message that was accepted; subclasses call it after all their checks."""
        self.sent.append(message)
        self.news.set()

    def to(self, peer: str) -> list[Sent]:
        """What one citizen received, oldest first."""
        return [s for s in self.sent if s.peer == peer]

    async def until(self, count: int, peer: str | None = None, within: float = 10.0) -> list[Sent]:
        """Wait until `count` messages were sent (to one peer). Raises TimeoutError."""
        end = time.monotonic() + within
        while True:
            found = self.sent if peer is None else self.to(peer)
            if len(found) >= count:
                return found
            self.news.clear()
            async with asyncio.timeout(max(0.01, end - time.monotonic())):
                await self.news.wait()

    def fault(self, method: str) -> Fault | None:
        """The fault that this call meets, if one was ordered for its method (`send`, `receive`, `fetch`, `any`)."""
        for fault in self.faults:
            if fault.method in (method, "any"):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None
