"""Citizens who talk to the portal API and to Rasa's bare REST channel by turns, and how fast each answers."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

import aiohttp

TALK = (
    "Здравствуйте",
    "какие документы нужны для замены паспорта",
    "сколько это стоит",
    "а по доверенности можно?",
    "что значит передано на выдачу в огв",
    "до скольки работает центр на садовой",
    "Спасибо",
    "до свидания",
)
"""One conversation: questions with an action each, and small talk."""

Request = Callable[[str, str], tuple[str, dict[str, Any], dict[str, str]]]
"""User and words to address, JSON and headers of one turn."""


@dataclass
class Line:
    """One way to the robot and what was measured on it: milliseconds a turn with one client, messages a second with more."""

    title: str
    request: Request
    turns: list[float] = field(default_factory=list)
    rates: dict[int, list[float]] = field(default_factory=dict)
    errors: int = 0

    @property
    def p50(self) -> float:
        """Median milliseconds of a turn."""
        return round(median(self.turns), 2) if self.turns else 0.0

    @property
    def p95(self) -> float:
        """Milliseconds that 95 % of turns keep within."""
        return round(quantiles(self.turns, n=20)[18], 2) if len(self.turns) > 1 else 0.0

    def rate(self, clients: int) -> float:
        """Messages a second, the median of the rounds."""
        return round(median(self.rates[clients]), 1) if self.rates.get(clients) else 0.0


def lines(portal: str, rasa: str, key: str) -> tuple[Line, Line]:
    """Our API and the bare channel."""

    def ours(user: str, text: str) -> tuple[str, dict[str, Any], dict[str, str]]:
        return f"{portal}/api/v1/conversations/{user}/messages", {"text": text}, {"X-API-Key": key}

    def bare(user: str, text: str) -> tuple[str, dict[str, Any], dict[str, str]]:
        return f"{rasa}/webhooks/rest/webhook", {"sender": user, "message": text}, {}

    return Line("portal API", ours), Line("bare Rasa", bare)


async def measure(portal: Line, bare: Line, latency: float, throughput: float, rounds: int, clients: int = 8) -> None:
    """Fill both lines: `latency` seconds of one client by turns, then `rounds` of `throughput` seconds with `clients`."""
    names = (f"bench-{time.time_ns():x}-{n}" for n in itertools.count())
    connector = aiohttp.TCPConnector(limit=clients + 1)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session:
        for line in (portal, bare):  # what loads late is not what is measured
            await _talk(session, line, next(names), [])
            line.errors = 0
        end, both = time.perf_counter() + latency, [portal, bare]
        while time.perf_counter() < end:
            for line in both:
                began, before = time.perf_counter(), len(line.turns)
                await _talk(session, line, next(names), line.turns)
                said = len(line.turns) - before
                line.rates.setdefault(1, []).append(said / (time.perf_counter() - began))
            both.reverse()
        for _ in range(rounds):
            for line in both:
                await _crowd(session, line, names, clients, throughput)
            both.reverse()


async def _crowd(session: aiohttp.ClientSession, line: Line, names: Any, clients: int, duration: float) -> None:
    end, said, began = time.perf_counter() + duration, 0, time.perf_counter()

    async def client() -> None:
        nonlocal said
        while time.perf_counter() < end:
            name = next(names)
            for text in TALK:
                if time.perf_counter() >= end:
                    return
                await _turn(session, line, name, text)
                said += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    line.rates.setdefault(clients, []).append(said / (time.perf_counter() - began))


async def _talk(session: aiohttp.ClientSession, line: Line, name: str, turns: list[float]) -> None:
    for text in TALK:
        began = time.perf_counter()
        await _turn(session, line, name, text)
        turns.append((time.perf_counter() - began) * 1000)


async def _turn(session: aiohttp.ClientSession, line: Line, name: str, text: str) -> None:
    url, body, headers = line.request(name, text)
    try:
        async with session.post(url, json=body, headers=headers) as response:
            answer = await response.json()
            said = answer["messages"] if isinstance(answer, dict) else answer
            line.errors += response.status != 200 or not said
    except (TimeoutError, aiohttp.ClientError, KeyError, ValueError):
        line.errors += 1
