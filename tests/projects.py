"""A project to publish into that is not ours: the files of an edition, copied."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.paths import HERE
from bot.studio.project import Project


def copy_of_project(folder: Path) -> Path:
    """Copy every file of the checkout's edition into a new folder; the folder."""
    for path in Project(HERE.root).paths():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE.root / path, target)
    return folder
