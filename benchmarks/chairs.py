"""Places at the doors: one citizen after the other asks her round of questions there, without waiting for answers."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.citizens import Citizen
from benchmarks.judging import Said, Verdict, judge
from benchmarks.keeping import until
from benchmarks.questions import Question

PAUSE = (3.1, 4.5)
"""Seconds between two questions: more than what the inbox joins into one."""
PATIENCE = 25
"""Open questions after which a citizen waits for an answer before she asks on."""
LINGER = 20.0
"""Seconds a citizen whose questions are all answered stays to see whether something is said twice."""


@dataclass
class Visit:
    """One citizen and what she asked. `done` when she has left."""

    citizen: Citizen
    said: list[Said] = field(default_factory=list)
    done: bool = False

    def verdict(self) -> Verdict:
        """How her questions stand now."""
        return judge(self.said, self.citizen.heard())

    def patient(self) -> bool:
        """Whether she would ask on before she is answered."""
        return len(self.verdict().lost) < PATIENCE

    def content(self) -> bool:
        """Whether nothing is owed to her."""
        return self.citizen.settled() and not self.verdict().lost


class Chairs:
    """`chairs` names the door of each place."""

    def __init__(
        self,
        chairs: Sequence[str],
        newcomer: Callable[[str], Citizen],
        questions: Sequence[Question],
        rng: random.Random,
        pause: tuple[float, float] = PAUSE,
    ) -> None:
        self.visits: list[Visit] = []
        self._chairs, self._newcomer, self._questions, self._rng, self._pause = chairs, newcomer, questions, rng, pause
        self._asking: list[asyncio.Task[None]] = []
        self._leaving: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Let everybody begin."""
        self._asking = [asyncio.create_task(self._chair(door)) for door in self._chairs]

    async def hush(self) -> None:
        """Nobody asks any more; everybody stays and listens."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def leave(self) -> None:
        """Everybody goes home."""
        await self.hush()
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        await asyncio.gather(*(visit.citizen.close() for visit in self.visits if not visit.done))

    def settled(self) -> bool:
        """Whether everything asked has reached the assistant or the platform."""
        return all(visit.citizen.settled() for visit in self.visits)

    def asked(self) -> dict[str, int]:
        """How many questions were asked, by door."""
        count: dict[str, int] = {}
        for visit in self.visits:
            count[visit.citizen.channel] = count.get(visit.citizen.channel, 0) + len(visit.said)
        return count

    async def _chair(self, door: str) -> None:
        while True:
            visit = Visit(self._newcomer(door))
            await visit.citizen.open()
            self.visits.append(visit)
            for question in self._rng.sample(list(self._questions), len(self._questions)):
                await asyncio.sleep(self._rng.uniform(*self._pause))
                await until(visit.patient, 1)
                now = time.monotonic()
                visit.said.append(Said(len(visit.said), visit.citizen.say(question.text), question.answer, now))
            task = asyncio.create_task(self._leave(visit))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _leave(self, visit: Visit) -> None:
        await until(visit.content, 2)
        await asyncio.sleep(LINGER)
        visit.done = True
        await visit.citizen.close()
