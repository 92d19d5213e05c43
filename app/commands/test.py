"""`./otklik test`: style and types, the assistant's tests, the dialogue's tests; one line with the result of all."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.bootstrap.steps import Steps
from app.commands.test_report import Counts, read
from app.commands.test_tools import tools
from app.paths import HERE
from app.problems import Problem
from app.running.supervisor import Stopped, stop_on_signals
from app.training.train import ensure_model, rasa_environment

__test__ = False
NLU_TESTS = "tests/nlu"
VOICE_TESTS = "tests/voice"
"""Calls in real time, which a busy machine would spoil: they run one after the other."""
SKIP_FOR_SPEED = ("-k", "-m", "--lf", "--last-failed", "--collect-only", "--co")
"""With one of these the developer wants one answer quickly: style and types wait."""


@dataclass(frozen=True)
class Suite:
    """One run of pytest in one environment."""

    title: str
    python: Path
    arguments: Sequence[str]
    environ: Mapping[str, str]


def run(arguments: list[str], install_tools: bool) -> int:
    """Run everything that `arguments` (pytest's own) select; 0 if something ran and nothing failed."""
    stop_on_signals()
    steps = Steps()
    quick = _quick(arguments)
    try:
        total = Counts() if quick else _checks()
        # Test conversations need a model; one that cannot be trained is a failure, and the other tests still tell more.
        total += _model(steps)
        with tools(steps, install_tools) as found, tempfile.TemporaryDirectory() as folder:
            tested = Counts()
            for number, suite in enumerate(_suites(arguments, found)):
                tested += _pytest(suite, Path(folder) / f"{number}.xml")
    except Stopped:
        print("\nОстановлено.")
        return 130
    if not any((tested.passed, tested.failed, tested.skipped)):
        print("Ни один тест не подошёл под выбор.")
        return 5
    print(f"\n{total + tested}", flush=True)
    return 1 if (total + tested).failed else 0


def _quick(arguments: Sequence[str]) -> bool:
    return bool(_paths(arguments)) or any(a.startswith(SKIP_FOR_SPEED) for a in arguments)


def _checks() -> Counts:
    python = str(HERE.python("assistant"))
    checks = (
        ("стиль", [python, "-m", "ruff", "check", "."]),
        ("оформление", [python, "-m", "ruff", "format", "--check", "."]),
        ("типы", [python, "-m", "mypy"]),
    )
    total = Counts()
    for title, command in checks:
        print(f"== {title}", flush=True)
        well = (
            subprocess.run(command, cwd=HERE.root, env=_environ(), stdin=subprocess.DEVNULL, check=False).returncode
            == 0
        )
        total += Counts(passed=int(well), failed=int(not well))
    return total


def _model(steps: Steps) -> Counts:
    try:
        ensure_model(HERE, steps)
    except Problem as problem:
        steps.say(f"✗ Модель не обучена: {problem}")
        return Counts(failed=1)
    return Counts()


def _suites(arguments: list[str], found: Mapping[str, str]) -> list[Suite]:
    """The assistant's run and the dialogue's; a path given belongs to one of them."""
    given = _paths(arguments)
    options = [argument for argument in arguments if argument not in given]
    nlu = [path for path in given if _about_nlu(path)]
    rest = [path for path in given if not _about_nlu(path)]
    suites = []
    python, environ = HERE.python("assistant"), _environ() | dict(found)
    ignore = [f"--ignore={HERE.root / NLU_TESTS}"]
    if rest:
        suites.append(Suite("помощник", python, [*rest, *ignore, *options], environ))
    elif not given:
        alone = [f"--ignore={HERE.root / VOICE_TESTS}", *_workers(options)]
        suites.append(Suite("помощник", python, [str(HERE.root / "tests"), *ignore, *alone, *options], environ))
        suites.append(Suite("телефон", python, [str(HERE.root / VOICE_TESTS), *options], environ))
    if (nlu or not given) and (HERE.root / NLU_TESTS).is_dir():
        paths = nlu or [str(HERE.root / NLU_TESTS)]
        suites.append(Suite("понимание русского", HERE.python("dialogue"), [*paths, *options], rasa_environment(HERE)))
    return suites


def _workers(options: Sequence[str]) -> list[str]:
    """Files of tests on all cores, unless somebody wants to look into one or says how many."""
    wishes = ("-n", "--numprocesses", "--pdb", "-s", "--collect-only", "--co")
    if any(option.startswith(wishes) for option in options) or (os.cpu_count() or 1) < 2:
        return []
    return ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile"]


def _pytest(suite: Suite, report: Path) -> Counts:
    print(f"== {suite.title}", flush=True)
    command = [str(suite.python), "-m", "pytest", f"--junitxml={report}", *suite.arguments]
    code = subprocess.run(
        command, cwd=HERE.root, env=dict(suite.environ), stdin=subprocess.DEVNULL, check=False
    ).returncode
    return read(report, code)


def _paths(arguments: Sequence[str]) -> list[str]:
    """What of pytest's arguments are paths or node ids; the value of an option is none."""
    found, value = [], False
    for argument in arguments:
        if not value and not argument.startswith("-") and (Path(argument.partition("::")[0])).exists():
            found.append(argument)
        value = argument in ("-k", "-m", "-p", "-n", "-o", "-c", "-W")
    return found


def _about_nlu(path: str) -> bool:
    return (HERE.root / NLU_TESTS) in [
        Path(path.partition("::")[0]).resolve(),
        *Path(path.partition("::")[0]).resolve().parents,
    ]


def _environ() -> dict[str, str]:
    # Settings of a developer's own assistant must not reach the tests.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OTKLIK_") or name in _KEPT}
    return environ | {"PYTHONPATH": str(HERE.root)}


_KEPT = ("OTKLIK_TEST_POSTGRES", "OTKLIK_STATE", "OTKLIK_ASTERISK_ROOT")
