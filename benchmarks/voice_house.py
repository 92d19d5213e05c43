"""Starts what a bench of the telephone calls: our own house with its voice, and Pipecat in an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select

import yaml

from app import settings as configuration
from app.bootstrap.steps import Steps
from app.paths import HERE
from app.problems import Problem
from app.running import ports, stack
from app.running.supervisor import Supervisor
from app.training.train import Model

START_WITHIN = 240
PEER_WITHIN = 90.0
CALLS = 16
"""Calls the house takes: more than the bench makes, so that it is slowness that ends the ramp."""


@dataclass(frozen=True)
class House:
    """Where to call, ask for intents and talk in text."""

    url: str
    rasa_url: str
    key: str


@contextmanager
def house(model: Model, weights: Path, steps: Steps) -> Iterator[House]:
    """Our house with its telephone, databases of its own, people at work round the clock. Raises Problem."""
    with tempfile.TemporaryDirectory(prefix="otklik-voice-bench-") as name:
        folder = Path(name)
        content = _always_open(folder / "content")
        settings = configuration.load(
            database_url=f"sqlite+aiosqlite:///{folder / 'bench.db'}", rasa_db=str(folder / "rasa.db"), host="127.0.0.1",
            secret_key_file=folder / "key", voice=True,
        )  # fmt: skip
        own = {
            "OTKLIK_SECRET_KEY_FILE": str(folder / "key"),
            "OTKLIK_FILES_DIR": str(folder / "files"),
            "OTKLIK_RECORDINGS_DIR": str(folder / "recordings"),
            "OTKLIK_CONTENT_DIR": str(content),
            "OTKLIK_LOG_LEVEL": "WARNING",
            "OTKLIK_VOICE_PORT": "0",
            "OTKLIK_VOICE_HOST": "127.0.0.1",
            "OTKLIK_VOICE_TOKEN": "",
            "OTKLIK_VOICE_MODEL": str(weights),
            "OTKLIK_VOICE_SPEECH": "festival",
            "OTKLIK_VOICE_CALLS": str(CALLS),
        }
        plan = stack.plan(HERE, settings, model.path, ports.free_port(), own)
        stack.prepare(HERE, settings, plan)
        supervisor = Supervisor(plan.programs, steps.say)
        try:
            with steps.step("Запускаю помощника с телефоном и Rasa") as step:
                supervisor.start()
                supervisor.wait_ready(step, START_WITHIN)
            yield House(plan.local, plan.rasa_url, plan.key)
        finally:
            supervisor.stop(grace=5)
            plan.hints_file.unlink(missing_ok=True)


def _always_open(target: Path) -> Path:
    shutil.copytree(HERE.root / "bot" / "content", target)
    file = target / "groups.yml"
    groups = yaml.safe_load(file.read_text("utf-8"))
    always = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    for group in groups["groups"]:
        group |= {"hours": always, "holidays": "open"}
    file.write_text(yaml.safe_dump(groups, allow_unicode=True), "utf-8")
    return target


def holding_lines() -> frozenset[str]:
    """What our robot says when it needs more time."""
    phone = yaml.safe_load((HERE.root / "bot" / "content" / "phone.yml").read_text("utf-8"))
    return frozenset(str(said) for said in phone["lines"]["hold_on"])


def intent_of(rasa_url: str, text: str) -> str:
    """What the house's Rasa takes a text for."""
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(  # noqa: S310
        f"{rasa_url}/model/parse", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return str(json.load(answer)["intent"]["name"])


@contextmanager
def pipecat(where: House, weights: Path, *, stop: str, ears: str) -> Iterator[int]:
    """Pipecat with our voice; the port of its AudioSocket. `stop`, `ears` as in benchmarks.voice_peer. Raises Problem."""
    command = [
        str(HERE.python("peers")),
        "-P",
        "-m",
        "benchmarks.voice_peer",
        "--model",
        str(weights),
        "--house",
        where.url,
    ]
    command += [
        "--content",
        str(HERE.root / "bot" / "content"),
        "--cache",
        str(HERE.cache),
        "--stop",
        stop,
        "--ears",
        ears,
    ]
    environ = os.environ | {"PYTHONPATH": str(HERE.root), "OTKLIK_LOCAL_API_KEY": where.key}
    log = HERE.logs / "pipecat.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command, env=environ, cwd=HERE.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield _port(process, log)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    assert process.stdout is not None
    end = time.monotonic() + PEER_WITHIN
    while time.monotonic() < end and process.poll() is None:
        if not select([process.stdout], [], [], 0.5)[0]:
            continue
        word, _, port = process.stdout.readline().decode("utf-8", "replace").partition(" ")
        if word == "ready":
            return int(port)
    print(log.read_text("utf-8", "replace")[-1500:], file=sys.stderr)
    raise Problem(f"Pipecat не запустился, его слова выше ({HERE.shown(log)}). Без него: --no-peer.")
