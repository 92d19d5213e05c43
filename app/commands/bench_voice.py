"""`./otklik bench voice`: how soon the robot answers on the telephone, what it hears, when it yields; Pipecat alongside."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import settings as configuration
from app import voice_tools
from app.bootstrap import environments
from app.bootstrap.steps import Steps
from app.commands import bench_voice_report
from app.paths import HERE
from app.problems import Problem
from app.running.supervisor import stop_on_signals
from app.system_packages import install
from app.training.train import Model, ensure_model
from app.voice_extra import check_extra

if TYPE_CHECKING:
    from benchmarks.voice_figures import Level, Turn
    from benchmarks.voice_house import House
    from benchmarks.voice_load import Dial, Sounds
    from benchmarks.voice_offline import Intent
    from benchmarks.voice_turns import Script

CALLERS, QUICK_CALLERS = (1, 2, 3, 4, 6, 8, 12), (2,)
LEVEL_S, QUICK_LEVEL_S = 20.0, 10.0
PEERS = {
    "pipecat": {"stop": "smart", "ears": "ours"},
    "pipecat_tuned": {"stop": "timeout", "ears": "ours"},
    "pipecat_own_whisper": {"stop": "smart", "ears": "own"},
}
"""Pipecat as it comes with our recogniser and voice; ending a turn after our 0.6 s; as it comes with its own Whisper service."""
SHARE = {"pipecat": 1, "pipecat_tuned": 3, "pipecat_own_whisper": 5}
"""Every so many-th call is made to a peer too: all to the one that is compared, fewer to those that tell what it depends on."""


def run(as_json: bool, quick: bool, peer: bool) -> int:
    """Measure and print a table, with `as_json` one object last; 0 once all is measured. Raises Problem."""
    check_extra()
    stop_on_signals()
    began = time.monotonic()
    steps = Steps()
    if peer and not environments.ready(HERE, environments.PEERS):
        raise Problem(
            "Нет окружения с Pipecat: запустите ./otklik bench voice, она его поставит, или добавьте --no-peer."
        )
    model, weights = _prepare(steps)
    result, meant = asyncio.run(_alone(weights, quick, steps))
    result |= _house(model, weights, meant, quick, peer, steps)
    result["seconds"] = round(time.monotonic() - began)
    bench_voice_report.show(result)
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    return 0


def _prepare(steps: Steps) -> tuple[Model, Path]:
    settings = configuration.load()
    missing = [] if voice_tools.festival() else voice_tools.FESTIVAL_PACKAGES
    missing = [*missing, *([] if voice_tools.human_prompts() else voice_tools.HUMAN_PROMPTS_PACKAGES)]
    if missing and not install(missing, steps):
        raise Problem("Без голоса звонящих и без записей человека измерять нечего: поставьте названные пакеты.")
    return ensure_model(HERE, steps), voice_tools.ensure_weights(settings, steps)


async def _alone(weights: Path, quick: bool, steps: Steps) -> tuple[dict[str, Any], list[Intent]]:
    """What needs no house."""
    from benchmarks import voice_offline

    recogniser = await asyncio.to_thread(voice_offline.hearing, weights)
    try:
        with steps.step("Распознаю записи человека и фразы граждан"):
            words = await voice_offline.words(recogniser, quick)
            meant = await voice_offline.intents(recogniser, quick)
        with steps.step("Перебиваю робота речью и шумом"):
            barge_in = await voice_offline.barge_in(recogniser, quick)
            false = await asyncio.to_thread(voice_offline.false_barge_ins, quick)
    finally:
        await recogniser.close()
    return bench_voice_report.alone(words, barge_in, false), meant


def _house(
    model: Model, weights: Path, meant: Sequence[Intent], quick: bool, peer: bool, steps: Steps
) -> dict[str, Any]:
    """What needs the running house: calls one by one, calls at once, intents, and the peer's calls to the same dialogue."""
    from benchmarks import voice_house, voice_load, voice_offline, voice_turns
    from benchmarks.voice_figures import most, summary

    scripts = voice_turns.scripts(random.Random(time.time_ns()), quick=quick)
    with steps.step("Готовлю голоса звонящих"):
        sounds = voice_offline.spoken([*voice_turns.sentences(scripts), *voice_turns.ASKED])
    wanted = [] if not peer else ["pipecat"] if quick else list(PEERS)
    with voice_house.house(model, weights, steps) as house:
        holding, ours = voice_house.holding_lines(), voice_load.ours(house.url)
        with steps.step("Намерения: из речи и из того же текста"):
            result = _intents(house, meant)
        with contextlib.ExitStack() as exits:
            dials = {"": ours}
            for name in wanted:
                with steps.step(f"Запускаю: {bench_voice_report.PEERS[name]}"):
                    port = exits.enter_context(voice_house.pipecat(house, weights, **PEERS[name]))
                    dials[name] = voice_load.peers(port)
            turns = _calls(scripts, dials, sounds, holding, steps)
        _keep(turns, steps)
        for name, one in turns.items():
            result[name or "turns"] = summary(one)
            result |= bench_voice_report.first_audio(f"{name}_" if name else "", result[name or "turns"])
        with steps.step("Звоню всё больше") as step:
            counts, lasts = (QUICK_CALLERS, QUICK_LEVEL_S) if quick else (CALLERS, LEVEL_S)

            def tell(one: Level) -> None:
                step.note = f"{one.callers}: p95 {one.p95 or 0:.0f} мс"

            levels = asyncio.run(voice_load.ramp(counts, lasts, ours, sounds, holding, tell))
        result["levels"] = [one.as_dict() for one in levels]
        result["calls_at_once"] = most(levels, voice_load.SLOW_MS)
    return result


def _calls(
    scripts: Sequence[Script], dials: Mapping[str, Dial], sounds: Sounds, holding: frozenset[str], steps: Steps
) -> dict[str, list[Turn]]:
    """Each call to us, and right after it to the peers: what else the machine does then slows all of them."""
    from benchmarks.voice_load import play

    turns: dict[str, list[Turn]] = {name: [] for name in dials}
    with steps.step("Звоню по одному") as step:
        for number, script in enumerate(scripts):
            for name, dial in dials.items():
                if number % SHARE.get(name, 1) == 0:
                    step.note = f"звонок {number + 1} из {len(scripts)}: {name or 'Отклик'}"
                    turns[name] += asyncio.run(play(script, dial, sounds, holding))
    return turns


def _keep(turns: Mapping[str, Sequence[Turn]], steps: Steps) -> None:
    """Every turn as it went, for whoever wants to know why a figure is what it is."""
    file = HERE.logs / "voice-turns.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"who": name or "otklik"} | dataclasses.asdict(turn) for name, one in turns.items() for turn in one]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    steps.say(f"Каждая реплика: {HERE.shown(file)}")


def _intents(house: House, meant: Sequence[Intent]) -> dict[str, Any]:
    from benchmarks.voice_house import intent_of

    written = [intent_of(house.rasa_url, one.text) == one.intent for one in meant]
    heard = [bool(one.heard) and intent_of(house.rasa_url, one.heard) == one.intent for one in meant]
    return {
        "intent_accuracy_text": round(sum(written) / len(meant), 4),
        "intent_accuracy_speech": round(sum(heard) / len(meant), 4),
        "intents": len(meant),
        "intents_lost_in_hearing": [
            {"said": one.text, "heard": one.heard, "intent": one.intent}
            for one, right, still in zip(meant, written, heard, strict=True) if right and not still
        ],
    }  # fmt: skip
