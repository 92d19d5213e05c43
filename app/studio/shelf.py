"""Keeps the models of publications, so that an earlier one is back at once, and names the one that Rasa starts with."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

KEEP = 10
"""Published models kept, about 20 MB each; older editions are trained anew when somebody returns to them."""
CURRENT = "current.tar.gz"


class Shelf:
    """A folder of published models, `<name>.tar.gz`, and a link `current.tar.gz` to the live one. Calls block for milliseconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: str) -> Path | None:
        """A kept model by its name; None when it is gone."""
        path = self._folder / f"{name}.tar.gz"
        return path if name and path.is_file() else None

    def put(self, model: Path) -> Path:
        """Keep a model, without copying it where the file system can link; its place here."""
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / model.name
        if not target.exists():
            fresh = self._folder / f".{model.name}.{os.getpid()}"
            fresh.unlink(missing_ok=True)
            try:
                os.link(model, fresh)
            except OSError:
                shutil.copyfile(model, fresh)
            fresh.replace(target)
        os.utime(target)
        self._drop_old()
        return target

    def point(self, model: Path) -> Path:
        """Let Rasa start with this kept model from now on; the link's path."""
        link, fresh = self._folder / CURRENT, self._folder / f".{CURRENT}.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(model.name)
        fresh.replace(link)
        return link

    @property
    def current(self) -> str:
        """Name of the live model; "" when none was pointed to."""
        link = self._folder / CURRENT
        return link.readlink().name.removesuffix(".tar.gz") if link.is_symlink() else ""

    def _drop_old(self) -> None:
        kept = [path for path in self._folder.glob("*.tar.gz") if not path.is_symlink()]
        for old in sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)[KEEP:]:
            if old.name != f"{self.current}.tar.gz":
                old.unlink(missing_ok=True)
