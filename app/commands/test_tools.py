"""Tools of the system that some tests need: a private PostgreSQL for the time of the run, and a browser.

Named test_tools for the command `test`; it holds no tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.bootstrap.steps import Steps
from app.paths import HERE
from app.running.postgres import UNSAFE, Postgres, postgres_folder

__test__ = False
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def tools(steps: Steps, install: bool) -> Iterator[dict[str, str]]:
    """Variables for the tests (`OTKLIK_TEST_POSTGRES`); says what cannot be tested here. Installs only when allowed."""
    allowed = install or bool(os.environ.get("CI"))
    missing = [package for package, here in (("postgresql", postgres_folder()), ("chromium", browser())) if not here]
    if missing and allowed:
        _install(missing, steps)
    if not browser():
        steps.say(
            "⚠ Нет Chromium: проверки в браузере пропущены. Поставить: apt-get install chromium или --install-tools"
        )
    if os.environ.get("OTKLIK_TEST_POSTGRES"):
        yield {}
        return
    folder = postgres_folder()
    if folder is None:
        steps.say(
            "⚠ Нет PostgreSQL: проверки на нём пропущены. Поставить: apt-get install postgresql или --install-tools"
        )
        yield {}
        return
    with _postgres(folder, steps) as url:
        yield {"OTKLIK_TEST_POSTGRES": url} if url else {}


def browser() -> str | None:
    """Path of a Chromium, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _install(packages: list[str], steps: Steps) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        steps.say(f"⚠ Поставить {', '.join(packages)} может только root через apt-get.")
        return
    log = HERE.logs / "tools.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with steps.step(f"Ставлю {', '.join(packages)}"), log.open("a") as file:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
            done = subprocess.run(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL, env=environ, check=False)
    if done.returncode != 0:
        steps.say(f"⚠ Не поставилось: {', '.join(packages)}; подробнее: {HERE.shown(log)}")


@contextmanager
def _postgres(folder: Path, steps: Steps) -> Iterator[str | None]:
    """An empty server of our own in a temporary folder; its URL, or None when it does not start."""
    server, url = Postgres(folder, HERE.logs / "postgres.log", UNSAFE), None
    try:
        with steps.step("Запускаю PostgreSQL для проверок"):
            server.make()
            server.start()
        url = server.url
    except (OSError, LookupError, subprocess.CalledProcessError):
        log = HERE.shown(HERE.logs / "postgres.log")
        steps.say(f"⚠ PostgreSQL не запустился: проверки на нём пропущены; подробнее: {log}")
    try:
        yield url
    finally:
        server.remove()
