"""Citizens who write at a steady pace while an editor publishes and takes back: when each was answered, and by which edition."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

MARK = "Издание для замера."
"""Begins every answer to ASKED in the edition that is published; the one before has none of it."""
ASKED = "как тебя зовут"
OTHERS = (
    "какие документы нужны на загранпаспорт",
    "сколько стоит паспорт",
    "до скольки вы работаете в субботу",
    "что значит передано на выдачу",
    "где вы находитесь",
)
"""Messages in between; each is answered whatever was said before."""
TURNS = 6
"""Messages of one conversation; then another citizen comes. A real one is hardly longer."""
PATIENCE = 30.0
"""Seconds after which an answer counts as lost."""


@dataclass(frozen=True)
class Answered:
    """One message: when it was sent (monotonic seconds), how long its answer took, and by which edition it was."""

    citizen: int
    sent: float
    seconds: float
    edition: str
    """old, new, or "" for a message whose answer is the same in both."""

    @property
    def ended(self) -> float:
        """When the answer was there."""
        return self.sent + self.seconds


@dataclass
class Crowd:
    """What became of all messages."""

    answers: list[Answered] = field(default_factory=list)
    lost: int = 0
    errors: list[str] = field(default_factory=list)

    def between(self, begin: float, end: float) -> list[float]:
        """Milliseconds of the answers to messages sent in a span."""
        return [one.seconds * 1000 for one in self.answers if begin <= one.sent < end]

    def turned_back(self, returned_at: float) -> int:
        """How often a citizen met the old edition again after the new one, before anybody had returned to it."""
        found = 0
        newest: dict[int, bool] = {}
        for one in sorted(self.answers, key=lambda answer: answer.ended):
            if one.edition and one.ended < returned_at:
                found += one.edition == "old" and newest.get(one.citizen, False)
                newest[one.citizen] = newest.get(one.citizen, False) or one.edition == "new"
        return found


class Citizens:
    """`many` citizens at a time who together send `rate` messages a second through the portal API, whether answers come or not."""

    def __init__(self, url: str, key: str, rate: float, many: int = 60) -> None:
        self._url, self._key, self._rate, self._many = url, key, rate, many
        self._mark = uuid.uuid4().hex[:6]
        self.crowd = Crowd()

    async def write(self, over: asyncio.Event) -> None:
        """Write until it is over, then wait for the last answers. A citizen's next message waits for the answer to her last."""
        texts = [itertools.cycle(_texts(number)) for number in range(self._many)]
        doors = [asyncio.Lock() for _ in range(self._many)]
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        connector = aiohttp.TCPConnector(limit=self._many)
        headers = {"X-API-Key": self._key}
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers, connector=connector) as session,
            asyncio.TaskGroup() as tasks,
        ):
            began = time.monotonic()
            for turn in itertools.count():
                late = began + turn / self._rate - time.monotonic()
                if late > 0:
                    await asyncio.sleep(late)
                if over.is_set():
                    return
                place, round_number = turn % self._many, turn // self._many
                number = place + self._many * (round_number // TURNS)
                tasks.create_task(self._say(session, doors[place], number, next(texts[place])))

    async def _say(self, session: aiohttp.ClientSession, door: asyncio.Lock, number: int, text: str) -> None:
        sent = time.monotonic()
        async with door:
            url = f"{self._url}/api/v1/conversations/{self._mark}-{number}/messages"
            try:
                async with session.post(url, json={"text": text}) as response:
                    if response.status != 200:
                        self.crowd.errors.append(f"HTTP {response.status}")
                        return
                    replies = (await response.json())["messages"]
            except (TimeoutError, aiohttp.ClientError) as error:
                self.crowd.errors.append(type(error).__name__)
                self.crowd.lost += 1
                return
        if not replies:
            self.crowd.lost += 1
            return
        said = " ".join(reply["text"] for reply in replies)
        edition = ("new" if MARK in said else "old") if text == ASKED else ""
        self.crowd.answers.append(Answered(number, sent, time.monotonic() - sent, edition))


def _texts(number: int) -> Sequence[str]:
    begin = number % len(OTHERS)
    return [text for other in (*OTHERS[begin:], *OTHERS[:begin]) for text in (ASKED, other)]
