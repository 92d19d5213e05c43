"""Starts the children together, waits until each answers, restarts a fallen one, and stops all, whoever asks."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

from app.bootstrap.steps import Step, seconds
from app.problems import Problem
from app.running.child import Child, Program

Say = Callable[[str], None]
LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Never asks a proxy for an address of this machine."""


class Stopped(Exception):
    """Somebody asked the house to stop: Ctrl-C or SIGTERM."""


class Supervisor:
    """Keeps `programs` running. `say` gets one line for each thing a person should know."""

    def __init__(self, programs: Sequence[Program], say: Say) -> None:
        self.children = [Child(program) for program in programs]
        self._say = say

    def start(self) -> None:
        """Start every program at once."""
        for child in self.children:
            child.start()

    def wait_ready(self, step: Step, timeout: float) -> dict[str, float]:
        """Seconds each child took to answer. Raises Problem with the last words of one that fell, or with who is silent."""
        took: dict[str, float] = {}
        while len(took) < len(self.children):
            waiting = [child for child in self.children if child.program.title not in took]
            step.note = "жду: " + ", ".join(child.program.title for child in waiting)
            for child in self.children:
                code = child.pump()
                if code is not None:
                    raise Problem(_fell(child, code))
            for child in waiting:
                if answers(child.program.address):
                    _warm_up(child.program)
                    child.ready = True
                    took[child.program.title] = round(step.elapsed, 1)
            if step.elapsed > timeout and len(took) < len(self.children):
                silent = waiting[0]
                raise Problem(
                    f"{silent.program.title} не отвечает {seconds(timeout)}. Последние слова: {_cut(silent.last_words)} "
                    f"(подробнее: {silent.program.log})."
                )
            time.sleep(0.1)
        step.note = ""
        return took

    def watch(self) -> None:
        """Look after the children until `Stopped` is raised by a signal."""
        while True:
            for child in self.children:
                self._look_after(child)
            time.sleep(0.2)

    def stop(self, grace: float = 12.0) -> None:
        """Ask everybody to finish and wait `grace` seconds; then, or at a second Ctrl-C, end them by force."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + grace
        try:
            while time.monotonic() < deadline and not all(child.gone() for child in self.children):
                time.sleep(0.05)
        except (Stopped, KeyboardInterrupt):
            pass
        for child in self.children:
            child.signal(signal.SIGKILL)
            child.close()

    def _look_after(self, child: Child) -> None:
        code = child.pump()
        if code is not None:
            self._say(f"⚠ {_fell(child, code)} Запускаю снова через {seconds(child.pause)}.")
        elif child.due():
            child.start()
        elif child.pid and not child.ready and answers(child.program.address):
            child.ready = True
            self._say(f"✓ {child.program.title}: снова отвечает.")


def answers(address: str) -> bool:
    """Whether the address answers 200 within a second; Rasa also has to have its model."""
    try:
        with LOCAL.open(address, timeout=1) as response:
            body = response.read(10_000)
    except (OSError, urllib.error.URLError, ValueError):
        return False
    return not (address.endswith("/status") and b'"model_file":null' in body.replace(b" ", b""))


def channel_states(address: str) -> dict[str, str]:
    """How receiving goes in each messenger, as the assistant at `address` tells; empty when it does not answer."""
    try:
        with LOCAL.open(f"{address}/ready", timeout=5) as response:
            return dict(json.load(response).get("channels", {}))
    except (OSError, ValueError):
        return {}


def _warm_up(program: Program) -> None:
    if program.warm_up:
        body = json.dumps({"text": "здравствуйте, запишите меня на завтра"}).encode()
        request = urllib.request.Request(program.warm_up, body, {"Content-Type": "application/json"})  # noqa: S310
        with suppress(OSError, ValueError), LOCAL.open(request, timeout=60) as response:
            response.read()


def stop_on_signals() -> None:
    """From now on Ctrl-C and SIGTERM raise `Stopped` in the main thread; a closed terminal too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(number)

    for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(which, stop)


def _fell(child: Child, code: int) -> str:
    how = f"сигнал {signal.Signals(-code).name}" if code < 0 else f"код {code}"
    return f"{child.program.title}: процесс упал ({how}). {_cut(child.last_words)} Журнал: {child.program.log}."


def _cut(text: str) -> str:
    text = text if len(text) <= 200 else text[:199] + "…"
    return f"«{text}»" if text else "Ничего не сказал."
