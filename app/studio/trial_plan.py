"""What a trial house may know: demonstration data in a folder of its own, and not one address, token or key of the agency."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.paths import Layout
from app.running.child import Program
from app.running.ports import free_port
from app.running.stack import Stack, plan, prepare
from app.settings import Settings
from app.studio import train_limits
from bot.studio.project import Project

KEPT = frozenset(
    "PATH HOME LANG LANGUAGE LC_ALL LC_CTYPE TZ TMPDIR LD_LIBRARY_PATH SYSTEMROOT OTKLIK_STATE PYTHONPATH PYTHONUNBUFFERED "
    "PYTHONWARNINGS RASA_TELEMETRY_ENABLED SQLALCHEMY_SILENCE_UBER_WARNING TF_CPP_MIN_LOG_LEVEL CUDA_VISIBLE_DEVICES "
    "HF_HUB_OFFLINE LOG_LEVEL LOG_LEVEL_LIBRARIES FORCE_JSON_LOGGING SANIC_ACCESS_LOG OTKLIK_RASA_URL OTKLIK_ACTIONS_URL "
    "OTKLIK_ACTIONS_TOKEN OTKLIK_RASA_DB OTKLIK_RASA_DB_URL".split()
)
"""Variables that a trial's processes take over; everything else of the assistant's environment stays outside."""
ALIKE = ("persona", "timezone", "rasa_timeout", "log_level")
"""Settings that a trial shares with the house of the citizens."""


def frozen(project: Project, folder: Path) -> Project:
    """A copy of an edition, so that a trial does not change under whoever talks to it. Blocks for some 10 ms."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in project.paths():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project.folder / path, target)
    return Project(folder)


def plan_trial(layout: Layout, settings: Settings, edition: Project, model: Path, folder: Path) -> Stack:
    """The two programs of a trial house in `folder`, on free ports; nothing is started. `edition` is a frozen copy."""
    own = {
        "host": "127.0.0.1",
        "port": free_port(),
        "database_url": f"sqlite+aiosqlite:///{folder / 'otklik.db'}",
        "rasa_db": str(folder / "rasa.db"),
        "secret_key_file": folder / "secret.key",
        "files_dir": folder / "files",
        "recordings_dir": folder / "recordings",
        "studio_dir": folder / "studio",
        "project_dir": edition.folder,
        "content_dir": edition.content,
        "local_api_key": secrets.token_urlsafe(24),
        "actions_token": secrets.token_urlsafe(24),
        "retention_days": 0,
        "voice": False,
        "demo": True,
        **{name: getattr(settings, name) for name in ALIKE},
    }
    # Without validation, that is without the environment: nothing of the citizens' house comes in by the back door.
    planned = Settings.model_construct(_fields_set=set(own), **own)
    stack = plan(layout, planned, model, planned.port, {})
    folder.mkdir(parents=True, exist_ok=True)
    prepare(layout, planned, stack)
    given = {f"OTKLIK_{name.upper()}": _written(value) for name, value in own.items()}
    assistant, rasa = stack.programs
    steady = {"OTKLIK_STEADY": "1", "OTKLIK_SECRET_KEY_FILE": given["OTKLIK_SECRET_KEY_FILE"]}
    programs = (
        _quiet(assistant, given, folder / "assistant.log", [sys.executable, "-P", "-m", "app.studio.trial_serve"]),
        _quiet(rasa, steady, folder / "rasa.log", rasa.command),
    )
    return replace(stack, programs=programs)


def _quiet(program: Program, given: Mapping[str, str], log: Path, command: Sequence[str]) -> Program:
    """The program with a clean environment and a low priority."""
    environ = {name: value for name, value in program.environ.items() if name in KEPT}
    slow = [sys.executable, "-I", "-S", train_limits.__file__]
    return replace(
        program, command=[*slow, *command], environ=environ | dict(given) | {"OMP_NUM_THREADS": "1"}, log=log
    )


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
