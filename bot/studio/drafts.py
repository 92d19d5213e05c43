"""Editors' drafts: each editor changes a copy of the published project, which knows from what it was copied."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from bot.studio.merge import Clash, merge, taken
from bot.studio.project import Project

BEGUN, STEP, CLASHES = "begun.json", "step.json", "clashes.json"
"""Files beside base and work: since when the draft is, where it is on its way to, and what waits for a choice."""


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
        """Paths that differ from the base, sorted; [] when nothing was changed. Cheap: only what was touched is read."""
        return differing(self.base, self.work)

    def read(self, path: str) -> str:
        """A file of the draft. Raises NotOfProject, FileNotFoundError."""
        return self.work.read(path)

    def write(self, path: str, text: str) -> None:
        """Change a file of the draft. Raises NotOfProject."""
        with _lock_of(self.folder):
            self.work.write(path, text)


def differing(one: Project, other: Project) -> list[str]:
    """Paths of files that two projects have differently, sorted. Only files touched since they were last looked at are read."""
    before, now = _marks(one), _marks(other)
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


_seen: dict[str, tuple[int, int, bytes]] = {}
"""Time, size and hash of files that were looked at, by path."""
_locks: dict[Path, threading.RLock] = {}


def _marks(project: Project) -> dict[str, bytes]:
    found = {}
    for path in project.paths():
        name = f"{project.folder}/{path}"
        try:
            about = Path(name).stat()
            known = _seen.get(name)
            if known is None or known[:2] != (about.st_mtime_ns, about.st_size):
                known = (about.st_mtime_ns, about.st_size, hashlib.sha256(Path(name).read_bytes()).digest())
                _seen[name] = known
        except FileNotFoundError:
            continue
        found[path] = known[2]
    return found


def _lock_of(folder: Path) -> threading.RLock:
    return _locks.setdefault(folder, threading.RLock())


class Drafts:
    """All drafts, each in a folder named after its editor's account. Calls block for milliseconds, `refresh` for seconds."""

    def __init__(self, folder: Path, published: Project, clock: Callable[[], datetime]) -> None:
        """`folder` is made when missing; `published` is the project the robot runs on."""
        self._folder, self._published, self._clock = folder, published, clock

    @property
    def published(self) -> Project:
        """What the robot runs on."""
        return self._published

    def of(self, account_id: str) -> Draft:
        """The draft of an editor, begun from the published project when she has none; what a kill left open is finished."""
        draft = self._at(account_id)
        with _lock_of(draft.folder):
            if not (draft.folder / BEGUN).exists():
                self._begin(draft)
            elif (draft.folder / STEP).exists():
                self._finish(draft)
        return draft

    def discard(self, account_id: str) -> Draft:
        """Forget everything the editor changed; a fresh draft."""
        draft = self._at(account_id)
        with _lock_of(draft.folder):
            self._begin(draft)
        return draft

    def behind(self, account_id: str) -> list[str]:
        """Paths that were published differently since the draft took them over, sorted."""
        return differing(self.of(account_id).base, self._published)

    def refresh(self, account_id: str) -> list[Clash]:
        """Bring what was published since into the draft; everything that clashes now, mine standing in the draft. Takes seconds.

        Raises UnicodeDecodeError for a file that is no text.
        """
        draft = self.of(account_id)
        while True:
            base, work, published = draft.base.files(), draft.work.files(), self._published.files()
            merged = merge(base, work, published)
            with _lock_of(draft.folder):
                if draft.work.files() != work:
                    continue  # she went on working meanwhile
                waiting = {(one.path, one.key): one for one in (*self.clashes(account_id), *merged.clashes)}
                self._step(draft, published, merged.files, list(waiting.values()))
                return list(waiting.values())

    def clashes(self, account_id: str) -> list[Clash]:
        """What waits for the editor's choice since `refresh`."""
        try:
            found = json.loads((self.of(account_id).folder / CLASHES).read_text("utf-8"))
        except FileNotFoundError:
            return []
        return [Clash(**one) for one in found]

    def settle(self, account_id: str, choices: Mapping[tuple[str, str], Literal["mine", "theirs"]]) -> list[Clash]:
        """Settle clashes by (path, key); those that still wait. A choice for what no longer waits is passed over."""
        draft = self.of(account_id)
        with _lock_of(draft.folder):
            work, left = draft.work.files(), []
            for clash in self.clashes(account_id):
                choice = choices.get((clash.path, clash.key))
                if choice is None:
                    left.append(clash)
                elif choice == "theirs":
                    text = taken(work.pop(clash.path, None), clash)
                    work |= {} if text is None else {clash.path: text}
            self._step(draft, draft.base.files(), work, left)
        return left

    def rebase(self, draft: Draft, base: Mapping[str, str], work: Mapping[str, str]) -> None:
        """Let the draft stand on another published state with these files of its own."""
        with _lock_of(draft.folder):
            self._step(draft, base, work, self.clashes(draft.owner))

    def _at(self, account_id: str) -> Draft:
        return Draft(account_id, self._folder / _safe(account_id))

    def _step(self, draft: Draft, base: Mapping[str, str], work: Mapping[str, str], clashes: list[Clash]) -> None:
        """Note where the draft goes, then go there: whoever is killed on the way arrives with the next `of`."""
        step = {"base": dict(base), "work": dict(work), "clashes": [asdict(one) for one in clashes]}
        _write(draft.folder / STEP, json.dumps(step, ensure_ascii=False))
        self._finish(draft)

    def _finish(self, draft: Draft) -> None:
        step = json.loads((draft.folder / STEP).read_text("utf-8"))
        draft.base.become(step["base"])
        draft.work.become(step["work"])
        if step["clashes"]:
            _write(draft.folder / CLASHES, json.dumps(step["clashes"], ensure_ascii=False))
        else:
            (draft.folder / CLASHES).unlink(missing_ok=True)
        (draft.folder / STEP).unlink()

    def _begin(self, draft: Draft) -> None:
        # Without this file the draft counts as not begun: a kill on the way begins anew.
        (draft.folder / BEGUN).unlink(missing_ok=True)
        shutil.rmtree(draft.folder, ignore_errors=True)
        for project, source in ((draft.base, self._published), (draft.work, draft.base)):
            for path in source.paths():
                target = project.folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source.folder / path, target)
        draft.folder.mkdir(parents=True, exist_ok=True)
        _write(draft.folder / BEGUN, json.dumps({"at": self._clock().isoformat()}))


def _write(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _safe(account_id: str) -> str:
    if not account_id or not all(c.isalnum() or c in "-_" for c in account_id):
        raise ValueError(account_id)
    return account_id
