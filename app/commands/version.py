"""`./otklik version`: what is installed."""

from __future__ import annotations

import platform
import re

from app.paths import HERE
from app.training.fingerprint import rasa_version


def run() -> int:
    """Print the versions; the exit code."""
    print(f"Отклик {project_version()} · Rasa {rasa_version(HERE)} · Python {platform.python_version()}")
    return 0


def project_version() -> str:
    """The version in pyproject.toml."""
    found = re.search(r'^version = "([^"]+)"', (HERE.root / "pyproject.toml").read_text("utf-8"), re.M)
    return found[1] if found else "?"
