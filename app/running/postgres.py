"""A private PostgreSQL server in a folder of its own: started, killed as a power cut would, started again, thrown away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.running.ports import free_port

UNSAFE = ("-c", "full_page_writes=off")
"""Faster, for data that nobody wants back after a crash."""


def postgres_folder() -> Path | None:
    """The programs of the newest PostgreSQL server here, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    return max(found, key=_version, default=None)


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0


class Postgres:
    """An empty server on a free loopback port. `url` is SQLAlchemy's, with a role that may do everything."""

    def __init__(self, programs: Path, log: Path, options: Sequence[str] = ()) -> None:
        """`programs` has initdb and pg_ctl, `options` are further ones of the server; nothing is started yet."""
        self._programs, self._log, self._port = programs, log, free_port()
        self._home = Path(tempfile.mkdtemp(prefix="otklik-postgres-"))
        self._data = self._home / "data"
        # A killed process leaves its writes with the system, so nothing here needs the disk itself.
        fixed = ["-p", str(self._port), "-h", "127.0.0.1", "-k", str(self._home), "-c", "fsync=off"]
        self._options = " ".join([*fixed, "-c", "max_connections=200", *options])
        # The server refuses to run as root.
        self._as_user: dict[str, str] = {"user": "postgres"} if os.geteuid() == 0 else {}
        self.url = f"postgresql+asyncpg://otklik@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        """Make the empty database. Raises OSError, LookupError (no user to run as) or CalledProcessError."""
        self._home.chmod(0o700)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._as_user:
            shutil.chown(self._home, "postgres")
        self._run("initdb", "-U", "otklik", "--auth=trust", "-E", "UTF8", "--locale=C")

    def start(self) -> None:
        """Start and wait until it answers, after a crash too. Raises as `make`."""
        self._run("pg_ctl", "-w", "-t", "60", "-o", self._options, "-l", str(self._home / "server.log"), "start")

    def kill(self) -> None:
        """End the server and all its workers at once, as a power cut would."""
        with suppress(OSError, ValueError, IndexError):
            master = int((self._data / "postmaster.pid").read_text().split()[0])
            for process in (master, *_children(master)):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        # Where nobody takes leave of dead processes, their numbers look alive to the next start.
        for mark in (self._data / "postmaster.pid", self._home / f".s.PGSQL.{self._port}.lock"):
            mark.unlink(missing_ok=True)

    def remove(self) -> None:
        """Stop the server and throw its data away; never raises."""
        with suppress(OSError, LookupError, subprocess.CalledProcessError):
            self._run("pg_ctl", "-w", "-t", "60", "-m", "immediate", "stop")
        shutil.rmtree(self._home, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        with self._log.open("a") as file:
            subprocess.run(command, stdout=file, stderr=file, cwd="/", check=True, **self._as_user)  # type: ignore[call-overload]


def _children(parent: int) -> list[int]:
    """Processes that one process started, where the system shows them."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # The name in brackets may hold blanks; the parent's number is the second word after it.
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(status.parent.name))
    return found
