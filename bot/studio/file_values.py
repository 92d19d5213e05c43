"""Values of a project's YAML files, read once for each state of a file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.services.content.fields import parse_yaml
from bot.studio.project import Project


def values(project: Project, path: str) -> Any:
    """Plain values of a file; None for one that is missing or empty. To be read only: callers share them.

    Blocks for up to 100 ms after a change. Raises ContentError for what is no YAML.
    """
    target = project.folder / path
    try:
        state = target.stat()
    except FileNotFoundError:
        return None
    return _values(target, state.st_mtime_ns, state.st_size, path)


@lru_cache(maxsize=64)
def _values(target: Path, mtime: int, size: int, path: str) -> Any:
    del mtime, size  # a key only: a file that changed is read anew
    return parse_yaml(target.read_text("utf-8"), path)
