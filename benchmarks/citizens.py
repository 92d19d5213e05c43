"""Citizens at every door, as their apps behave: a messenger's user, a page with the widget, an agency's portal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

import aiohttp

from benchmarks.fakes.base import FakeServer
from benchmarks.judging import Heard

TRY = aiohttp.ClientTimeout(total=40, connect=2)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
"""Seconds between two tries of a client. Real ones wait up to 15 s, where an assistant does not fall every ten seconds."""
DEAD_AFTER = 10.0
"""Seconds of silence after which a socket that looks open is given up."""
HISTORY_EVERY = 2.0


class Citizen(Protocol):
    """Somebody at a door. Nothing she writes is given up before the assistant has it."""

    channel: str
    peer: str
    refused: int
    """Messages that the assistant refused for good, which it never should."""

    def say(self, text: str) -> str:
        """Write now, whatever state the assistant is in; the channel's id of the message, "" where it is given later."""

    def heard(self) -> Sequence[Heard]:
        """All that is on her screen from the other side, in the order in which it stands there."""

    def settled(self) -> bool:
        """Whether everything she wrote has reached the assistant."""

    async def open(self) -> None:
        """Sit down at the door."""

    async def close(self) -> None:
        """Leave."""


class Texting:
    """A user of a messenger: the platform keeps her messages and shows her what the bot sent."""

    def __init__(self, channel: str, fake: FakeServer, peer: str) -> None:
        self.channel, self.peer, self._fake, self.refused = channel, peer, fake, 0

    def say(self, text: str) -> str:
        return self._fake.say(self.peer, text)

    def heard(self) -> Sequence[Heard]:
        return [Heard(sent.text, sent.at) for sent in self._fake.to(self.peer)]

    def settled(self) -> bool:
        """The platform's own queue is looked at by the world."""
        return True

    async def open(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do: what is on its way still arrives."""


class _Client:
    """A client that speaks to the assistant itself. `shown` are messages of the other side by their numbers."""

    def __init__(self, url: str, peer: str, headers: dict[str, str]) -> None:
        self.url, self.peer, self.refused = url, peer, 0
        self.outbox: deque[dict[str, Any]] = deque()
        self.shown: dict[int, Heard] = {}
        self._headers = headers
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def say(self, text: str) -> str:
        message = {"id": uuid.uuid4().hex, "text": text}
        self.outbox.append(message)
        self._news.set()
        return message["id"]

    def heard(self) -> Sequence[Heard]:
        return [self.shown[number] for number in sorted(self.shown)]

    def settled(self) -> bool:
        return not self.outbox

    async def open(self) -> None:
        # The cookies of an address without a name are kept only when asked for.
        jar = aiohttp.CookieJar(unsafe=True)
        self._http = aiohttp.ClientSession(cookie_jar=jar, headers=self._headers, timeout=TRY)
        self._tasks = [asyncio.create_task(work) for work in self._work()]

    def _work(self) -> Sequence[Any]:
        raise NotImplementedError

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()

    def _show(self, number: int, message: dict[str, Any]) -> None:
        if message["author"] != "citizen":
            self.shown.setdefault(number, Heard(message["text"], time.monotonic()))


class OnSite(_Client):
    """A page with the widget: as channels/widget/static/connection.js over its WebSocket."""

    channel = "widget"

    def __init__(self, url: str, peer: str) -> None:
        super().__init__(url, peer, {"Origin": url})
        self.after, self._ready, self._in_flight = 0, False, ""
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    def _work(self) -> Sequence[Any]:
        return (self._live(), self._send())

    async def _live(self) -> None:
        failures = 0
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, ValueError):
                async with self._http.post(f"{self.url}/widget/session") as answer:
                    answer.raise_for_status()
                async with self._http.ws_connect(f"{self.url.replace('http', 'ws', 1)}/widget/ws") as socket:
                    self._socket = socket
                    await socket.send_json({"type": "resume", "after": self.after})
                    failures = 0 if await self._read(socket) else failures
            self._ready, self._in_flight, self._socket = False, "", None
            failures += 1
            await asyncio.sleep(min(FIRST_PAUSE * 2**failures, LONGEST_PAUSE) * random.uniform(0.5, 1))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> bool:
        """Read until the line breaks; whether it had been ready."""
        pinged = False
        while True:
            try:
                frame = await socket.receive(DEAD_AFTER)
            except TimeoutError:
                if pinged:
                    return self._ready
                pinged = True
                await socket.send_json({"type": "ping"})
                continue
            if frame.type != aiohttp.WSMsgType.TEXT:
                return self._ready
            pinged = False
            self._receive(json.loads(frame.data))

    def _receive(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "message":
            self.after = max(self.after, frame["seq"])
            self._show(frame["seq"], frame)
            self._sent(frame.get("id"))
        elif frame["type"] == "ack":
            self._sent(frame["id"])
        elif frame["type"] == "resumed":
            self._ready = True
            self._news.set()
        elif frame["type"] == "error" and frame.get("retry_after"):
            asyncio.get_running_loop().call_later(frame["retry_after"], self._again, frame.get("id"))
        elif frame["type"] == "error":
            self.refused += 1
            self._sent(frame.get("id"))

    def _again(self, which: str | None) -> None:
        if self._in_flight == which:
            self._in_flight = ""
            self._news.set()

    def _sent(self, which: str | None) -> None:
        if self.outbox and self.outbox[0]["id"] == which:
            self.outbox.popleft()
        if self._in_flight == which:
            self._in_flight = ""
        self._news.set()

    async def _send(self) -> None:
        """One at a time and the oldest first."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._ready and self._socket and self.outbox and not self._in_flight:
                self._in_flight = self.outbox[0]["id"]
                with contextlib.suppress(aiohttp.ClientError, OSError):
                    await self._socket.send_json({"type": "message", **self.outbox[0]})


class AtPortal(_Client):
    """An agency's site that speaks for the citizen: repeats a message until it was taken, and looks for what came later."""

    channel = "portal"

    def __init__(self, url: str, peer: str, key: str) -> None:
        super().__init__(url, peer, {"X-API-Key": key})
        self._address = f"{url}/api/v1/conversations/{peer}/messages"
        self._after = 0
        self._owed = asyncio.Event()

    def _work(self) -> Sequence[Any]:
        return (self._send(), self._look())

    async def _send(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self.outbox:
                await self._post(self.outbox[0])
                self.outbox.popleft()

    async def _post(self, message: dict[str, Any]) -> None:
        """Until it is answered, or at least taken: what was only taken is looked for in the history."""
        tries = 0
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, ValueError):
                body = {"message_id": message["id"], "text": message["text"]}
                async with self._http.post(self._address, json=body) as response:
                    if response.status in (200, 202):
                        answer = await response.json()
                        for one in answer["messages"]:
                            self._show(one["id"], one)
                        if response.status == 202:
                            self._owed.set()
                        return
                    if response.status < 500 and response.status != 429:
                        self.refused += 1
                        return
            tries += 1
            await asyncio.sleep(min(FIRST_PAUSE * 2**tries, LONGEST_PAUSE) * random.uniform(0.5, 1))

    async def _look(self) -> None:
        """Once an answer was late, the history is looked at again and again."""
        await self._owed.wait()
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError):
                query = {"limit": "200"} | ({"after": str(self._after)} if self._after else {})
                async with self._http.get(self._address, params=query) as response:
                    found = (await response.json())["messages"] if response.status == 200 else []
                for one in found:
                    self._show(one["id"], one)
                    self._after = one["id"]
            await asyncio.sleep(HISTORY_EVERY)
