"""The house behind a real PBX, and the telephones around it: calls that come in, and what everybody hears of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from tests.voice.phone_house import Looked
from tests.voice.real_asterisk import RealAsterisk
from tests.voice.sip_leg import Leg
from tests.voice.sip_phone import SipPhone
from tests.voice.test_outgoing_live import Town
from voice.recognition.whisper import WhisperRecogniser

TOKEN = "tokenofthistest"
WITHIN = 60.0
"""Seconds for anything that another process does."""


class Talk:
    """One call through the PBX: the caller's telephone, and what the robot says of it."""

    def __init__(self, exchange: Exchange, leg: Leg, call_id: str) -> None:
        self._exchange, self.leg, self.id = exchange, leg, call_id

    async def entries(self, who: str) -> list[str]:
        """What one side (`robot`, `caller`, `key`) has said so far."""
        return [one["text"] for one in (await self._exchange.transcript(self.id))["entries"] if one["who"] == who]

    async def robot(self) -> str:
        """What the robot has said so far."""
        return " ".join(await self.entries("robot"))

    async def quiet(self) -> str:
        """Wait until the robot has said what it had to say; all of it. Raises TimeoutError."""
        idle = 0
        async with asyncio.timeout(WITHIN):
            while idle < 3 and not self.leg.ended.is_set():
                await asyncio.sleep(0.15)
                known = await self._exchange.transcript(self.id)
                idle = idle + 1 if known["entries"] and not known["busy"] else 0
        return await self.robot()

    async def answers(self, sound: bytes) -> str:
        """Say something; what the robot begins to say to it, a plea for patience apart."""
        await self.quiet()
        turns = len(await self.entries("caller"))
        said = len(await self.entries("robot"))
        self.leg.say(sound)
        await self.leg.said()
        async with asyncio.timeout(WITHIN):
            while len(await self.entries("caller")) == turns or not (answer := await self._after(said)):
                await asyncio.sleep(0.1)
        return answer

    async def _after(self, said: int) -> str:
        return " ".join(text for text in (await self.entries("robot"))[said:] if "екунду" not in text)


class Exchange:
    """The PBX, the house behind it, and the telephones around it."""

    def __init__(self, pbx: RealAsterisk, town: Town, weights: Path) -> None:
        self.pbx, self.town, self.house = pbx, town, town.house
        self.city = SipPhone(pbx.trunk, (pbx.host, pbx.port))
        """The telephone company: calls come from it, and go to it."""
        self.operator = SipPhone(pbx.phones, (pbx.host, pbx.port), "102", pbx.secrets["102"])
        self._weights = weights
        self._ear: WhisperRecogniser | None = None
        self._people = 0

    async def transcript(self, call_id: str) -> dict[str, Any]:
        """What was said so far in a call."""
        headers = {"X-Otklik-Token": TOKEN}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.get(f"{self.house.url}/voice/calls/{call_id}") as answer,
        ):
            found: dict[str, Any] = await answer.json() if answer.status == 200 else {"entries": [], "busy": True}
            return found

    async def call(self, number: str = "122", phone: SipPhone | None = None) -> Talk:
        """Somebody who has never called before rings up, or this telephone does, and the robot answers."""
        before = len(self.calls())
        leg = await (phone.call(number) if phone else self.ring(number))
        await until(lambda: so(len(self.calls()) > before))
        return Talk(self, leg, self.calls()[-1])

    async def ring(self, number: str = "122") -> Leg:
        """The same, whoever answers."""
        self._people += 1
        return await self.city.call(number, f"7912444{self._people:04d}")

    def calls(self) -> list[str]:
        """UUIDs of all calls that were given to the robot."""
        return re.findall(r'TryExec\([^)]*"AudioSocket\(([0-9a-f-]{36}),', self.pbx.log())

    async def picks_up(self) -> Leg:
        """The operator's telephone has rung, and she picked up."""
        return await asyncio.wait_for(self.operator.picked_up.get(), WITHIN)

    async def words(self, pcm: bytes) -> str:
        """What a human would have heard, by our recogniser."""
        if self._ear is None:
            self._ear = await asyncio.to_thread(WhisperRecogniser, self._weights, 1, 2)
        return (await self._ear.hear(pcm)).text.casefold()

    async def looked(self, call_id: str, event: str) -> Looked:
        """What the database knows of a call once it has heard of an event."""
        async with asyncio.timeout(WITHIN):
            while event not in (found := await self.house.look(call_id)).events:
                await asyncio.sleep(0.2)
        return found

    async def close(self) -> None:
        """Everybody goes home."""
        if self._ear is not None:
            await self._ear.close()
        await self.operator.close()
        await self.city.close()


async def so(true: bool) -> bool:
    return true


async def until(true: Callable[[], Awaitable[Any]]) -> None:
    """Wait until something has become true. Raises TimeoutError."""
    async with asyncio.timeout(WITHIN):
        while not await true():
            await asyncio.sleep(0.1)
