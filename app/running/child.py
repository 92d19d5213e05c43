"""One process of the house: started on a leash in a group of its own, its output masked into a log, restarted when it falls."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.running.logs import Log

_LEASH = str(Path(__file__).with_name("leash.py"))
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a fallen process is started again; doubled each time."""
STEADY = 60.0
"""Seconds after which a process counts as running well, and its falls are forgotten."""


@dataclass(frozen=True)
class Program:
    """What to run.

    `address` answers 200 when it is ready; `title` is its name in Russian; `warm_up` is an address that takes one POSTed
    message, so that the first citizen need not wait for what loads late.
    """

    title: str
    command: Sequence[str]
    environ: Mapping[str, str]
    folder: Path
    log: Path
    address: str
    warm_up: str = ""


class Child:
    """A running `Program`. Nothing here waits; `pump` is called often."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.ready = False
        self._log = Log(program.log)
        self._process: subprocess.Popen[bytes] | None = None
        self._falls = 0
        self._again_at = 0.0
        self._started = 0.0

    @property
    def pid(self) -> int | None:
        """The process, or None while it is down."""
        return self._process.pid if self._process else None

    @property
    def last_words(self) -> str:
        """The last line it wrote that says something."""
        return self._log.last

    def start(self) -> None:
        """Start it now."""
        command = [sys.executable, "-I", "-S", _LEASH, str(os.getpid()), *self.program.command]
        self._process = subprocess.Popen(
            command, cwd=self.program.folder, env=dict(self.program.environ), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, bufsize=0,
        )  # fmt: skip
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._started = time.monotonic()

    def pump(self) -> int | None:
        """Move its output to the log; the exit code if it has just fallen, else None."""
        if self._process is None:
            return None
        code = self._process.poll()
        self._drain()
        if code is None:
            return None
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        if time.monotonic() - self._started > STEADY:
            self._falls = 0
        self._falls += 1
        self.ready = False
        self._again_at = time.monotonic() + self.pause
        return code

    @property
    def pause(self) -> float:
        """Seconds until the next start after a fall."""
        return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._falls - 1)))

    def due(self) -> bool:
        """Whether it is down and its pause is over."""
        return self._process is None and time.monotonic() >= self._again_at

    def signal(self, what: signal.Signals) -> None:
        """Send a signal to the process and all it started."""
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, what)

    def gone(self) -> bool:
        """Whether it has ended; its last output is kept."""
        if self._process is None:
            return True
        self._drain()
        return self._process.poll() is not None

    def close(self) -> None:
        """Let the log go."""
        self._drain()
        self._log.close()

    def _drain(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        while True:
            try:
                data = os.read(self._process.stdout.fileno(), 65536)
            except (BlockingIOError, OSError, ValueError):
                return
            if not data:
                return
            self._log.write(data)
