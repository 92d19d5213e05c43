"""Makes telephone calls to a running house as a PBX would: announces, connects, speaks, listens, asks where to go after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from app.problems import Problem
from voice.audiosocket.caller import Caller

LOOK_EVERY = 0.15
"""Seconds between looks whether the robot is done."""


class OneCall:
    """One call. `socket` is Asterisk's side of the AudioSocket."""

    def __init__(self, client: aiohttp.ClientSession, call_id: str, socket: Caller) -> None:
        self._client, self.id, self.socket = client, call_id, socket
        self.began = time.monotonic()

    async def quiet(self, within: float = 60.0) -> None:
        """Wait until the robot has said what it had to say and listens. Raises TimeoutError."""
        idle = 0
        async with asyncio.timeout(within):
            while idle < 3 and not self.socket.hung_up:
                await asyncio.sleep(LOOK_EVERY)
                known = await self.transcript()
                begun = bool(known["entries"])
                idle = idle + 1 if begun and not known["busy"] else 0

    async def say(self, pcm: bytes) -> float:
        """Say a sound in real time; the moment when the last of it was sent."""
        self.socket.say(pcm)
        return await self.socket.said()

    async def answered(self, since: float, within: float = 15.0) -> float | None:
        """The moment of the first sound at `since` or later; None when the call ended or nothing came."""
        try:
            async with asyncio.timeout(within):
                return await self.socket.sounded(since)
        except TimeoutError:
            return None

    async def transcript(self) -> dict[str, Any]:
        """What was said so far: `entries` ({at, who, text, …}), `busy` (the robot speaks or thinks) and `ended`."""
        async with self._client.get(f"/voice/calls/{self.id}") as answer:
            if answer.status != 200:
                return {"entries": [], "busy": True, "ended": ""}
            found: dict[str, Any] = await answer.json()
            return found

    async def after(self) -> str:
        """Where the caller goes now, in the words of the dialplan; "" means the queue."""
        async with self._client.get(f"/voice/after/{self.id}") as answer:
            return (await answer.text()).strip()


@asynccontextmanager
async def call(
    address: str, *, caller: str = "", dialled: str = "", linked_id: str = "", token: str = ""
) -> AsyncIterator[OneCall]:
    """A call to the house at `address`. Raises Problem when it takes none."""
    headers = {"X-Otklik-Token": token} if token else {}
    async with aiohttp.ClientSession(address, headers=headers, timeout=aiohttp.ClientTimeout(total=20)) as client:
        told = {"caller": caller, "dialled": dialled, "linkedid": linked_id}
        async with client.post("/voice/calls", json={k: v for k, v in told.items() if v}) as answer:
            if answer.status == 404:
                raise Problem("Помощник запущен без телефона. Запустите его командой ./otklik up --voice.")
            if answer.status != 200:
                raise Problem(f"Помощник не принял звонок (HTTP {answer.status}). {(await answer.text())[:200]}")
            known = await answer.json()
        if not known["admitted"]:
            raise Problem("Все линии робота заняты: такой звонок сразу уходит в очередь к людям.")
        host, _, port = str(known["audiosocket"]).rpartition(":")
        try:
            async with Caller.connect(host.strip("[]"), int(port), known["uuid"]) as socket:
                yield OneCall(client, known["uuid"], socket)
        except ConnectionRefusedError as error:
            raise Problem(f"AudioSocket {host}:{port} не отвечает: посмотрите .otklik/logs/assistant.log.") from error
