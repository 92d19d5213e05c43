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
from app.system_packages import install as install_packages
from app.voice_tools import FESTIVAL_PACKAGES, HUMAN_PROMPTS_PACKAGES, festival, human_prompts

__test__ = False
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def tools(steps: Steps, install: bool) -> Iterator[dict[str, str]]:
    """Variables for the tests (`OTKLIK_TEST_POSTGRES`); says what cannot be tested here. Installs only when allowed."""
    allowed = install or bool(os.environ.get("CI"))
    wanted: tuple[tuple[list[str], bool], ...] = (
        (["postgresql"], bool(postgres_folder())), (["chromium"], bool(browser())), (FESTIVAL_PACKAGES, festival()),
        (HUMAN_PROMPTS_PACKAGES, human_prompts()),
    )  # fmt: skip
    missing = [package for packages, here in wanted if not here for package in packages]
    if missing and allowed:
        install_packages(missing, steps)
    if not browser():
        steps.say(
            "⚠ Нет Chromium: проверки в браузере пропущены. Поставить: apt-get install chromium или --install-tools"
        )
    if not (festival() and human_prompts()):
        steps.say(
            "⚠ Нет голоса или записей речи: часть проверок телефона пропущена. Поставить: apt-get install "
            + " ".join([*FESTIVAL_PACKAGES, *HUMAN_PROMPTS_PACKAGES])
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
