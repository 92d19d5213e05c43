"""The worker of one training as the assistant holds it: started on a leash, heard line by line, and gone with all it started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.paths import Layout
from app.training.train import UNWANTED

LEASH = Path(__file__).parents[1] / "running" / "leash.py"
WORKER = (sys.executable, "-P", "-m", "app.studio.train_worker")
LONGEST_LINE = 64 * 2**20
"""Bytes of one line: the result names every misread phrase."""


class TrainProcess:
    """One worker. `folder` is its own: temporary files lie there."""

    def __init__(self, layout: Layout, folder: Path, command: Sequence[str] = WORKER) -> None:
        self._layout, self._folder, self._command = layout, folder, command
        self._process: asyncio.subprocess.Process | None = None

    async def lines(self, request: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Start it with a request, and what it tells until it ends."""
        temporary = self._folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        environ = {key: value for key, value in os.environ.items() if key not in UNWANTED}
        environ |= {"PYTHONPATH": str(self._layout.root), "TMPDIR": str(temporary), "OMP_NUM_THREADS": "1"}
        command = (sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *self._command)
        # On the loop, not in a helper thread: the leash is tied to the thread that starts it.
        self._process = process = await asyncio.create_subprocess_exec(
            *command, cwd=self._layout.root, env=environ, stdin=asyncio.subprocess.PIPE, limit=LONGEST_LINE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(ConnectionError):
            process.stdin.write(json.dumps(request).encode())
            await process.stdin.drain()
            process.stdin.close()
        async for line in process.stdout:
            with contextlib.suppress(ValueError):
                yield json.loads(line)
        await process.wait()

    @property
    def code(self) -> int | None:
        """Its exit code; negative for the signal that killed it, None while it runs."""
        return self._process.returncode if self._process is not None else None

    async def end(self) -> None:
        """Kill it with everything it has started, and clear what it left half done."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        shutil.rmtree(self._layout.models / f".training-{process.pid}", ignore_errors=True)
