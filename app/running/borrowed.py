"""Lends a terminal command the house it talks to: the one that runs, or one started for the time of the command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.bootstrap.steps import Steps
from app.paths import HERE
from app.problems import Problem
from app.running import lease
from app.running.lease import Running

START_WITHIN = 900
"""Seconds; the first start may have to train."""


@contextmanager
def house(*, voice: bool = False) -> Iterator[Running]:
    """The house that runs, or one of our own (with the phone if `voice`) that stops with the block. Raises Problem."""
    found = lease.running(HERE)
    if found and found.ready:
        yield found
        return
    command = [
        sys.executable,
        "-P",
        "-m",
        "app.cli",
        "up",
        "--port",
        "0",
        "--no-hints",
        *(["--voice"] if voice else []),
    ]
    if found:
        yield _wait(None, Steps())
        return
    environ = os.environ | ({"OTKLIK_VOICE_PORT": "0"} if voice else {})
    process = subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield _wait(process, Steps())
    finally:
        process.terminate()
        process.wait()


def _wait(process: subprocess.Popen[bytes] | None, steps: Steps) -> Running:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        found = lease.running(HERE)
        if found and found.ready:
            return found
        if process is not None and process.poll() is not None:
            raise Problem("Помощник не запустился, причина выше.")
        if process is None and found is None:
            break
        time.sleep(0.2)
    steps.say("")
    raise Problem("Помощник так и не запустился. Посмотрите .otklik/logs или ./otklik doctor.")
