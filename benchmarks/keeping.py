"""Keeps one process of the house running: started again the moment it falls, and killed when the bench says so."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp

from app.running.child import Child, Program

LOOK_EVERY = 0.02
ASK_EVERY = 0.1


class Kept:
    """A process without the supervisor's growing pauses. `up` is set while it answers; `crashes` are falls nobody ordered."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.up = asyncio.Event()
        self.crashes: list[str] = []
        self.up_for = 0.0
        """Seconds it has answered so far."""
        self._child = Child(program)
        self._killed = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def pid(self) -> int | None:
        """The process, None while it is down."""
        return self._child.pid

    def start(self) -> None:
        """Start it, and from now on whenever it falls."""
        self._child.start()
        self._tasks = [asyncio.create_task(self._keep()), asyncio.create_task(self._ask())]

    def kill(self) -> None:
        """SIGKILL it and all it started."""
        self._killed = True
        self.up.clear()
        self._child.signal(signal.SIGKILL)

    async def stop(self, grace: float = 8.0) -> None:
        """Ask it to end, and make it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._child.signal(signal.SIGTERM)
        end = time.monotonic() + grace
        await until(lambda: self._child.gone() or time.monotonic() > end, LOOK_EVERY)
        self._child.signal(signal.SIGKILL)
        self._child.close()

    async def _keep(self) -> None:
        while True:
            code = self._child.pump()
            if code is not None:
                if not self._killed:
                    self.crashes.append(f"{self.program.title}: {code}, {self._child.last_words[:300]}")
                    await asyncio.sleep(1)
                self._killed = False
                self.up.clear()
                self._child.start()
            await asyncio.sleep(LOOK_EVERY)

    async def _ask(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(1)) as session:
            seen = time.monotonic()
            while True:
                before = self.pid
                well = await self._answers(session)
                now = time.monotonic()
                if well and before == self.pid and not self._killed:
                    self.up_for += now - seen if self.up.is_set() else 0
                    self.up.set()
                elif not well:
                    self.up.clear()
                seen = now
                await asyncio.sleep(ASK_EVERY if not self.up.is_set() else 2 * ASK_EVERY)

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with session.get(self.program.address) as response:
                body = (await response.read()).replace(b" ", b"")
                return response.status == 200 and b'"model_file":null' not in body
        return False


async def until(ready: Callable[[], bool], every: float) -> None:
    """Look every `every` seconds; for what another process does nobody sets an event."""
    while True:
        if ready():
            return
        await asyncio.sleep(every)


def busy(pid: int | None) -> float:
    """Seconds of processor time a process has used; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int | None) -> float:
    """Megabytes a process keeps in memory; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)
