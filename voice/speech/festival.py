"""The voice that needs no download: Festival with festvox-ru (a man's voice), kept running."""

from __future__ import annotations

import asyncio
import re

import numpy

from voice.audio import silence
from voice.speech.base import PLAIN, Prosody, SpeechFailed
from voice.speech.festival_process import FestivalProcess
from voice.speech.festival_server import FestivalServer, Job
from voice.speech.letters import sayable
from voice.speech.sound import fit, from_pcm
from voice.speech.split import pieces
from voice.speech.stress import Overrides, digest, marked

GAP_MS = 100
"""Silence between the pieces of a sentence that was too long for one."""
_VOICE = re.compile(r"voice_[a-z0-9_]+")


class FestivalVoice:
    """Speaks through `servers` processes, about 0.7 GB each once warm; one makes speech 60 times faster than it is heard.

    `voice` is the Scheme function that selects the voice. `limit` is how many seconds a sentence may take. `warm` loads all
    recordings ahead (some 2 s, or 20 s from a cold disk, between sentences): without it a word's first use costs up to a second.
    `overrides` are the editors' stresses, which may change meanwhile: this voice has a dictionary of its own, and obeys `+`.
    """

    def __init__(
        self,
        command: str = "festival",
        voice: str = "voice_msu_ru_nsh_clunits",
        servers: int = 1,
        *,
        limit: float = 3.0,
        warm: bool = True,
        overrides: Overrides | None = None,
    ) -> None:
        if not _VOICE.fullmatch(voice):
            raise ValueError(f"имя голоса Festival начинается с voice_: {voice}")
        self._overrides = {} if overrides is None else overrides
        self._voice = voice.removeprefix("voice_")
        self._limit = limit
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._servers = [
            FestivalServer(FestivalProcess(command, voice), self._jobs, limit=limit, warm=warm)
            for _ in range(max(1, servers))
        ]
        self._running: list[asyncio.Task[None]] = []

    @property
    def name(self) -> str:
        """See `voice.speech.base.Voice`."""
        return "/".join(filter(None, ("festival", self._voice, digest(self._overrides))))

    async def start(self) -> None:
        """Start all processes and wait until they are warm. Raises SpeechFailed when none runs.

        `say` starts them too, but without this the first sentences are slow.
        """
        self._run()
        await asyncio.gather(*(server.settled.wait() for server in self._servers))
        self._complain_if_broken()

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        """See `voice.speech.base.Voice`. What is no Russian letter or mark is left out; nothing sayable gives only the pause."""
        texts = pieces(marked(sayable(sentence), self._overrides))
        if not texts:
            return silence(prosody.pause_ms)
        self._run()
        self._complain_if_broken()
        try:
            async with asyncio.timeout(self._limit):
                raw = await asyncio.gather(*(self._ask(text) for text in texts))
        except TimeoutError:
            raise SpeechFailed(f"Festival не успел за {self._limit:g} с") from None
        return await asyncio.to_thread(_joined, raw, prosody)

    async def close(self) -> None:
        """End the processes; sentences still waiting fail with SpeechFailed."""
        running, self._running = self._running, []
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        while not self._jobs.empty():
            self._jobs.get_nowait().fail(SpeechFailed("голос выключен"))

    @property
    def pids(self) -> list[int]:
        """The ids of the running processes, for diagnosis."""
        return [pid for server in self._servers if (pid := server.process.pid) is not None]

    def _run(self) -> None:
        if not self._running:
            self._running = [asyncio.create_task(server.run()) for server in self._servers]

    def _complain_if_broken(self) -> None:
        if all(server.broken for server in self._servers):
            raise SpeechFailed(self._servers[0].broken)

    async def _ask(self, text: str) -> tuple[int, bytes]:
        job = Job(text, asyncio.get_running_loop().create_future())
        self._jobs.put_nowait(job)
        return await job.done


def _joined(raw: list[tuple[int, bytes]], prosody: Prosody) -> bytes:
    rate = raw[0][0]
    gap = numpy.zeros(rate * GAP_MS // 1000, dtype=numpy.float32)
    parts = [from_pcm(pcm) for _, pcm in raw]
    return fit(numpy.concatenate([x for part in parts for x in (gap, part)][1:]), rate, prosody)
