"""`./otklik bench channels`: citizens at all doors at once, faster and faster, and one who floods."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.bootstrap.steps import Steps
from app.paths import HERE
from app.problems import Problem
from app.running.supervisor import Stopped
from app.training.train import Model, ensure_model

RATES, QUICK_RATES = (1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 60.0), (1.0, 5.0, 20.0)
DURATION, QUICK_DURATION = 30.0, 10.0
FLOOD = 10_000
FLOOD_RATE = 5.0
"""Messages a second of the others while one floods."""
SEED = 3


def run(as_json: bool, quick: bool, rates: str | None) -> int:
    """Measure and print; 0 when nothing was dropped."""
    steps = Steps()
    chosen = _rates(rates) if rates else QUICK_RATES if quick else RATES
    model = ensure_model(HERE, steps)
    try:
        figures = asyncio.run(_measure(chosen, quick, model, steps))
    except asyncio.CancelledError:
        raise Stopped from None
    _print(figures)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
    return 0 if not figures["dropped"] else 1


def _rates(given: str) -> tuple[float, ...]:
    try:
        found = tuple(sorted(float(part) for part in given.split(",") if part.strip()))
    except ValueError:
        found = ()
    if not found or found[0] <= 0:
        raise Problem("Нужны числа через запятую: --rates 5,10,20.")
    return found


async def _measure(rates: Sequence[float], quick: bool, model: Model, steps: Steps) -> dict[str, Any]:
    from benchmarks import channel_load, ledger, questions
    from benchmarks.world import world

    task = asyncio.current_task()
    assert task is not None
    for which in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(which, task.cancel)
    rng, paces = random.Random(SEED), []
    with tempfile.TemporaryDirectory(prefix="otklik-channels-") as folder:
        async with world(Path(folder), model) as made:
            texts = questions.candidates(HERE.root / "bot" / "content")
            asked = await questions.proven(made.url, made.key, texts)
            for rate in rates:
                with steps.step(f"{rate:g} сообщений в секунду") as step:
                    duration = max(QUICK_DURATION if quick else DURATION, 20 / rate)
                    found = await channel_load.pace(made, asked, rate, duration, rng)
                    step.title += f": p95 {found.p95_ms:g} мс, накладные p95 {found.overhead_p95_ms:g} мс"
                paces.append(found)
                if found.drained_s is None:
                    steps.say("⚠ Не отвечает вовремя: быстрее не измеряю.")
                    break
            with steps.step("Один гражданин засыпает сообщениями"):
                flooded = await channel_load.flood(made, asked, FLOOD, FLOOD_RATE, rng, calm=20 if quick else 60)
            lost = sum(p.unanswered for p in paces) + flooded.unanswered
            given_up = await ledger.dropped(made.store)
            return channel_load.summary(paces, lost + sum(given_up.values()), flooded) | {"given_up": given_up}


def _print(figures: dict[str, Any]) -> None:
    console = Console()
    columns = (
        "в секунду",
        "p50, мс",
        "p95, мс",
        "ход робота, мс",
        "накладные p50",
        "накладные p95",
        "ждут в конце",
        "память, МБ",
    )
    table = Table(*columns, title="От события на платформе до ответа на ней")
    for one in figures["rates"]:
        row = (
            one["p50_ms"],
            one["p95_ms"],
            one["turn_ms"],
            one["overhead_p50_ms"],
            one["overhead_p95_ms"],
            one["waiting"],
        )
        table.add_row(f"{one['per_second']:g}", *(str(value) for value in row), str(sum(one["memory_mb"].values())))
    console.print(table)
    flood = figures["flood"]
    console.print(f"Колено: {figures['knee_per_second']:g} сообщений в секунду. Потеряно: {figures['dropped']}.")
    console.print(
        f"Поток из {flood['messages']} сообщений одного гражданина за {flood['lasted_s']} с: у остальных p95 "
        f"{flood['others_before_p95_ms']} → {flood['others_during_p95_ms']} мс (пока он читается, "
        f"{flood['others_meanwhile_p95_ms']} мс); ему отправлено {flood['answers']}, "
        f"из них «помедленнее» {flood['warned']}."
    )
