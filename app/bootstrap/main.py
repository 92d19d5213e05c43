"""`./otklik` itself: sets up what a command needs, then hands over to the command line in the assistant's environment."""

import contextlib
import fcntl
import os
import sys
from typing import Dict, Iterator, List, Sequence

from app.bootstrap import environments, lock
from app.bootstrap import uv as uv_tool
from app.bootstrap.commands import COMMANDS, usage
from app.bootstrap.environments import ASSISTANT, DIALOGUE, PEERS, TESTING, VOICE, Environment
from app.bootstrap.steps import Steps
from app.paths import HERE, Layout
from app.problems import Problem

NEEDS: Dict[str, Sequence[Environment]] = {
    "test": (TESTING, DIALOGUE),
    "demo": (ASSISTANT,),
    "user": (ASSISTANT,),
    "keys": (ASSISTANT,),
    "retention": (ASSISTANT,),
    "citizen": (ASSISTANT,),
    "version": (ASSISTANT,),
}
"""Environments a command needs; the others need both."""
NEEDS_VOICE = ("call", "recordings")
"""Commands that hear and speak; of `bench` only the one of the voice does, and `up` when it is told so."""


def main(arguments: List[str]) -> int:
    """Run one command; the exit code. Does not return when the command line takes over."""
    steps = Steps()
    try:
        return _run(arguments, steps)
    except Problem as problem:
        steps.say(f"✗ {problem}")
        return 1
    except KeyboardInterrupt:
        steps.say("Остановлено. Готовое не потеряется: запустите ту же команду ещё раз.")
        return 130
    except BrokenPipeError:
        # The reader of our output has left (`./otklik | head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def _run(arguments: List[str], steps: Steps) -> int:
    command = arguments[0] if arguments else "--help"
    if command in ("help", "-h", "--help"):
        print(usage())
        return 0
    if command not in COMMANDS:
        raise Problem(f"Нет такой команды: {command}. Что есть — ./otklik --help")
    if command == "lock":
        lock.lock(HERE, steps, upgrade="--upgrade" in arguments[1:])
        return 0
    if command == "doctor" and not _doctor(steps):
        return 1
    asks_help = "--help" in arguments[1:] and environments.ready(HERE, ASSISTANT)
    if command != "doctor" and not asks_help:
        setup(HERE, needs(command, arguments[1:]), steps)
    _hand_over(HERE, arguments)
    return 0


def needs(command: str, options: Sequence[str]) -> Sequence[Environment]:
    """The environments this very command line needs."""
    speaks = command in NEEDS_VOICE or (command == "up" and "--voice" in options)
    if command == "bench" and "voice" in options:
        return (VOICE, DIALOGUE) if "--no-peer" in options else (VOICE, DIALOGUE, PEERS)
    if command == "bench" and "desk" in options:
        return (ASSISTANT,)
    if speaks:
        return VOICE, DIALOGUE
    return NEEDS.get(command, (ASSISTANT, DIALOGUE))


def setup(layout: Layout, needed: Sequence[Environment], steps: Steps) -> None:
    """Make all of `needed` ready; two set-ups of one checkout wait for each other. Raises Problem."""
    if all(environments.ready(layout, environment) for environment in needed):
        return
    with _alone(layout, steps):
        for environment in needed:
            environments.ensure(layout, environment, steps)


@contextlib.contextmanager
def _alone(layout: Layout, steps: Steps) -> Iterator[None]:
    layout.state.mkdir(parents=True, exist_ok=True)
    with (layout.state / "setup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            with steps.step("Жду: установка уже идёт в другом окне"):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _doctor(steps: Steps) -> bool:
    """The checks that need no environment; whether the assistant's own checks can follow."""
    steps.say(f"✓ Python {sys.version.split()[0]} запускает ./otklik")
    version = uv_tool.pinned_version(HERE)
    steps.say(f"· uv {version}: {'есть' if (HERE.state / 'uv' / 'bin' / 'uv').exists() else 'поставит ./otklik up'}")
    whole = True
    for environment in (ASSISTANT, DIALOGUE):
        reason = environments.missing(HERE, environment)
        whole = whole and not reason
        mark, said = ("✗", f"{reason}; поставит ./otklik up") if reason else ("✓", "готово")
        steps.say(f"{mark} окружение {environment.title}: {said}")
    if environments.ready(HERE, ASSISTANT):
        return True
    steps.say("Остальное проверить нельзя, пока нет окружения помощника. Запустите ./otklik up.")
    return False


def _hand_over(layout: Layout, arguments: List[str]) -> None:
    environ = dict(os.environ)
    environ["PYTHONPATH"] = str(layout.root)
    # Rasa without compiled files needs half a minute more at every start.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    environ.pop("PYTHONHOME", None)
    python = str(layout.python("assistant"))
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(python, [python, "-P", "-m", "app.cli", *arguments], environ)
