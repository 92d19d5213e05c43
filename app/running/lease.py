"""Who runs this checkout now: one `up` at a time, found by its address; the kernel frees the place when it dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from app.paths import Layout
from app.problems import Problem


@dataclass(frozen=True)
class Running:
    """A house that runs. `key` opens its portal API to this machine's user."""

    pid: int
    address: str
    key: str
    rasa_url: str
    ready: bool = False


def running(layout: Layout) -> Running | None:
    """The house that runs in this checkout, or None."""
    try:
        with (layout.run / "up.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        pass
    except OSError:
        return None
    try:
        return Running(**json.loads((layout.run / "up.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def held(layout: Layout) -> Iterator[None]:
    """Keep the place for the time of the block. Raises Problem that names the one who has it."""
    layout.run.mkdir(parents=True, exist_ok=True)
    with (layout.run / "up.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            other = running(layout)
            where = f" по адресу {other.address} (процесс {other.pid})" if other else ""
            raise Problem(
                f"Помощник уже запущен{where}. Остановите его (Ctrl-C в том окне) или пользуйтесь им."
            ) from error
        try:
            yield
        finally:
            (layout.run / "up.json").unlink(missing_ok=True)


def announce(layout: Layout, state: Running) -> None:
    """Tell others where the house is. The file is for its owner only, for it holds a key."""
    path = layout.run / "up.json"
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(state), file)
    fresh.replace(path)
