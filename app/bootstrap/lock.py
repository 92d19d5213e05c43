"""Compiles pyproject's dependency groups to requirements/*.txt with hashes, for every platform, without any host's name."""

import os
import sys
from typing import Sequence, Tuple

from app.bootstrap import runner
from app.bootstrap import uv as uv_tool
from app.bootstrap.steps import Steps
from app.paths import Layout

GROUPS: Sequence[Tuple[str, str]] = (
    ("dialogue", "3.10"), ("dev", "3.11"), ("voice", "3.11"), ("peers", "3.11"), ("assistant", "3.11"), ("uv", "3.8"),
    ("weights", "3.11"),
)  # fmt: skip
"""Group and the oldest Python it must run on. `dev` goes first: `voice` and `assistant` keep its versions."""


def lock(layout: Layout, steps: Steps, upgrade: bool = False) -> None:
    """Write requirements/*.txt anew. Pinned versions stay unless `upgrade` or pyproject forbids them. Raises Problem."""
    uv = uv_tool.ensure(layout, steps)
    environ = uv_tool.environment(layout, os.environ)
    environ["UV_CUSTOM_COMPILE_COMMAND"] = "./otklik lock"
    for group, python in GROUPS:
        target = layout.requirements / f"{group}.txt"
        command = [str(uv), "pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url", "--universal"]
        command += ["--python-version", python, "--group", f"{layout.root / 'pyproject.toml'}:{group}"]
        command += ["--output-file", str(target)]
        if upgrade:
            command.append("--upgrade")
        if group in ("voice", "assistant"):
            command += ["--constraint", str(layout.requirements / "dev.txt")]
        with steps.step(f"Закрепляю версии: {layout.shown(target)}") as step:
            runner.run(command, layout.logs / "lock.log", environ, step)
    print("Готово. Посмотрите git diff requirements/ и запустите ./otklik test.", file=sys.stderr)
