"""Keeps one Festival process running, warms it between sentences, and replaces it when it hangs or dies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from voice.speech.base import SpeechFailed
from voice.speech.festival_process import FestivalProcess, Gone

START_LIMIT = 60.0
"""Seconds a process may take to start, or to load one batch of recordings, from a cold disk."""
BATCH = 20
"""Recordings loaded at a time: a sentence waits for no more than these."""
PAUSES = (0.2, 30.0)
"""Seconds between attempts to start, the first and the longest."""
_T = TypeVar("_T")


class TooSlow(SpeechFailed):
    """Festival took too long and was killed."""


@dataclass
class Job:
    """A text for Festival, and where its sound is awaited (rate in Hz, 16 bit samples)."""

    text: str
    done: asyncio.Future[tuple[int, bytes]]

    def fail(self, error: SpeechFailed) -> None:
        """Tell whoever waits; nobody may any more."""
        if not self.done.done():
            self.done.set_exception(error)


class FestivalServer:
    """Takes jobs from a queue that several servers may share. `limit` is in seconds a sentence."""

    def __init__(self, process: FestivalProcess, jobs: asyncio.Queue[Job], *, limit: float, warm: bool) -> None:
        self.process = process
        self.broken = ""
        """Why it does not run, in Russian; "" while it runs or has not been tried."""
        self.settled = asyncio.Event()
        """All recordings are loaded, or the process could not be started."""
        self._jobs, self._limit, self._warm = jobs, limit, warm
        self._to_load: list[list[Path]] = []

    async def run(self) -> None:
        """Serve until cancelled."""
        pause = PAUSES[0]
        try:
            while True:
                try:
                    await self._serve()
                except SpeechFailed as error:
                    self.broken = str(error)
                    self.settled.set()
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, PAUSES[1])
                else:
                    pause = PAUSES[0]
        finally:
            await self.process.kill()

    async def _serve(self) -> None:
        """One step: start, or load a batch, or answer a job. Raises SpeechFailed when Festival cannot be started."""
        if not self.process.alive:
            await self._start()
        if self._to_load and self._jobs.empty():
            with contextlib.suppress(SpeechFailed):
                await self._within(self._patience, self.process.load(self._to_load.pop()))
            return
        if not self._to_load:
            self.settled.set()
        job = await self._jobs.get()
        try:
            if not job.done.done():
                await self._answer(job)
        finally:
            job.fail(SpeechFailed("Festival остановлен"))

    async def _start(self) -> None:
        await self.process.kill()
        await self._within(START_LIMIT, self.process.start())
        self.broken = ""
        found = sorted((self.process.folder / "wav").glob("*.wav")) if self._warm else []
        self._to_load = [found[at : at + BATCH] for at in range(0, len(found), BATCH)]

    async def _answer(self, job: Job) -> None:
        """Answer one job. If the process lies dead, or dies over it, a new one gets the job once more."""
        for last_time in (False, True):
            if not self.process.alive:
                await self._start()
            try:
                sound = await self._within(self._patience, self.process.ask(job.text))
            except SpeechFailed as error:
                if last_time or not isinstance(error, Gone):
                    job.fail(error)
                    return
            else:
                if not job.done.done():
                    job.done.set_result(sound)
                return

    @property
    def _patience(self) -> float:
        """Seconds one answer may take. Until all is loaded the disk may be cold: killing then would only begin it anew."""
        return self._limit if self.settled.is_set() else START_LIMIT

    async def _within(self, seconds: float, work: Awaitable[_T]) -> _T:
        """Do it in time. Kills the process and raises TooSlow when it takes longer, and Gone when it is not there any more."""
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError:
            await self.process.kill()
            raise TooSlow(f"Festival не успел за {seconds:g} с") from None
        except (OSError, asyncio.IncompleteReadError, Gone):
            await self.process.kill()
            raise Gone("Festival завершился") from None
