"""Kills the assistant, Rasa and the database at random moments while citizens at all doors ask, and judges what they saw."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.bootstrap.steps import seconds
from benchmarks import ledger
from benchmarks.chairs import Chairs, Visit
from benchmarks.keeping import Kept
from benchmarks.questions import Question
from benchmarks.world import DOORS, IDEMPOTENT, World
from bot.store import StoreAway

CITIZENS = 2
"""Places at each door."""
WEIGHTS = {"assistant": 0.70, "rasa": 0.15, "database": 0.15}
BETWEEN = (0.3, 6.0)
"""Seconds from the assistant's answer to the next kill."""
QUIET_WITHIN = 180.0
QUIET_FOR = 3.0
"""Seconds without anything to do that count as the end."""
NEAR = 8.0
"""Seconds around a message within which a kill is named in the evidence."""
NOTICES = ("Минутку: мне нужен короткий перерыв", "Вы пишете очень быстро")
"""How a notice begins that is no answer and no fault."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Kill:
    """Who was killed, and when in seconds since the start."""

    victim: str
    at: float


@dataclass
class Count:
    """What became of the messages of one door."""

    sent: int = 0
    answered: int = 0
    lost: int = 0
    order_violations: int = 0
    duplicates: int = 0
    notices: int = 0
    strange: int = 0
    """Texts that are neither an answer nor a known notice: excuses, questions back."""
    unstored: int = 0
    """Messages that the database does not hold exactly once."""

    def __add__(self, other: Count) -> Count:
        mine, theirs = asdict(self), asdict(other)
        return Count(**{name: mine[name] + theirs[name] for name in mine})


@dataclass
class Run:
    """The outcome over one database. `evidence` has one object for each thing that should not have been."""

    database: str
    kills: list[Kill] = field(default_factory=list)
    channels: dict[str, Count] = field(default_factory=dict)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    quiet: bool = False
    seconds: float = 0.0
    rasa_up: float = 0.0
    """Share of the time in which Rasa answered."""
    assistant_up: float = 0.0


async def run(world: World, questions: Sequence[Question], kills: int, rng: random.Random, say: Say) -> Run:
    """Kill `kills` times, wait until all is quiet, and judge. A cancellation ends the killing, not the judging."""
    result, began = Run(world.database), time.monotonic()
    chairs = Chairs([door for door in DOORS for _ in range(CITIZENS)], world.citizen, questions, rng)
    before = world.rasa.up_for, world.assistant.up_for
    chairs.start()
    try:
        try:
            await _kill(world, chairs, kills, rng, result, began, say)
        except asyncio.CancelledError:
            say("Прервано: больше никого не останавливаю, жду, пока всё утихнет (ещё раз Ctrl-C — выйти сразу).")
            if task := asyncio.current_task():
                task.uncancel()
        lasted = time.monotonic() - began
        result.rasa_up = round((world.rasa.up_for - before[0]) / lasted, 2)
        result.assistant_up = round((world.assistant.up_for - before[1]) / lasted, 2)
        await chairs.hush()
        result.quiet = await quiet(world, chairs, say)
        await _judge(world, chairs.visits, result, began)
    finally:
        await chairs.leave()
    result.crashes = world.assistant.crashes + world.rasa.crashes
    result.seconds = round(time.monotonic() - began, 1)
    return result


async def _kill(
    world: World, chairs: Chairs, kills: int, rng: random.Random, result: Run, began: float, say: Say
) -> None:
    weights = {who: share for who, share in WEIGHTS.items() if who != "database" or world.postgres}
    rasa_seen = True
    await asyncio.sleep(5)
    while len(result.kills) < kills:
        await world.assistant.up.wait()
        await asyncio.sleep(rng.uniform(*BETWEEN))
        rasa_seen |= world.rasa.up.is_set()
        victim = rng.choices(list(weights), list(weights.values()))[0]
        if victim == "rasa" and not rasa_seen:
            # Killed before it was ever up again, it would not answer anybody in the whole run.
            victim = "assistant"
        result.kills.append(Kill(victim, round(time.monotonic() - began, 2)))
        if victim == "database" and world.postgres:
            await asyncio.to_thread(world.postgres.kill)
            await asyncio.to_thread(world.postgres.start)
        else:
            killed: Kept = getattr(world, victim)
            killed.kill()
            rasa_seen = rasa_seen and victim != "rasa"
        if len(result.kills) % 10 == 0 or len(result.kills) == kills:
            say(_progress(world, chairs, result, kills, time.monotonic() - began))


def _progress(world: World, chairs: Chairs, result: Run, kills: int, lasted: float) -> str:
    verdicts = [visit.verdict() for visit in chairs.visits]
    open_ = sum(len(v.lost) for v in verdicts)
    twice, late = sum(len(v.duplicates) for v in verdicts), sum(len(v.violations) for v in verdicts)
    return (
        f"  {world.database}: {len(result.kills)} из {kills} за {seconds(lasted)}; вопросов {sum(chairs.asked().values())}, "
        f"без ответа пока {open_}, дважды {twice}, не по порядку {late}"
    )


async def quiet(world: World, chairs: Chairs, say: Say, within: float = QUIET_WITHIN) -> bool:
    """Wait until everything asked has arrived, is answered and is sent; False when it is not so `within` seconds."""
    end, since, told = time.monotonic() + within, 0.0, 0.0
    while time.monotonic() < end:
        try:
            left = await ledger.waiting(world.store)
            # Every word in a messenger is one event; the other doors know themselves what has not arrived.
            arrived = all(left.events.get(name, 0) >= chairs.asked().get(name, 0) for name in world.fakes)
            still = left.nothing and arrived and chairs.settled()
            words = left.words()
        except StoreAway:
            still, words = False, "база недоступна"
        now = time.monotonic()
        since = (since or now) if still else 0.0
        if since and now - since >= QUIET_FOR:
            return True
        if now - told > 15 and not still:
            told = now
            say(f"  жду тишины: {words}")
        await asyncio.sleep(0.5)
    say(f"⚠ За {seconds(within)} не утихло: {words}.")
    return False


async def _judge(world: World, visits: Sequence[Visit], result: Run, began: float) -> None:
    stored = await ledger.citizens_messages(world.store)
    wrong: dict[str, list[str]] = {}
    for visit in visits:
        channel, verdict = visit.citizen.channel, visit.verdict()
        known = [n for n in verdict.notices if n.text.startswith(NOTICES)]
        unstored = [s.id for s in visit.said if stored.get(channel, {}).get(s.id) != 1]
        count = Count(
            sent=len(visit.said), answered=len(verdict.answered), lost=len(verdict.lost),
            order_violations=len(verdict.violations), duplicates=len(verdict.duplicates), notices=len(known),
            strange=len(verdict.notices) - len(known), unstored=len(unstored) + visit.citizen.refused,
        )  # fmt: skip
        result.channels[channel] = result.channels.get(channel, Count()) + count
        faults = [("lost", n) for n in verdict.lost] + [("order", n) for n in verdict.violations]
        faults += [("duplicate", n) for n in dict.fromkeys(verdict.duplicates)]
        faults += [("unstored", s.number) for s in visit.said if s.id in unstored]
        for kind, number in faults:
            said = visit.said[number]
            wrong.setdefault(channel, []).append(said.id)
            heard = [h for h in (verdict.answers.get(number), *(h for n, h in verdict.repeats if n == number)) if h]
            times = [round(h.at - began, 2) for h in heard]
            result.evidence.append(
                {"kind": kind, "database": world.database, "channel": channel, "peer": visit.citizen.peer,
                 "message": number, "id": said.id, "said_at": round(said.at - began, 2), "heard_at": times,
                 "kills_near": _near(result.kills, [said.at - began, *times])}
            )  # fmt: skip
        result.evidence += [
            {"kind": "strange", "database": world.database, "channel": channel, "peer": visit.citizen.peer,
             "text": n.text[:200], "heard_at": [round(n.at - began, 2)], "kills_near": _near(result.kills, [n.at - began])}
            for n in verdict.notices if n not in known
        ]  # fmt: skip
    ways = await ledger.trails(world.store, wrong)
    for one in result.evidence:
        if "id" in one:
            one["stored"] = ways.get((one["channel"], one["id"]))
    result.dropped = await ledger.dropped(world.store)


def _near(kills: Sequence[Kill], moments: Sequence[float]) -> list[dict[str, Any]]:
    return [asdict(kill) for kill in kills if any(abs(kill.at - moment) <= NEAR for moment in moments)]


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """The figures of all runs as the JSON line tells them."""
    channels: dict[str, Count] = {}
    for one in runs:
        for name, count in one.channels.items():
            channels[name] = channels.get(name, Count()) + count
    total = sum(channels.values(), Count())
    kills = [kill.victim for one in runs for kill in one.kills]
    return {
        "kills": len(kills),
        "kills_of": {who: kills.count(who) for who in WEIGHTS},
        "sent": total.sent,
        "answered": total.answered,
        "lost": total.lost,
        "order_violations": total.order_violations,
        "duplicates_idempotent": sum(c.duplicates for name, c in channels.items() if name in IDEMPOTENT),
        "duplicates_other": sum(c.duplicates for name, c in channels.items() if name not in IDEMPOTENT),
        "notices": total.notices,
        "strange": total.strange,
        "not_stored_once": total.unstored,
        "channels": {name: asdict(count) for name, count in channels.items()},
        "databases": {
            one.database: {
                "kills": len(one.kills), "quiet": one.quiet, "seconds": one.seconds, "rasa_up": one.rasa_up,
                "assistant_up": one.assistant_up, "crashes": one.crashes, "dropped": one.dropped,
                "channels": {name: asdict(count) for name, count in one.channels.items()},
            } for one in runs
        },
        "seconds": round(sum(one.seconds for one in runs), 1),
    }  # fmt: skip


def well(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept."""
    return not (figures["lost"] or figures["order_violations"] or figures["duplicates_idempotent"])
