"""Makes the model that belongs to the present training data, once; the same function serves `up`, `train`, tests and benches."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.bootstrap.steps import Step, Steps
from app.paths import Layout
from app.problems import Problem
from app.training.check import mistakes
from app.training.explain import explain
from app.training.fingerprint import code_fingerprint, domain_files, fingerprint, training_files

KEEP = 8
"""Models kept for going back, the newest ones."""


@dataclass(frozen=True)
class Model:
    """A trained model on disk."""

    path: Path
    fingerprint: str
    seconds: float | None
    """How long its training took; None when nobody measured it."""


def fresh_model(layout: Layout) -> Model | None:
    """The model of the files as they are now, if there is one. Raises Problem when the project is incomplete."""
    name = fingerprint(layout)
    path = layout.models / f"{name}.tar.gz"
    if not path.exists():
        return None
    try:
        seconds = float(json.loads(path.with_suffix("").with_suffix(".json").read_text("utf-8"))["seconds"])
    except (OSError, ValueError, KeyError):
        seconds = None
    return Model(path, name, seconds)


def ensure_model(layout: Layout, steps: Steps, force: bool = False) -> Model:
    """The model of the files as they are now, trained if need be. Raises Problem with one clear line."""
    model = None if force else fresh_model(layout)
    if model is not None:
        return model
    found = mistakes(layout)
    if found:
        more = f" (и ещё ошибок: {len(found) - 1})" if len(found) > 1 else ""
        raise Problem(f"{found[0]}{more}")
    with _alone(layout, steps):
        model = None if force else fresh_model(layout)
        return model or _train(layout, steps, force)


UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "VIRTUAL_ENV", "OTKLIK_SECRET_KEY")
"""Variables that Rasa's processes do not get: what would lead them astray, and the key of personal data."""


def rasa_environment(layout: Layout) -> dict[str, str]:
    """Variables for every process in the dialogue's environment."""
    environ = {k: v for k, v in os.environ.items() if k not in UNWANTED}
    return environ | {
        "PYTHONPATH": str(layout.root),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        # More threads than free cores make matrices of this size slower, not faster.
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
    }


def _train(layout: Layout, steps: Steps, force: bool) -> Model:
    name, started = fingerprint(layout), time.monotonic()
    workshop = layout.models / f".training-{os.getpid()}"
    log = layout.logs / "train.log"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(parents=True)
    layout.logs.mkdir(parents=True, exist_ok=True)
    try:
        with steps.step("Обучаю диалог") as step:
            _run_rasa(layout, workshop, name, log, step, force)
            made = workshop / f"{name}.tar.gz"
            if not made.exists():
                raise Problem(explain(log.read_text("utf-8", "replace").splitlines(), layout.shown(log)))
            seconds = round(time.monotonic() - started, 1)
            target = layout.models / made.name
            (layout.models / f"{name}.json").write_text(json.dumps({"seconds": seconds}), "utf-8")
            made.replace(target)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    _drop_old(layout)
    return Model(target, name, seconds)


def _run_rasa(layout: Layout, workshop: Path, name: str, log: Path, step: Step, force: bool) -> None:
    python = str(layout.python("dialogue"))
    domain = domain_files(layout)
    command = [python, "-m", "rasa", "train", "--fixed-model-name", name, "--out", str(workshop)]
    command += ["--config", "config.yml", "--domain", str(domain[0] if len(domain) == 1 else layout.project / "domain")]
    command += ["--data", *(str(path) for path in training_files(layout))]
    if force:
        command.append("--force")
    environ = rasa_environment(layout) | {"RASA_CACHE_DIRECTORY": str(_cache(layout)), "LOG_LEVEL": "INFO"}
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            command, cwd=layout.project, env=environ, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
        )  # fmt: skip
        lines: list[str] = []
        try:
            assert process.stdout is not None
            for line in process.stdout:
                file.write(line)
                lines.append(line.rstrip())
                component = re.search(r"Starting to train component '(\w+)'", line)
                if component:
                    step.note = component[1]
            process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode != 0:
        raise Problem(explain(lines, layout.shown(log)))
    step.note = ""


def _cache(layout: Layout) -> Path:
    """Rasa's cache of trained components, a new one for every version of our code, whose changes Rasa does not notice."""
    folder = layout.cache / f"rasa-{code_fingerprint(layout)}"
    if not folder.exists():
        for old in layout.cache.glob("rasa-*"):
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True)
    return folder


def _drop_old(layout: Layout) -> None:
    for old in sorted(layout.models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)[KEEP:]:
        old.unlink(missing_ok=True)
        old.with_suffix("").with_suffix(".json").unlink(missing_ok=True)


@contextmanager
def _alone(layout: Layout, steps: Steps) -> Iterator[None]:
    layout.models.mkdir(parents=True, exist_ok=True)
    with (layout.models / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            with steps.step("Жду: обучение уже идёт в другом окне"):
                fcntl.flock(file, fcntl.LOCK_EX)
        for left in layout.models.glob(".training-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
