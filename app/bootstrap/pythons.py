"""Finds a Python of a wanted version that really runs: on the path, among pyenv's versions, in the usual places."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Mapping, Optional, Sequence, Tuple

Minor = Tuple[int, int]

ASSISTANT_MINORS: Sequence[Minor] = ((3, 11), (3, 12), (3, 13))
"""Tried in this order: the pinned packages are tested on the first."""
DIALOGUE_MINORS: Sequence[Minor] = ((3, 10),)
"""Rasa 3.6 runs on nothing newer."""

_PROBE = "import sys, ssl, ctypes; print('%d.%d.%d' % sys.version_info[:3])"
_USUAL = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "/opt/local/bin")


@dataclass(frozen=True)
class Python:
    """An interpreter that ran when asked for its version."""

    path: str
    version: Tuple[int, int, int]

    @property
    def shown(self) -> str:
        """The version in figures: «3.10.13»."""
        return ".".join(str(part) for part in self.version)


def probe(path: str) -> Optional[Python]:
    """The interpreter at `path`, or None when it does not run: a broken shim, a missing library, a wrong machine."""
    try:
        asked = subprocess.run([path, "-E", "-c", _PROBE], capture_output=True, text=True, timeout=30, check=False)
        major, minor, patch = (int(part) for part in asked.stdout.strip().split("."))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return Python(path, (major, minor, patch)) if asked.returncode == 0 else None


def candidates(minor: Minor, environ: Mapping[str, str]) -> Iterator[str]:
    """Paths where a Python of this version may be, likeliest first. None of them has been run yet."""
    name = f"python{minor[0]}.{minor[1]}"
    if sys.version_info[:2] == minor:
        yield sys.executable
    folders = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    for folder in [*folders, *_USUAL]:
        yield str(Path(folder) / name)
    for root in _pyenv_roots(environ):
        found = (root / "versions").glob(f"{minor[0]}.{minor[1]}*/bin/python")
        yield from (str(path) for path in sorted(found, key=_patch, reverse=True))


def find(minors: Sequence[Minor], environ: Mapping[str, str]) -> Optional[Python]:
    """The first Python of one of these versions that runs."""
    for minor in minors:
        tried = set()
        for path in candidates(minor, environ):
            if path in tried or not os.access(path, os.X_OK):
                continue
            tried.add(path)
            python = probe(path)
            if python and python.version[:2] == minor:
                return python
    return None


def _pyenv_roots(environ: Mapping[str, str]) -> Iterator[Path]:
    if environ.get("PYENV_ROOT"):
        yield Path(environ["PYENV_ROOT"])
    home = environ.get("HOME")
    if home:
        yield Path(home) / ".pyenv"


def _patch(path: Path) -> Tuple[int, ...]:
    version = path.parent.parent.name
    return tuple(int(part) for part in version.split(".") if part.isdigit())
