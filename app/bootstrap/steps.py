"""Shows each step of a long job with its elapsed seconds: a live line on a terminal, plain lines in a log."""

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import Iterator, Optional, TextIO

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def seconds(value: float) -> str:
    """Elapsed time as people write it: «4,2 с», «1 мин 05 с»."""
    if value < 60:
        return f"{value:.1f} с".replace(".", ",")
    return f"{int(value // 60)} мин {int(value % 60):02d} с"


class Step:
    """One step that is under way. `note` is shown beside its title and may change."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.note = ""
        self.started = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self.started


class Steps:
    """Prints steps to `stream` (stderr, so that stdout stays clean for JSON)."""

    def __init__(self, stream: Optional[TextIO] = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")

    def say(self, text: str) -> None:
        """A line of its own."""
        self._clear()
        self._write(text + "\n")

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Run a step: «⠋ title, 3 с» while it lasts, «✓ title — 3,4 с» or «✗ title» when it ends."""
        step = Step(title)
        stop = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(step, stop), daemon=True)
        if self._live:
            ticker.start()
        else:
            self._write(f"… {title}\n")
        try:
            yield step
        except BaseException:
            self._end(stop, ticker)
            self._write(f"✗ {step.title} — {seconds(step.elapsed)}\n")
            raise
        self._end(stop, ticker)
        self._write(f"✓ {step.title} — {seconds(step.elapsed)}\n")

    def _end(self, stop: threading.Event, ticker: threading.Thread) -> None:
        stop.set()
        if ticker.is_alive():
            ticker.join()
        self._clear()

    def _tick(self, step: Step, stop: threading.Event) -> None:
        turn = 0
        while not stop.wait(0.12):
            width = max(20, _columns() - 1)
            line = f"{FRAMES[turn % len(FRAMES)]} {step.title}, {int(step.elapsed)} с"
            if step.note:
                line += f" · {step.note}"
            self._write("\r\x1b[K" + line[:width])
            turn += 1

    def _clear(self) -> None:
        if self._live:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            self._stream.write(text.encode("ascii", "replace").decode())
        self._stream.flush()


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        return 80
