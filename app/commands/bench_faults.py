"""`./otklik bench faults`: processes are killed at random while citizens write at every door; what was lost or said twice."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from app.bootstrap.steps import Steps, seconds
from app.paths import HERE
from app.problems import Problem
from app.running.postgres import postgres_folder
from app.running.supervisor import Stopped
from app.training.train import Model, ensure_model

if TYPE_CHECKING:
    from benchmarks.faults import Run
    from benchmarks.questions import Question

DATABASES = ("both", "sqlite", "postgresql")
KILLS, QUICK_KILLS = 200, 12


def run(as_json: bool, quick: bool, kills: int | None, database: str, seed: int | None) -> int:
    """Kill, judge, print; 0 only when nothing was lost, out of order, or said twice where that can be avoided."""
    steps = Steps()
    if database not in DATABASES:
        raise Problem(f"Базы «{database}» нет. Есть: {', '.join(DATABASES)}.")
    count = kills if kills is not None else QUICK_KILLS if quick else KILLS
    if count < 1:
        raise Problem("Останавливать нужно хотя бы раз: --kills 1.")
    seed = seed if seed is not None else int(time.time()) % 1_000_000
    model = ensure_model(HERE, steps)
    shares = _shares(database, count, steps)
    steps.say(f"Случайность: --seed {seed}. " + ", ".join(f"{name}: {number}" for name, number in shares.items()))
    try:
        runs = asyncio.run(_runs(shares, model, seed, steps))
    except asyncio.CancelledError:
        raise Stopped from None
    return _report(runs, as_json, seed, steps)


def _shares(database: str, kills: int, steps: Steps) -> dict[str, int]:
    """How many kills each database gets."""
    if database == "both" and postgres_folder() is None:
        steps.say("⚠ Нет PostgreSQL: всё на SQLite. Поставить: apt-get install postgresql")
        database = "sqlite"
    if database != "both":
        return {database: kills}
    return {name: number for name, number in (("sqlite", kills - kills // 2), ("postgresql", kills // 2)) if number}


async def _runs(shares: dict[str, int], model: Model, seed: int, steps: Steps) -> list[Run]:
    """One run after the other; Ctrl-C ends the killing and the later runs, a second one ends all."""
    from benchmarks import faults, questions
    from benchmarks.world import world

    runs: list[Run] = []
    asked: Sequence[Question] = ()
    task = asyncio.current_task()
    assert task is not None
    for which in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(which, task.cancel)
    for number, (database, kills) in enumerate(shares.items()):
        with tempfile.TemporaryDirectory(prefix="otklik-faults-") as folder, steps.step(f"{database}: {kills}") as step:
            step.note = "запускаю"
            # One of two runs has VK called by us, the other one has VK call us.
            async with world(Path(folder), model, database, vk_calls=database == "postgresql") as made:
                if not asked:
                    step.note = "узнаю верные ответы"
                    texts = questions.candidates(HERE.root / "bot" / "content")
                    asked = await questions.proven(made.url, made.key, texts)
                    steps.say(f"  вопросов с одним верным ответом: {len(asked)} из {len(texts)}")
                step.note = "останавливаю процессы"
                made.assistant.crashes.clear()
                runs.append(await faults.run(made, asked, kills, random.Random(seed + number), steps.say))
        if len(runs[-1].kills) < kills:
            break
    return runs


def _report(runs: Sequence[Run], as_json: bool, seed: int, steps: Steps) -> int:
    from benchmarks.faults import summary, well

    figures = summary(runs) | {"seed": seed}
    evidence = [one for outcome in runs for one in outcome.evidence]
    path = HERE.logs / "faults.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in evidence), "utf-8")
    _print(runs, figures)
    if evidence:
        steps.say(f"Подробно о каждом случае: {HERE.shown(path)}")
    for outcome in runs:
        for fall in outcome.crashes:
            steps.say(f"⚠ Упал сам ({outcome.database}): {fall}")
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
    return 0 if well(figures) else 1


def _print(runs: Sequence[Run], figures: dict[str, Any]) -> None:
    columns = ("база", "канал", "спросили", "отвечено", "потеряно", "не по порядку", "дважды", "извещений", "прочее")
    table = Table(*columns, title=f"Остановок: {figures['kills']} за {seconds(figures['seconds'])}")
    for outcome in runs:
        for name, c in outcome.channels.items():
            row = (c.sent, c.answered, c.lost, c.order_violations, c.duplicates, c.notices, c.strange)
            table.add_row(outcome.database, name, *(str(value) for value in row))
    console = Console()
    console.print(table)
    of = figures["kills_of"]
    console.print(
        f"Остановлены: помощник {of['assistant']}, Rasa {of['rasa']}, база {of['database']} (SQLite живёт в помощнике и "
        f"падает с ним). Rasa отвечала {', '.join(f'{r.rasa_up:.0%} времени на {r.database}' for r in runs)}."
    )
    console.print(
        f"Потеряно {figures['lost']}, не по порядку {figures['order_violations']}, дважды: {figures['duplicates_idempotent']} там, "
        f"где канал это исключает (ВКонтакте, виджет, портал), {figures['duplicates_other']} там, где нет (Telegram, MAX); "
        f"не сохранено ровно один раз: {figures['not_stored_once']}."
    )
