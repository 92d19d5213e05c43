"""Trains an edition of long ago once more, in a process of low priority, for whoever returns to it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from app.bootstrap.steps import Steps
from app.paths import HERE, Layout
from app.problems import Problem
from app.studio.train_limits import give_way
from app.training.train import ensure_model
from bot.studio.refusals import NotPossible

WITHIN = 900.0
"""Seconds; a training takes one minute on an idle machine."""


async def train_apart(layout: Layout, name: str) -> Path:
    """The model of the project of `layout`, whose fingerprint is `name`. Raises NotPossible with the reason."""
    command = [sys.executable, "-P", "-m", "app.studio.training_apart", str(layout.project)]
    environ = os.environ | {"PYTHONPATH": str(layout.root), "OMP_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(
        *command, env=environ, cwd=layout.root, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WITHIN):
            said, _ = await process.communicate()
    except TimeoutError:
        raise NotPossible("Обучение этой версии затянулось. Попробуйте ещё раз позже.") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, 9)
            await process.wait()
    path = layout.models / f"{name}.tar.gz"
    if process.returncode != 0 or not path.is_file():
        why = said.decode("utf-8", "replace").strip().splitlines()
        raise NotPossible(why[-1] if why else "Эту версию обучить не получилось: посмотрите журнал train.log.")
    return path


def main() -> int:
    """Train the project named on the command line; the exit code. The last line of the output says what was wrong."""
    give_way()
    try:
        ensure_model(Layout(HERE.root, Path(sys.argv[1])), Steps())
    except Problem as problem:
        print(problem, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
