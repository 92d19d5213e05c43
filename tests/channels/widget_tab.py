"""A WebSocket client that speaks the widget's protocol, for tests that need no browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect

from channels.widget.sessions import COOKIE
from tests.channels.parts import Assistant


async def session_cookie(assistant: Assistant, cookie: str | None = None) -> str:
    headers = {"Origin": assistant.url} | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
    async with aiohttp.request("POST", f"{assistant.url}/widget/session", headers=headers) as response:
        assert response.status == 200
        return response.cookies[COOKIE].value


class Tab:
    """A WebSocket client that speaks the widget's protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def say(self, text: str, id: str | None = None) -> str:
        name = id or str(uuid.uuid4())
        await self.send(type="message", id=name, text=text)
        return name

    async def next(self, *types: str, within: float = 5) -> dict[str, Any]:
        """The next frame of these types; others are passed over."""
        async with asyncio.timeout(within):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if not types or frame["type"] in types:
                    return frame

    async def resume(self, after: int = 0) -> list[dict[str, Any]]:
        """Ask for what was missed: the messages up to `resumed`."""
        await self.send(type="resume", after=after)
        found = []
        while (frame := await self.next("message", "resumed"))["type"] == "message":
            found.append(frame)
        return found

    async def quiet(self, seconds: float = 0.3) -> list[dict[str, Any]]:
        """The messages that come within some seconds."""
        found = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    found.append(await self.next("message", within=60))
        return found


@contextlib.asynccontextmanager
async def tab(assistant: Assistant, cookie: str, **kwargs: Any) -> AsyncIterator[Tab]:
    given = {"origin": assistant.url, "additional_headers": {"Cookie": f"{COOKIE}={cookie}"}} | kwargs
    async with connect(assistant.ws_url, **given) as socket:
        yield Tab(socket)
