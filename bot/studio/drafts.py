"""Editors' drafts: each editor changes a copy of the published project, which knows from what it was copied."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.studio.project import Project


@dataclass(frozen=True)
class Draft:
    """One editor's copy. `work` is what she changes, `base` the published project as it was copied or last taken over."""

    owner: str
    """Id of the editor's account."""
    folder: Path

    @property
    def work(self) -> Project:
        """What the editor changes."""
        return Project(self.folder / "work")

    @property
    def base(self) -> Project:
        """What it was copied from."""
        return Project(self.folder / "base")

    def changed(self) -> list[str]:
        """Paths that differ from the base, sorted; [] when nothing was changed."""
        before, now = _bytes(self.base), _bytes(self.work)
        return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))

    def read(self, path: str) -> str:
        """A file of the draft. Raises NotOfProject, FileNotFoundError."""
        return self.work.read(path)

    def write(self, path: str, text: str) -> None:
        """Change a file of the draft. Raises NotOfProject."""
        self.work.write(path, text)


def _bytes(project: Project) -> dict[str, bytes]:
    return {path: (project.folder / path).read_bytes() for path in project.paths()}


class Drafts:
    """All drafts, each in a folder named after its editor's account. Files are small: calls block for milliseconds."""

    def __init__(self, folder: Path, published: Project, clock: Callable[[], datetime]) -> None:
        """`folder` is made when missing; `published` is the project the robot runs on."""
        self._folder, self._published, self._clock = folder, published, clock
        self._lock = threading.Lock()

    @property
    def published(self) -> Project:
        """What the robot runs on."""
        return self._published

    def of(self, account_id: str) -> Draft:
        """The draft of an editor, begun from the published project when she has none."""
        draft = Draft(account_id, self._folder / _safe(account_id))
        with self._lock:
            if not (draft.folder / "begun.json").exists():
                self._begin(draft)
        return draft

    def discard(self, account_id: str) -> Draft:
        """Forget everything the editor changed; a fresh draft."""
        draft = Draft(account_id, self._folder / _safe(account_id))
        with self._lock:
            shutil.rmtree(draft.folder, ignore_errors=True)
            self._begin(draft)
        return draft

    def rebase(self, draft: Draft, base: Mapping[str, str], work: Mapping[str, str]) -> None:
        """Let the draft stand on another published state with these files of its own."""
        with self._lock:
            draft.base.become(base)
            draft.work.become(work)

    def _begin(self, draft: Draft) -> None:
        for project in (draft.base, draft.work):
            shutil.rmtree(project.folder, ignore_errors=True)
            for path in self._published.paths():
                target = project.folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._published.folder / path, target)
        (draft.folder / "begun.json").write_text(json.dumps({"at": self._clock().isoformat()}), "utf-8")


def _safe(account_id: str) -> str:
    if not account_id or not all(c.isalnum() or c in "-_" for c in account_id):
        raise ValueError(account_id)
    return account_id
