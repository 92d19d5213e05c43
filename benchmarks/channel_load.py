"""How fast the doors are: from a platform's event to the answer there, what waits, and what one flood does to others."""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import mean, median, quantiles

import aiohttp

from benchmarks import ledger
from benchmarks.crowd import Crowd, Stretch, Timed
from benchmarks.keeping import busy, resident
from benchmarks.questions import Question
from benchmarks.world import World

CALLED = ("telegram", "vk", "max")
"""Doors with inbox and outbox."""
DRAIN = 60.0
"""Seconds within which everything has to be answered after a stretch."""
AT_ONCE = 2.0
"""Seconds after the last message within which nothing may be left waiting, for a pace to count as kept."""
GOOD = 1.0
"""Seconds that 95 % of answers keep within at a pace that counts as kept."""
NEARLY = 20
"""Events of the others that may be under way when a flood counts as over."""
FLOOD_PEER, FLOOD_WORDS = "666001", "Вы пишете очень быстро"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Pace:
    """What was measured at one pace. Milliseconds; `overhead` is what door, inbox and outbox add to the robot's own turn."""

    per_second: float
    asked: int
    unanswered: int
    p50_ms: float
    p95_ms: float
    turn_ms: float
    """Mean of the robot's turns by the assistant's own clock."""
    overhead_p50_ms: float
    overhead_p95_ms: float
    """Over Telegram, VK and MAX."""
    waiting: int
    """Questions without an answer when the last one was asked."""
    drained_s: float | None
    """Seconds until all were answered; None: not within a minute."""
    channels: dict[str, dict[str, float]] = field(default_factory=dict)
    memory_mb: dict[str, int] = field(default_factory=dict)
    cpu_ms: dict[str, float] = field(default_factory=dict)
    """Processor time a message cost each process, the bench with its fakes and citizens too."""

    @property
    def kept(self) -> bool:
        """Whether the assistant can go on at this pace for ever."""
        return self.drained_s is not None and self.drained_s <= AT_ONCE and self.p95_ms < GOOD * 1000


@dataclass(frozen=True)
class Flood:
    """What the flood of one citizen did. `ratio`: the others' p95 with it, over that without it."""

    messages: int
    lasted_s: float
    """Until it was taken and read."""
    others_before_p95_ms: float
    others_during_p95_ms: float
    """Within as long a time, which begins with the flood."""
    others_meanwhile_p95_ms: float
    """Within the few seconds until it was read."""
    ratio: float
    answers: int
    warned: int
    unanswered: int


async def pace(world: World, questions: Sequence[Question], rate: float, duration: float, rng: random.Random) -> Pace:
    """Measure one pace for `duration` seconds, after two seconds of running in."""
    crowd = Crowd(world, questions, rng)
    try:
        await crowd.speak(rate, 2)
        await crowd.drained(DRAIN)
        first, turns = await ledger.last_message(world.store), await _turns(world.url)
        since, used = time.monotonic(), _busy(world)
        await crowd.speak(rate, duration)
        waiting = crowd.heard(since).open
        memory = _memory(world)
        drained = await crowd.drained(DRAIN)
        heard, spent = crowd.heard(since), _busy(world)
        after = await _turns(world.url)
        within = await ledger.answering(world.store, first)
    finally:
        await crowd.leave()
    count = after[1] - turns[1]
    turn = (after[0] - turns[0]) / count if count else 0.0
    extra = _overheads(heard, within, turn)
    messengers = [ms for channel, found in extra.items() if channel in CALLED for ms in found]
    return Pace(
        per_second=rate, asked=heard.asked, unanswered=heard.open,
        p50_ms=_ms(heard.answered, 50), p95_ms=_ms(heard.answered, 95), turn_ms=round(turn * 1000, 1),
        overhead_p50_ms=_share(messengers, 50), overhead_p95_ms=_share(messengers, 95),
        waiting=waiting, drained_s=None if drained is None else round(drained, 1),
        channels={
            channel: {
                "p50_ms": _ms([t for t in heard.answered if t.channel == channel], 50),
                "p95_ms": _ms([t for t in heard.answered if t.channel == channel], 95),
                "overhead_p50_ms": _share(found, 50), "overhead_p95_ms": _share(found, 95),
            } for channel, found in extra.items()
        },
        memory_mb=memory,
        cpu_ms={name: round((spent[name] - used[name]) * 1000 / max(1, heard.asked), 1) for name in used},
    )  # fmt: skip


def _overheads(heard: Stretch, within: dict[tuple[str, str], float], turn: float) -> dict[str, list[float]]:
    """Milliseconds each answer took beside the robot's turn, by channel.

    The database knows when a message was about to be stored, not when its turn began a transaction later. So the mean of that
    difference, which the assistant's own clock of turns tells, is added to every message.
    """
    known = [(one, within[one.channel, one.id]) for one in heard.answered if (one.channel, one.id) in within]
    late = mean(seconds for _, seconds in known) - turn if known else 0.0
    found: dict[str, list[float]] = {}
    for one, seconds in known:
        found.setdefault(one.channel, []).append((one.took - seconds + late) * 1000)
    return found


async def flood(
    world: World, questions: Sequence[Question], messages: int, rate: float, rng: random.Random, calm: float
) -> Flood:
    """`messages` of one Telegram citizen at once, while others write `rate` a second; `calm` seconds without, and with it."""
    crowd = Crowd(world, questions, rng)
    try:
        await crowd.speak(rate, 2)
        began = time.monotonic()
        await crowd.speak(rate, calm)
        before_flood = (await ledger.waiting(world.store)).events.get("telegram", 0)
        middle = time.monotonic()
        for number in range(messages):
            world.telegram.say(FLOOD_PEER, f"ну ответьте же, {number}")
        others = asyncio.create_task(crowd.speak(rate, calm))
        await _flood_over(world, before_flood + messages)
        read = time.monotonic()
        await others
        await crowd.drained(DRAIN)
        before, during, meanwhile = crowd.heard(began, middle), crowd.heard(middle), crowd.heard(middle, read)
    finally:
        await crowd.leave()
    calm_p95, flood_p95 = _ms(before.answered, 95), _ms(during.answered, 95)
    answers = world.telegram.to(FLOOD_PEER)
    return Flood(
        messages=messages, lasted_s=round(read - middle, 1), others_before_p95_ms=calm_p95,
        others_during_p95_ms=flood_p95, others_meanwhile_p95_ms=_ms(meanwhile.answered, 95),
        ratio=round(flood_p95 / calm_p95, 2) if calm_p95 else 0.0,
        answers=len(answers), warned=sum(a.text.startswith(FLOOD_WORDS) for a in answers),
        unanswered=before.open + during.open,
    )  # fmt: skip


async def _flood_over(world: World, events: int, within: float = 300.0) -> None:
    """Wait until the inbox has taken this many events of Telegram and worked off nearly all it has."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        await asyncio.sleep(1)
        left = await ledger.waiting(world.store)
        if left.events.get("telegram", 0) >= events and left.raw < NEARLY:
            return


async def _turns(url: str) -> tuple[float, float]:
    """Seconds and number of all turns so far, by the assistant's own figures."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as response:
        text = await response.text()

    def total(name: str) -> float:
        return sum(float(value) for value in re.findall(rf"^otklik_turn_seconds_{name}\S* (\S+)$", text, re.MULTILINE))

    return total("sum"), total("count")


def _memory(world: World) -> dict[str, int]:
    return {kept.program.title: round(resident(kept.pid)) for kept in (world.assistant, world.rasa)}


def _busy(world: World) -> dict[str, float]:
    found = {kept.program.title: busy(kept.pid) for kept in (world.assistant, world.rasa)}
    return found | {"измерение": busy(os.getpid())}


def _ms(answers: Sequence[Timed], percent: int) -> float:
    return _share([one.took * 1000 for one in answers], percent)


def _share(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of 100 keep within; 0 for none."""
    if len(values) < 2:
        return round(values[0], 1) if values else 0.0
    return round(median(values) if percent == 50 else quantiles(values, n=100)[percent - 1], 1)


def summary(paces: Sequence[Pace], dropped: int, flooded: Flood | None) -> dict[str, object]:
    """The figures as the JSON line tells them; those at 20 a second are None when that pace was not measured."""
    at_20 = next((p for p in paces if p.per_second == 20), None)
    knee = max((p for p in paces if p.kept), key=lambda p: p.per_second, default=None)
    slowest = min(paces, key=lambda p: p.per_second)
    return {
        "overhead_p95_ms_at_20": at_20.overhead_p95_ms if at_20 else None,
        "p50_ms": at_20.p50_ms if at_20 else None,
        "p95_ms": at_20.p95_ms if at_20 else None,
        "p50_ms_at_lowest": slowest.p50_ms,
        "p95_ms_at_lowest": slowest.p95_ms,
        "overhead_p95_ms_at_lowest": slowest.overhead_p95_ms,
        "knee_per_second": knee.per_second if knee else 0,
        "p95_ms_at_knee": knee.p95_ms if knee else None,
        "dropped": dropped,
        "flood_delay_ratio": flooded.ratio if flooded else None,
        "flood": asdict(flooded) if flooded else None,
        "memory_mb": max((sum(p.memory_mb.values()) for p in paces), default=0),
        "rates": [asdict(p) for p in paces],
    }
