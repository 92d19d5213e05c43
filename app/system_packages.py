"""Programs that come from Debian's packages: installed when we may, named when we may not."""

from __future__ import annotations

import os
import shutil
import subprocess

from app.bootstrap.steps import Steps
from app.paths import HERE


def install(packages: list[str], steps: Steps) -> bool:
    """Install Debian packages as root; whether it went well. Says in Russian why it did not."""
    named = ", ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        steps.say(f"⚠ Поставить {named} может только root через apt-get: apt-get install {' '.join(packages)}")
        return False
    log = HERE.logs / "tools.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with steps.step(f"Ставлю {named}"), log.open("a") as file:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
            done = subprocess.run(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL, env=environ, check=False)
    if done.returncode != 0:
        steps.say(f"⚠ Не поставилось: {named}; подробнее: {HERE.shown(log)}")
    return done.returncode == 0
