"""Tools of the system that some tests need: a private PostgreSQL for the time of the run, and a browser.

Named test_tools for the command `test`; it holds no tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.bootstrap.steps import Steps
from app.paths import HERE
from app.running.ports import free_port

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


def postgres_folder() -> Path | None:
    """The programs of the newest PostgreSQL server here, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    return max(found, key=_version, default=None)


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0


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
    home = Path(tempfile.mkdtemp(prefix="otklik-postgres-"))
    home.chmod(0o700)
    # The server refuses to run as root.
    as_user: dict[str, str] = {"user": "postgres"} if os.geteuid() == 0 else {}
    log, port = HERE.logs / "postgres.log", free_port()
    log.parent.mkdir(parents=True, exist_ok=True)
    options = f"-p {port} -h 127.0.0.1 -k {home} -c fsync=off -c full_page_writes=off -c max_connections=200"
    server = [str(folder / "pg_ctl"), "-D", str(home / "data"), "-w", "-t", "60"]
    try:
        if as_user:
            shutil.chown(home, "postgres")
        with log.open("w") as file, steps.step("Запускаю PostgreSQL для проверок"):
            for command in (
                [
                    str(folder / "initdb"),
                    "-D",
                    str(home / "data"),
                    "-U",
                    "otklik",
                    "--auth=trust",
                    "-E",
                    "UTF8",
                    "--locale=C",
                ],
                [*server, "-o", options, "-l", str(home / "server.log"), "start"],
            ):
                subprocess.run(command, stdout=file, stderr=file, cwd=home, check=True, **as_user)  # type: ignore[call-overload]
        url: str | None = f"postgresql+asyncpg://otklik@127.0.0.1:{port}/postgres"
    except (OSError, LookupError, subprocess.CalledProcessError):
        steps.say(f"⚠ PostgreSQL не запустился: проверки на нём пропущены; подробнее: {HERE.shown(log)}")
        url = None
    try:
        yield url
    finally:
        stop = [*server, "-m", "immediate", "stop"]
        subprocess.run(stop, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False, **as_user)  # type: ignore[call-overload]
        shutil.rmtree(home, ignore_errors=True)
