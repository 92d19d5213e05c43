"""Open windows of operators that behave as desk/static/window.js does, citizens who write, and how long everything takes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from benchmarks.desk_data import Colleague, Open
from benchmarks.desk_house import API_KEY, DeskHouse

COOKIE = "otklik_desk"
SEEN_WITHIN = 10.0
"""Seconds after which a message that is on no screen counts as lost."""
BACK_TO_ROBOT = "/robot"
_LISTED = re.compile(r'id="to-([0-9a-f-]{36})"')
_SEQ = re.compile(r'data-seq="(\d+)"')


@dataclass(frozen=True)
class Rates:
    """How often things happen in the whole house, times a second."""

    citizens: float = 3.0
    """Messages of citizens in talks that are open on a screen."""
    operators: float = 2.0
    queue: float = 0.3
    """Changes of the queue, each of which every window hears."""
    opened: float = 1.0
    """Talks that are opened."""
    pages: float = 0.5
    """Windows that are loaded anew."""


@dataclass
class Times:
    """Milliseconds of everything that was measured, and what went wrong."""

    queue: list[float] = field(default_factory=list)
    conversation: list[float] = field(default_factory=list)
    lists: list[float] = field(default_factory=list)
    lines: list[float] = field(default_factory=list)
    send: list[float] = field(default_factory=list)
    event: list[float] = field(default_factory=list)
    """From the citizen's request to the operator's stream saying so."""
    screen: list[float] = field(default_factory=list)
    """From the citizen's request to the fragment that shows it."""
    errors: list[str] = field(default_factory=list)
    lost: int = 0
    """Words of citizens that were on no screen within ten seconds."""
    skipped: int = 0
    """Words that were not even said, because every citizen still waited."""


OWN_PAUSE, QUEUE_PAUSE = 1.0, 3.0
"""Seconds between two looks at the lists, as in window.js: for what is one's own, and for the queue of all."""
QUEUE_SPREAD = 2.0
"""Seconds over which fifty windows that heard the same news of the queue look at it."""


class Window:
    """One operator's open window: an event stream, and the fragments it fetches."""

    def __init__(self, house: DeskHouse, colleague: Colleague, times: Times, luck: random.Random) -> None:
        self.colleague, self._house, self._times, self._luck = colleague, house, times, luck
        self.talk: Open = colleague.talks[0]
        self._own = {one.conversation for one in colleague.talks}
        self.stands = asyncio.Event()
        self._known: set[str] = set()
        self._newest = 0
        self._awaited: dict[str, tuple[float, asyncio.Event]] = {}
        self._lists_at, self._lists_wanted, self._lines_wanted = -1.0, asyncio.Event(), asyncio.Event()
        self._pause = OWN_PAUSE
        cookies = {COOKIE: colleague.token}
        headers = {"HX-Request": "true", "X-CSRF": colleague.csrf, "Origin": house.url}
        self._http = aiohttp.ClientSession(
            house.url, cookies=cookies, headers=headers, timeout=aiohttp.ClientTimeout(30)
        )

    async def run(self) -> None:
        """Live until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in (self._listen(), self._keep_lists(), self._keep_lines()):
                    tasks.create_task(work)
        finally:
            await self._http.close()

    async def load(self) -> None:
        """The whole page, as after F5."""
        await self._get("/desk", self._times.queue, {"HX-Request": "false"})

    async def open(self) -> None:
        """Another talk of this operator, then the one whose citizen writes."""
        for talk in (self._luck.choice(self.colleague.talks), self.talk):
            text = await self._get(f"/desk/talks/{talk.conversation}", self._times.conversation)
            if talk == self.talk:
                self._shown(text)

    async def say(self) -> None:
        """A word of the operator."""
        began = time.perf_counter()
        data = {"text": f"Смотрю ваше дело, минуту. {uuid.uuid4().hex[:6]}", "key": uuid.uuid4().hex}
        async with self._http.post(f"/desk/talks/{self.talk.conversation}/messages", data=data) as answer:
            text = await answer.text()
            if answer.status != 200:
                self._times.errors.append(f"send {answer.status}: {text[:200]}")
                return
        self._times.send.append((time.perf_counter() - began) * 1000)
        self._shown(text)

    async def hears(self, words: str, send: Callable[[], Awaitable[None]]) -> None:
        """A citizen writes `words` by `send`; waits until they stand on this screen."""
        seen = asyncio.Event()
        self._awaited[words] = (time.perf_counter(), seen)
        sending = asyncio.ensure_future(send())
        try:
            async with asyncio.timeout(SEEN_WITHIN):
                await seen.wait()
        except TimeoutError:
            self._times.lost += 1
        finally:
            self._awaited.pop(words, None)
            await sending

    async def _listen(self) -> None:
        about = {"window": uuid.uuid4().hex, "talk": self.talk.conversation}
        timeout = aiohttp.ClientTimeout(None, sock_read=60)
        async with self._http.get("/desk/events", params=about, timeout=timeout) as stream:
            if stream.status != 200:
                self._times.errors.append(f"events {stream.status}")
                return
            kind = ""
            async for raw in stream.content:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    self._news(kind, json.loads(line[6:]))

    def _news(self, kind: str, news: dict[str, str]) -> None:
        """What window.js does at each kind of news."""
        conversation = news.get("conversation")
        if kind == "hello":
            self.stands.set()
        elif kind in ("queue", "mine", "call"):
            self._want_lists(QUEUE_PAUSE if kind == "queue" else OWN_PAUSE)
        elif kind in ("message", "read", "note") and conversation == self.talk.conversation:
            if kind == "message":
                now = time.perf_counter()
                self._times.event += [(now - began) * 1000 for began, _ in self._awaited.values()]
                self._want_lists(OWN_PAUSE)
            self._lines_wanted.set()
        elif kind == "message" and conversation in self._known:
            self._want_lists(OWN_PAUSE if conversation in self._own else QUEUE_PAUSE)

    def _want_lists(self, pause: float) -> None:
        self._pause = min(pause, self._pause) if self._lists_wanted.is_set() else pause
        self._lists_wanted.set()

    async def _keep_lists(self) -> None:
        """At most once in the pause that the newest wish allows, with the jitter of desk.seldom."""
        while True:
            await self._lists_wanted.wait()
            wait = self._lists_at + self._pause - time.perf_counter()
            spread = QUEUE_SPREAD if self._pause == QUEUE_PAUSE else 0.5 if wait > 0 else 0.12
            await asyncio.sleep(max(0.0, wait) + self._luck.random() * spread)
            self._lists_wanted.clear()
            self._lists_at = time.perf_counter()
            text = await self._get(f"/desk/queue?talk={self.talk.conversation}", self._times.lists)
            self._known = set(_LISTED.findall(text))

    async def _keep_lines(self) -> None:
        while True:
            await self._lines_wanted.wait()
            self._lines_wanted.clear()
            path = f"/desk/talks/{self.talk.conversation}/lines?after={max(0, self._newest - 20)}"
            self._shown(await self._get(path, self._times.lines))

    def _shown(self, text: str) -> None:
        self._newest = max([self._newest, *map(int, _SEQ.findall(text))])
        now = time.perf_counter()
        for words in [one for one in self._awaited if one in text]:
            began, seen = self._awaited.pop(words)
            self._times.screen.append((now - began) * 1000)
            seen.set()

    async def _get(self, path: str, times: list[float], headers: dict[str, str] | None = None) -> str:
        began = time.perf_counter()
        try:
            async with self._http.get(path, headers=headers or {}) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            self._times.errors.append(f"{path.partition('?')[0][:20]}: {type(error).__name__}")
            return ""
        if answer.status != 200:
            self._times.errors.append(f"{path.partition('?')[0][:20]}: {answer.status}")
            return ""
        times.append((time.perf_counter() - began) * 1000)
        return text


class Citizens:
    """Citizens at the portal API."""

    def __init__(self, house: DeskHouse, times: Times) -> None:
        self._times = times
        self._http = aiohttp.ClientSession(house.url, headers={"X-API-Key": API_KEY}, timeout=aiohttp.ClientTimeout(30))

    async def close(self) -> None:
        """Hang up."""
        await self._http.close()

    async def write(self, talk: Open, text: str, choice: str = "") -> None:
        """One message, accepted when this returns."""
        message = {"message_id": uuid.uuid4().hex} | ({"choice": choice} if choice else {"text": text})
        async with self._http.post(f"/api/v1/conversations/{talk.user}/messages", json=message) as answer:
            if answer.status not in (200, 202):
                self._times.errors.append(f"citizen {answer.status}: {(await answer.text())[:200]}")


async def measure(house: DeskHouse, seconds: float, rates: Rates, waiting: list[Open], seed: int = 7) -> Times:
    """Run the whole house for `seconds` after everybody is there. `waiting` are citizens in the queue who may give up."""
    luck, warming, times = random.Random(seed), Times(), Times()
    windows = [Window(house, one, warming, luck) for one in house.filled.colleagues]
    citizens = Citizens(house, times)
    # A citizen writes one message at a time, and her operator's screen is the one it is awaited on.
    free = asyncio.Queue[Window]()
    async with _open(windows):
        for window in windows:
            await window.load()
            await window.open()
            free.put_nowait(window)
        for window in windows:
            window._times = times
        times.errors += warming.errors

        async def citizen_writes() -> None:
            if free.empty():
                # All fifty citizens wait for their words to appear: no more is asked of a house that cannot keep up.
                times.skipped += 1
                return
            window = free.get_nowait()
            words = f"вопрос {uuid.uuid4().hex}"
            try:
                await window.hears(words, lambda: citizens.write(window.talk, words))
            finally:
                free.put_nowait(window)

        async def queue_changes() -> None:
            if waiting:
                await citizens.write(waiting.pop(), "", BACK_TO_ROBOT)

        deeds: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = (
            (rates.citizens, citizen_writes),
            (rates.operators, lambda: luck.choice(windows).say()),
            (rates.queue, queue_changes),
            (rates.opened, lambda: luck.choice(windows).open()),
            (rates.pages, lambda: luck.choice(windows).load()),
        )
        until = time.perf_counter() + seconds
        async with asyncio.TaskGroup() as tasks:
            for rate, deed in deeds:
                tasks.create_task(_again(rate, _noted(deed, times), until, luck))
    await citizens.close()
    return times


def _noted(deed: Callable[[], Awaitable[None]], times: Times) -> Callable[[], Awaitable[None]]:
    """The deed, whose failure is an error in the figures and no more."""

    async def tried() -> None:
        try:
            await deed()
        except (aiohttp.ClientError, TimeoutError, RuntimeError) as error:
            times.errors.append(type(error).__name__)

    return tried


async def _again(rate: float, deed: Callable[[], Awaitable[None]], until: float, luck: random.Random) -> None:
    """Open-loop: a slow answer does not slow the next deed down."""
    running: set[asyncio.Task[None]] = set()
    while (now := time.perf_counter()) < until and rate > 0:
        await asyncio.sleep(min(luck.expovariate(rate), until - now))
        if time.perf_counter() < until:
            task = asyncio.ensure_future(deed())
            running.add(task)
            task.add_done_callback(running.discard)
    if running:
        await asyncio.wait(running, timeout=SEEN_WITHIN + 5)


@contextlib.asynccontextmanager
async def _open(windows: list[Window]) -> AsyncIterator[None]:
    running = [asyncio.create_task(one.run()) for one in windows]
    try:
        async with asyncio.timeout(60):
            for window in windows:
                await window.stands.wait()
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
