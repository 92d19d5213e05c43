"""`./otklik bench text`: our whole turn against bare Rasa in one run, memory of each process, training and start times."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

from app import settings as configuration
from app.bootstrap.steps import Steps
from app.paths import HERE
from app.problems import Problem
from app.running import ports, stack
from app.running.supervisor import Supervisor, stop_on_signals
from app.training.train import Model, ensure_model, rasa_environment

AIMS = {
    "p50_ratio": "≤ 1.35",
    "throughput_ratio": "≥ 0.8",
    "memory_mb": "≤ 1300",
    "ready_s": "< 25",
    "normalise_p95_ms": "≤ 5",
    "entities_p95_ms": "≤ 5",
    "emotion_p95_ms": "≤ 5",
}
START_WITHIN = 180
QUICK = 46.0
"""Seconds a quick run may last before its processes are stopped."""


def run(as_json: bool, quick: bool) -> int:
    """Measure and print a table, with `as_json` one object last; the exit code. `quick` keeps within 50 s after training."""
    stop_on_signals()
    steps = Steps()
    model = ensure_model(HERE, steps)
    began = time.monotonic()
    with steps.step("Измеряю части без модели"):
        result: dict[str, Any] = _parts(200 if quick else None)
    result |= _house(model, steps, began + QUICK if quick else None)
    _print(result)
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    return 0 if not result["errors"] else 1


def _house(model: Model, steps: Steps, end: float | None) -> dict[str, Any]:
    """Everything that needs the running house, on databases of its own."""
    with tempfile.TemporaryDirectory(prefix="otklik-bench-") as name:
        folder = Path(name)
        database = f"sqlite+aiosqlite:///{folder / 'bench.db'}"
        settings = configuration.load(
            database_url=database, rasa_db=str(folder / "rasa.db"), host="127.0.0.1", secret_key_file=folder / "key"
        )
        own = {
            "OTKLIK_SECRET_KEY_FILE": str(folder / "key"),
            "OTKLIK_FILES_DIR": str(folder / "files"),
            "OTKLIK_LOG_LEVEL": "WARNING",
        }
        plan = stack.plan(HERE, settings, model.path, ports.free_port(), own)
        stack.prepare(HERE, settings, plan)
        supervisor = Supervisor(plan.programs, steps.say)
        try:
            with steps.step("Запускаю помощника и Rasa") as step:
                supervisor.start()
                took = supervisor.wait_ready(step, START_WITHIN)
            watching = _resident("self")
            result = {"ready_s": max(took.values()), "training_s": model.seconds}
            with steps.step("Сравниваю с голой Rasa"):
                left = end - time.monotonic() if end else 100.0
                result |= _compare(plan.local, plan.rasa_url, plan.key, left)
            memory = {child.program.title: _resident(str(child.pid)) for child in supervisor.children}
        finally:
            supervisor.stop(grace=0.5 if end else 5)
            plan.hints_file.unlink(missing_ok=True)
    memory["присмотр"] = watching
    return result | {"memory_mb": round(sum(memory.values())), "memory_of": {k: round(v) for k, v in memory.items()}}


def _compare(portal_url: str, rasa_url: str, key: str, left: float) -> dict[str, Any]:
    """Both lines by turns, in about `left` seconds: a third of them one client, the rest eight."""
    from benchmarks.text_load import lines, measure

    portal, bare = lines(portal_url, rasa_url, key)
    left, rounds = max(6.0, left - 4), 2 if left < 60 else 4
    asyncio.run(measure(portal, bare, latency=left / 3, throughput=left / 3 / rounds, rounds=rounds))
    return {
        "p50_ratio": _ratio(portal.p50, bare.p50),
        "p95_ratio": _ratio(portal.p95, bare.p95),
        "throughput_ratio": _ratio(portal.rate(8), bare.rate(8)),
        "throughput_ratio_1": _ratio(portal.rate(1), bare.rate(1)),
        "errors": portal.errors + bare.errors,
        "lines": {
            line.title: {
                "p50_ms": line.p50, "p95_ms": line.p95, "turns": len(line.turns), "errors": line.errors,
                "per_second_1": line.rate(1), "per_second_8": line.rate(8),
            }
            for line in (portal, bare)
        },
    }  # fmt: skip


def _parts(most: int | None) -> dict[str, float]:
    from bot.persona.emotion import Emotions

    messages = _messages()[:most]
    emotions = Emotions.load(HERE.root / "bot" / "persona" / "lexicon.yml")
    times = []
    for message in messages:
        began = time.perf_counter()
        emotions.detect(message, [])
        times.append((time.perf_counter() - began) * 1000)
    command = [str(HERE.python("dialogue")), "-m", "benchmarks.nlu_parts"]
    asked = subprocess.run(
        command, input=json.dumps(messages), capture_output=True, text=True, cwd=HERE.root,
        env=rasa_environment(HERE), check=False,
    )  # fmt: skip
    if asked.returncode != 0:
        print(asked.stderr[-2000:], file=sys.stderr)
        raise Problem("Части понимания не измерились: benchmarks/nlu_parts.py упал, его слова выше.")
    found: dict[str, float] = json.loads(asked.stdout.splitlines()[-1])
    return found | {"emotion_p95_ms": round(quantiles(times, n=20)[18], 3)}


def _messages() -> list[str]:
    path = HERE.root / "tests" / "nlu" / "heldout.jsonl"
    return [str(json.loads(line)["text"]) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _ratio(ours: float, theirs: float) -> float:
    return round(ours / theirs, 3) if theirs else 0.0


def _resident(pid: str) -> float:
    """Megabytes a process keeps in memory; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


def _print(result: dict[str, Any]) -> None:
    console = Console()
    lines = Table("", "p50, мс", "p95, мс", "сообщ./с, 1", "сообщ./с, 8", "ошибок", title="Портал и голая Rasa")
    for title, line in result["lines"].items():
        row = (line["p50_ms"], line["p95_ms"], line["per_second_1"], line["per_second_8"], line["errors"])
        lines.add_row(title, *(str(value) for value in row))
    console.print(lines)
    table = Table("показатель", "значение", "цель", title="Итог")
    for name in ("p50_ratio", "p95_ratio", "throughput_ratio", "throughput_ratio_1", "memory_mb", "ready_s",
                 "training_s", "normalise_p95_ms", "entities_p95_ms", "emotion_p95_ms"):  # fmt: skip
        table.add_row(name, str(result[name]), AIMS.get(name, ""))
    for title, megabytes in result["memory_of"].items():
        table.add_row(f"память: {title}, МБ", str(megabytes), "")
    console.print(table)
