"""A crowd at all doors that writes at a given pace, whether it is answered or not, and how long each answer took."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.chairs import Visit
from benchmarks.judging import Said
from benchmarks.questions import Question
from benchmarks.world import DOORS, World

BREATH = 4.0
"""Seconds at least between two questions of one citizen."""
STEP = 0.5
"""Seconds between two looks whether all is answered."""


@dataclass(frozen=True)
class Timed:
    """One answered question: its door, its id there, when it was asked (monotonic), and seconds until the answer was there."""

    channel: str
    id: str
    at: float
    took: float


@dataclass
class _Member:
    visit: Visit
    questions: list[Question]
    last: float = 0.0


@dataclass
class Stretch:
    """What became of one stretch of talk: `answered`, and how many questions were asked and are open."""

    answered: list[Timed] = field(default_factory=list)
    asked: int = 0
    open: int = 0
    twice: int = 0


class Crowd:
    """Citizens come as they are needed, and stay until `leave`."""

    def __init__(self, world: World, questions: Sequence[Question], rng: random.Random) -> None:
        self._world, self._questions, self._rng = world, questions, rng
        self._idle: dict[str, deque[_Member]] = {door: deque() for door in DOORS}
        self._all: list[Visit] = []

    async def speak(self, rate: float, duration: float) -> None:
        """Write `rate` messages a second in all, at random moments, for `duration` seconds."""
        await self._gather(rate)
        doors = itertools.cycle(DOORS)
        now = due = time.monotonic()
        end = now + duration
        while (due := due + self._rng.expovariate(rate)) < end:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._ask(next(doors))

    async def drained(self, within: float) -> float | None:
        """Wait until every question is answered; how many seconds that took, None when it was not within `within`."""
        began = time.monotonic()
        while self.heard().open:
            if time.monotonic() - began > within:
                return None
            await asyncio.sleep(STEP)
        return time.monotonic() - began

    def heard(self, since: float = 0.0, until: float = float("inf")) -> Stretch:
        """What became of the questions asked between two moments."""
        total = Stretch()
        for visit in self._all:
            verdict, asked = visit.verdict(), [s for s in visit.said if since <= s.at < until]
            total.asked += len(asked)
            total.twice += len(verdict.duplicates)
            for one in asked:
                answer = verdict.answers.get(one.number)
                if answer is None:
                    total.open += 1
                else:
                    total.answered.append(Timed(visit.citizen.channel, one.id, one.at, answer.at - one.at))
        return total

    async def leave(self) -> None:
        """Everybody goes home."""
        await asyncio.gather(*(visit.citizen.close() for visit in self._all))

    async def _gather(self, rate: float) -> None:
        """So many citizens that each has time to breathe; coming in is not what is measured."""
        for door, idle in self._idle.items():
            while len(idle) < rate * BREATH * 1.5 / len(DOORS):
                idle.append(await self._newcomer(door))
        await asyncio.sleep(1)

    async def _newcomer(self, door: str) -> _Member:
        member = _Member(
            Visit(self._world.citizen(door)), self._rng.sample(list(self._questions), len(self._questions))
        )
        await member.visit.citizen.open()
        self._all.append(member.visit)
        return member

    async def _ask(self, door: str) -> None:
        idle = self._idle[door]
        rested = idle and time.monotonic() - idle[0].last >= BREATH
        member = idle.popleft() if rested else await self._newcomer(door)
        question, said = member.questions.pop(), member.visit.said
        member.last = time.monotonic()
        said.append(Said(len(said), member.visit.citizen.say(question.text), question.answer, member.last))
        if member.questions:
            idle.append(member)
