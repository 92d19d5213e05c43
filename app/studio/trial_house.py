"""One trial house while it runs: the assistant and Rasa of one edition, to be talked to; far from citizens and the agency."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import structlog

from app.paths import Layout
from app.problems import Problem
from app.running.child import Child
from app.running.stack import Stack
from app.settings import Settings
from app.studio.trial_plan import frozen, plan_trial
from app.studio.trial_reading import Rule, rules_of, said_of
from bot.rasa import Parsed, RasaClient, RasaUnavailable
from bot.services.content.fields import parse_yaml
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.studio import Said

log = structlog.get_logger(__name__)
START_WITHIN = 300.0
"""Seconds both processes may take to answer on a busy machine."""
STOP_WITHIN, KILLED_WITHIN = 2.0, 10.0
"""Seconds for a polite end, and for the kernel to clear away a killed process."""
LOOK_EVERY = 0.2
RULES = "stories/rules.yml"
SILENT = (
    "Робот для пробы не ответил. Начните новый разговор; если не поможет, подождите минуту и откройте страницу снова."
)
GONE = "Робот для пробы остановился. Откройте страницу «Проба» ещё раз: он запустится снова."


class TrialHouse:
    """Made and stopped by `Trials`. Lies in `folder`, which is deleted with it. All calls may raise NotPossible."""

    def __init__(self, layout: Layout, settings: Settings, folder: Path) -> None:
        self._layout, self._settings, self._folder = layout, settings, folder
        self._children: list[Child] = []
        self._keeper: asyncio.Task[None] | None = None
        self._http: aiohttp.ClientSession | None = None
        self._rasa: RasaClient | None = None
        self._stack: Stack | None = None
        self._rules: list[Rule] = []
        self._talk: TrialTalk | None = None
        self.published = Project(layout.project)
        """What the citizens' robot runs on, to compare with."""
        self.project = Project(folder / "edition")
        """The frozen copy it runs on."""
        self.model = Path()
        self.up = False
        self.why = ""
        """Why it is not up any more."""

    @property
    def pids(self) -> list[int]:
        """The processes that run now."""
        return [child.pid for child in self._children if child.pid is not None]

    async def start(self, edition: Project, model: Path) -> None:
        """Start both processes for a copy of `edition` and wait until they answer (20 to 30 s). Raises NotPossible."""
        await self._freeze(edition)
        self.model = model
        try:
            self._stack = await asyncio.to_thread(
                plan_trial, self._layout, self._settings, self.project, model, self._folder
            )
        except Problem as problem:
            raise NotPossible(str(problem)) from problem
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        self._rasa = RasaClient(self._stack.rasa_url, timeout=30)
        self._children = [Child(program) for program in self._stack.programs]
        for child in self._children:
            # Here, not in another thread: the leash is tied to the thread that starts a process.
            child.start()
        self._keeper = asyncio.create_task(self._keep())
        await self._wait(self._children)

    async def become(self, edition: Project, model: Path) -> None:
        """Go on with another edition: a new assistant, and in Rasa another model where it differs. Raises NotPossible."""
        assert self._stack is not None and self._http is not None
        self.up = False
        assistant, *rest = self._children
        self._children = rest
        await _end([assistant])
        await self._freeze(edition)
        assistant = Child(self._stack.programs[0])
        assistant.start()
        self._children = [assistant, *rest]
        waiting = asyncio.create_task(self._wait([assistant]))
        try:
            if model != self.model:
                async with self._http.put(
                    f"{self._stack.rasa_url}/model",
                    json={"model_file": str(model)},
                    timeout=aiohttp.ClientTimeout(total=120),
                ) as answer:
                    if answer.status != 204:
                        raise NotPossible(SILENT)
                self.model = model
            await waiting
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotPossible(SILENT) from error
        finally:
            waiting.cancel()

    def now(self) -> datetime:
        """The citizens' local time in the house, whose processes go by the machine's clock."""
        return datetime.now(ZoneInfo(self._settings.timezone))

    def talk(self, channel: str = "widget", segment: str = "") -> TrialTalk:
        """A new citizen's conversation, as in this channel; `segment` is her life situation, "" for none."""
        return TrialTalk(self, channel, segment)

    async def say(self, text: str, payload: str = "") -> Said:
        """One turn of one talk; a button by its payload. Raises NotPossible when the house does not answer."""
        self._talk = self._talk or self.talk()
        return await self._talk.say(text, payload)

    async def parse(self, text: str) -> Parsed:
        """How the model reads a text. Raises NotPossible when the house does not answer."""
        assert self._rasa is not None
        try:
            return await self._rasa.parse(text)
        except RasaUnavailable as error:
            raise NotPossible(SILENT) from error

    async def turn(self, spoken: dict[str, Any]) -> Said:
        """One message with everything that came of it. Raises NotPossible."""
        if not self.up or self._stack is None or self._http is None:
            raise NotPossible(self.why or GONE)
        begun = time.monotonic()
        try:
            headers = {"X-API-Key": self._stack.key}
            async with self._http.post(f"{self._stack.local}/trial/say", json=spoken, headers=headers) as response:
                if response.status != 200:
                    raise NotPossible(SILENT)
                answer = await response.json()
            seconds = time.monotonic() - begun
            address = f"{self._stack.rasa_url}/conversations/{answer['conversation']}/tracker?include_events=ALL"
            async with self._http.get(address) as response:
                tracker = await response.json() if response.status == 200 else {}
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotPossible(SILENT) from error
        if not answer["over"]:
            raise NotPossible(SILENT)
        return said_of(tracker.get("events") or (), answer["message"], answer, seconds, self._rules)

    async def stop(self) -> None:
        """End both processes and delete everything they made."""
        self.up = False
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await _end(self._children)
        self._children = []
        if self._http is not None:
            await self._http.close()
        if self._rasa is not None:
            await self._rasa.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _freeze(self, edition: Project) -> None:
        self.project = await asyncio.to_thread(frozen, edition, self._folder / "edition")
        try:
            tree = await asyncio.to_thread(lambda: parse_yaml(self.project.read(RULES), RULES))
            self._rules = rules_of(tree)
        except Exception:  # a broken file is explained by the checks; a trial then only cannot name rules
            self._rules = []

    async def _wait(self, children: list[Child]) -> None:
        """Until all answer. Raises NotPossible with the last words of one that fell."""
        deadline = time.monotonic() + START_WITHIN
        assert self._http is not None
        for child in children:
            while not await _answers(self._http, child.program.address):
                if self.why:
                    raise NotPossible(self.why)
                if time.monotonic() > deadline:
                    raise NotPossible(
                        "Робот для пробы не запустился за две минуты: машина занята. Подождите и откройте страницу снова."
                    )
                await asyncio.sleep(LOOK_EVERY)
            if child.program.warm_up:
                await self.parse("здравствуйте, запишите меня на завтра")
        self.up = True

    async def _keep(self) -> None:
        """Move output into the logs; notice a fall."""
        while True:
            for child in self._children:
                code = child.pump()
                if code is not None and not self.why:
                    self.up = False
                    words = child.last_words[:200]
                    log.error("trial.fell", program=child.program.title, code=code)
                    self.why = (
                        f"Робот для пробы остановился: {words or child.program.title}. Проверьте последние изменения."
                    )
            await asyncio.sleep(LOOK_EVERY)


class TrialTalk:
    """One pretended citizen in one house."""

    def __init__(self, house: TrialHouse, channel: str, segment: str) -> None:
        self._house, self.channel, self.segment = house, channel, segment
        self._user = f"trial-{uuid.uuid4().hex}"

    async def say(self, text: str, payload: str = "", *, next_day: bool = False) -> Said:
        """One turn; `next_day`: she was silent since yesterday. Raises NotPossible."""
        return await self._house.turn(
            {
                "user": self._user, "channel": self.channel, "segment": self.segment,
                "text": text, "payload": payload, "next_day": next_day,
            }
        )  # fmt: skip


async def _answers(http: aiohttp.ClientSession, address: str) -> bool:
    """Whether an address answers well; Rasa also has to have its model."""
    with suppress(aiohttp.ClientError, TimeoutError):
        async with http.get(address, timeout=aiohttp.ClientTimeout(total=2)) as response:
            body = await response.read()
            return response.status == 200 and b'"model_file":null' not in body.replace(b" ", b"")
    return False


async def _end(children: list[Child]) -> None:
    """Ask them to finish, then end them: nothing they hold is worth a longer wait."""
    for what, seconds in ((signal.SIGTERM, STOP_WITHIN), (signal.SIGKILL, KILLED_WITHIN)):
        for child in children:
            if not child.gone():
                child.signal(what)
        for _ in range(int(seconds / 0.05)):
            if all(child.gone() for child in children):
                break
            await asyncio.sleep(0.05)
    for child in children:
        child.close()
