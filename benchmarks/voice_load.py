"""Callers who hold real calls in real time with whoever answers an AudioSocket, one after the other or many at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from app.calling import call
from app.problems import Problem
from benchmarks.keeping import until
from benchmarks.voice_figures import Level, Turn, judge
from benchmarks.voice_turns import ASKED, Line, Script
from voice.audio import FRAME_MS, frames
from voice.audiosocket.caller import Caller
from voice.player import audible

OVER_AFTER = 0.6
"""Seconds of the robot's answer that a caller hears before she speaks over it."""
QUIET = 1.0
"""Seconds without sound after which the robot has said all."""
LONGEST = 12.0
"""Seconds of the robot's answer that anybody hears before she speaks."""
ANSWER_WITHIN = 12.0
SLOW_MS = 1500.0
"""First sound later than this for one turn in twenty: too many callers."""
FOREVER = 3600.0

Sounds = Mapping[str, bytes]
"""The sentences as sound, trimmed."""


class Talk(Protocol):
    """One call under way."""

    socket: Caller

    async def transcript(self) -> dict[str, Any]:
        """As `app.calling.OneCall`."""


@dataclass
class Peers:
    """A call to somebody who keeps no transcript."""

    socket: Caller

    async def transcript(self) -> dict[str, Any]:
        """Nothing."""
        return {"entries": []}


Dial = Callable[[str], AbstractAsyncContextManager[Talk]]
"""Rings a number up."""


def ours(url: str) -> Dial:
    """Calls to our house, announced as a PBX does it."""
    return lambda number: call(url, dialled=number)


def peers(port: int) -> Dial:
    """Calls to a peer on this machine, which paces and fills in silence as it likes."""

    @asynccontextmanager
    async def dial(_number: str) -> AsyncIterator[Talk]:
        async with Caller.connect("127.0.0.1", port, str(uuid4()), silence_s=FOREVER) as socket:
            yield Peers(socket)

    return dial


async def play(script: Script, dial: Dial, sounds: Sounds, holding: frozenset[str] = frozenset()) -> list[Turn]:
    """One call from the greeting, which is spoken over, to its last answer. `holding`: the lines that ask for patience."""
    turns: list[Turn] = []
    async with dial(script.dialled) as talk:
        since = time.monotonic()
        for line in script.lines:
            await _listen(talk.socket, since, over=line.over)
            if talk.socket.hung_up:
                break
            turn, since = await _turn(talk, line, sounds[line.text], holding)
            turns.append(turn)
    return turns


async def _listen(socket: Caller, since: float, *, over: bool) -> None:
    """Hear the robot out, or a second of it."""
    try:
        async with asyncio.timeout(LONGEST):
            await socket.sounded(since)
            if over:
                await asyncio.sleep(OVER_AFTER)
                return
            await until(lambda: socket.hung_up or time.monotonic() - _last_sound(socket) > QUIET, FRAME_MS / 1000)
    except TimeoutError:
        pass


def _last_sound(socket: Caller) -> float:
    return next((at for at, frame in reversed(socket.received) if audible(frame)), 0.0)


async def _turn(talk: Talk, line: Line, sound: bytes, holding: frozenset[str]) -> tuple[Turn, float]:
    """Say a sentence and wait for the first sound of the answer; the turn, and the moment when she was done."""
    seen = len((await talk.transcript())["entries"])
    before = len(talk.socket.received)
    talk.socket.say(sound)
    ended = await talk.socket.said()
    began = ended - (len(frames(sound)) - 1) * FRAME_MS / 1000
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await talk.socket.sounded(ended + 0.05)
    except TimeoutError:
        pass
    await asyncio.sleep(0.1)
    new = (await talk.transcript())["entries"][seen:]
    heard = next((number for number, entry in enumerate(new) if entry["who"] == "caller"), len(new))
    robot = [str(entry["text"]) for entry in new if entry["who"] == "robot"]
    # Figures that stand before her words are those of the turn before, which was slow.
    stages: dict[str, Any] = next((entry for entry in new[heard:] if entry["text"] == "stages"), {})
    early = max(0, before - 50)
    judged = judge(talk.socket.received[early:], began, ended)
    turn = Turn(
        line.kind, line.text, judged, line.over, line.dynamic, any(text in holding for text in robot),
        {name: float(value) for name, value in stages.items() if name.endswith("_ms")}, " ".join(robot),
    )  # fmt: skip
    return turn, ended


async def level(callers: int, seconds: float, dial: Dial, sounds: Sounds, holding: frozenset[str], seed: int) -> Level:
    """So many callers for so long, each asking after a pause for thought, never two of them at the same moment by plan."""
    chance = random.Random(seed)
    begin = time.monotonic()
    tasks = [
        asyncio.create_task(_asks(random.Random(chance.random()), begin, seconds, dial, sounds, holding, n / callers))
        for n in range(callers)
    ]
    done = await asyncio.gather(*tasks)
    return Level(callers, tuple(turn for turns, _ in done for turn in turns), sum(broken for _, broken in done))


async def _asks(
    chance: random.Random,
    begin: float,
    seconds: float,
    dial: Dial,
    sounds: Sounds,
    holding: frozenset[str],
    shift: float,
) -> tuple[list[Turn], int]:
    turns: list[Turn] = []
    await asyncio.sleep(shift * 3)
    try:
        async with dial(chance.choice(("122", "1220"))) as talk:
            since = time.monotonic()
            while time.monotonic() - begin < seconds and not talk.socket.hung_up:
                await _listen(talk.socket, since, over=True)
                await asyncio.sleep(chance.uniform(0.5, 2.5))
                line = Line(chance.choice(ASKED), "info")
                turn, since = await _turn(talk, line, sounds[line.text], holding)
                turns.append(turn)
            return turns, int(bool(talk.socket.violations) or talk.socket.hung_up)
    except (Problem, OSError):
        return turns, 1


async def ramp(
    counts: Sequence[int],
    seconds: float,
    dial: Dial,
    sounds: Sounds,
    holding: frozenset[str],
    tell: Callable[[Level], None],
) -> list[Level]:
    """More and more callers until they wait too long."""
    levels: list[Level] = []
    for number, callers in enumerate(counts):
        levels.append(await level(callers, seconds, dial, sounds, holding, number))
        tell(levels[-1])
        if not levels[-1].well(SLOW_MS):
            break
    return levels
