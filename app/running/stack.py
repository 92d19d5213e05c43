"""What the house is made of: the assistant and Rasa, with the ports and secrets of this run."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.paths import Layout
from app.problems import Problem
from app.running.child import Program
from app.running.ports import free_port
from app.settings import Settings
from app.training.train import rasa_environment


@dataclass(frozen=True)
class Stack:
    """One way to run the house. `address` is for people, `local` for this machine."""

    programs: tuple[Program, ...]
    address: str
    local: str
    rasa_url: str
    key: str
    hints_file: Path


def plan(layout: Layout, settings: Settings, model: Path, port: int, own: Mapping[str, str] | None = None) -> Stack:
    """Decide addresses and secrets of a run on `port`; nothing is started. `own` are variables for this run only."""
    local = f"http://127.0.0.1:{port}" if settings.host in ("0.0.0.0", "127.0.0.1", "localhost") else ""  # noqa: S104
    shown_host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104
    address = f"http://[{shown_host}]:{port}" if ":" in shown_host else f"http://{shown_host}:{port}"
    local = local or address
    key, token = local_key(settings), settings.actions_token or secrets.token_urlsafe(24)
    rasa_port = free_port()
    logs = layout.logs if own is None else layout.logs / "apart"
    rasa_url = f"http://127.0.0.1:{rasa_port}" if settings.own_rasa else settings.rasa_url.rstrip("/")
    hints_file = layout.run / f"hints-{port}.json"
    shared = {
        "OTKLIK_RASA_URL": rasa_url,
        # In the address, so that endpoints.yml stays one line; the log masks it.
        "OTKLIK_ACTIONS_URL": f"{local}/actions?token={token}",
        "OTKLIK_ACTIONS_TOKEN": token,
        "OTKLIK_RASA_DB": settings.rasa_db,
        "OTKLIK_RASA_DB_URL": settings.rasa_db if "://" in settings.rasa_db else f"sqlite:///{settings.rasa_db}",
    }
    assistant = Program(
        title="помощник",
        command=[sys.executable, "-P", "-m", "app.serve"],
        environ=os.environ
        | shared
        | {
            "PYTHONPATH": str(layout.root),
            "PYTHONUNBUFFERED": "1",
            "OTKLIK_HOST": settings.host,
            "OTKLIK_PORT": str(port),
            "OTKLIK_LOCAL_API_KEY": key,
            "OTKLIK_DATABASE_URL": settings.database_url,
            "OTKLIK_HINTS_FILE": str(hints_file),
            "OTKLIK_VOICE": str(int(settings.voice)),
            **(own or {}),
        },
        folder=layout.root,
        log=logs / "assistant.log",
        address=f"{local}/health",
    )
    rasa = Program(
        title="Rasa",
        command=[
            str(layout.python("dialogue")), "-m", "rasa", "run", "--enable-api", "--model", str(model),
            "--port", str(rasa_port), "-i", "127.0.0.1", "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
        ],
        environ=rasa_environment(layout)
        | shared
        | _keys(settings)
        | {"LOG_LEVEL": "WARNING", "LOG_LEVEL_LIBRARIES": "ERROR", "FORCE_JSON_LOGGING": "1", "SANIC_ACCESS_LOG": "false"},
        folder=layout.root,
        log=logs / "rasa.log",
        address=f"{rasa_url}/status",
        warm_up=f"{rasa_url}/model/parse",
    )  # fmt: skip
    programs = (assistant, rasa) if settings.own_rasa else (assistant,)
    return Stack(programs, address, local, rasa_url, key, hints_file)


def _keys(settings: Settings) -> dict[str, str]:
    """The keys Rasa seals its record with: the assistant's own."""
    words = settings.secret_key.get_secret_value()
    return (
        {"OTKLIK_SECRET_KEY": words} if words else {"OTKLIK_SECRET_KEY_FILE": str(settings.secret_key_file.absolute())}
    )


def prepare(layout: Layout, settings: Settings, stack: Stack) -> None:
    """Make the folders and Rasa's database. Raises Problem."""
    stack.hints_file.unlink(missing_ok=True)
    try:
        for folder in (layout.data, layout.run, layout.logs):
            folder.mkdir(parents=True, exist_ok=True)
        if settings.sqlite_file:
            settings.sqlite_file.parent.mkdir(parents=True, exist_ok=True)
        if settings.own_rasa and "://" not in settings.rasa_db:
            path = Path(settings.rasa_db)
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path)) as database:
                # Stays in the file: Rasa's own connections then write the journal once instead of three times.
                database.execute("PRAGMA journal_mode=WAL")
    except (OSError, sqlite3.Error) as error:
        raise Problem(f"Не пишется в папку данных {layout.shown(layout.data)}: {error}.") from error


def hints(stack: Stack) -> list[dict[str, str]]:
    """What to try, as the assistant wrote it at its start; empty when it did not."""
    try:
        found = json.loads(stack.hints_file.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return found if isinstance(found, list) else []


def local_key(settings: Settings) -> str:
    """The key of this run for the terminal chat."""
    return settings.local_api_key or secrets.token_urlsafe(24)
