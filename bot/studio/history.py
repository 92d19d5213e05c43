"""The history of publications in git: who published what, why and when, and any earlier version."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from bot.studio.history_git import Blob, Git, NoHistory, Person, Refused, in_words, own_repository, repository_of
from bot.studio.project import PARTS, NotOfProject, Project, belongs

__all__ = ["BY_HAND", "FIRST", "History", "NoHistory", "Version"]

BY_HAND = "Правка файлов вне студии"
"""Title of the commit that keeps what somebody changed on disk before a publication."""
FIRST = "Файлы проекта до первой публикации"
"""Title of the first commit in a repository of the studio's own."""
_TRIES = 5
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Version:
    """One commit that changed files of an edition. `id` is its full hash, `title` the first line of its message, `why` the rest."""

    id: str
    parent: str
    author: str
    email: str
    at: datetime
    title: str
    why: str


def _in_turn(method: Callable[Concatenate[History, P], T]) -> Callable[Concatenate[History, P], T]:
    """One call at a time, git's refusals in words."""

    @wraps(method)
    def called(self: History, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self._lock:
            try:
                return method(self, *args, **kwargs)
            except Refused as error:
                raise in_words(error) from None

    return called


class History:
    """Runs `git` for one project. Where the project lies in no git repository, `own` becomes one of its own.

    Only files of editions are looked at and committed: whatever else a programmer has staged or changed stays as it is.
    All calls block (10–100 ms) and raise NoHistory.
    """

    def __init__(self, project: Project, own: Path) -> None:
        """`own` is the folder of a repository to make when the project is in none."""
        self._project, self._own = project, own
        self._journal = own.with_name(f"{own.name}.journal.json")
        self._lock = threading.RLock()
        self._found: Git | None = None

    @_in_turn
    def head(self) -> str:
        """Hash of the newest commit; "" before the first one."""
        return self._git().head()

    @_in_turn
    def versions(self, limit: int = 50, before: str = "") -> list[Version]:
        """Commits that changed an edition's files, newest first; those older than the commit `before`."""
        git = self._git()
        start = self._known(git, before) if before else git.head()
        if not start:
            return []
        shape = "%H%n%P%n%an%n%ae%n%at%n%B"
        said = git.run("log", "-z", f"--format={shape}", f"--max-count={limit + 1}", start, "--", *self._patterns(git))
        found = [_version(one) for one in said.decode("utf-8", "replace").split("\0") if one]
        return [version for version in found if version.id != before][:limit]

    @_in_turn
    def version(self, version: str) -> Version:
        """One commit. Raises NoHistory for an unknown one."""
        git = self._git()
        said = git.run("show", "--no-patch", "-z", "--format=%H%n%P%n%an%n%ae%n%at%n%B", self._known(git, version))
        return _version(said.decode("utf-8", "replace").rstrip("\0"))

    @_in_turn
    def files(self, version: str) -> dict[str, str]:
        """All files of the edition as they were in a commit. Raises NoHistory for an unknown one."""
        git = self._git()
        return _texts(git, self._tree(git, self._known(git, version)))

    @_in_turn
    def by_hand(self) -> list[str]:
        """Paths of the edition that somebody changed on disk and did not commit; [] before the first commit."""
        git = self._git()
        head = git.head()
        return sorted(self._by_hand(git, head)) if head else []

    @_in_turn
    def commit(self, files: Mapping[str, str], author: str, email: str, message: str, at: datetime) -> str:
        """Commit an edition of just these files, and write what differs into the project's folder; the commit's hash.

        The commit is made first: whoever is killed in between finishes by `restore`. What was changed by hand is committed before
        as a commit of its own, so that nothing is lost. Returns the head's hash when nothing differs. Raises NotOfProject.
        """
        for path in files:
            if not belongs(path):
                raise NotOfProject(path)
        self.restore()
        git = self._git()
        git.await_unlocked()
        person = Person(author, email, at)
        for _ in range(_TRIES):
            head = git.head()
            done = self._keep_by_hand(git, head, at)
            if done is None:
                continue
            made = self._publish(git, done, files, person, message)
            if made is not None:
                return made
        raise NoHistory("Историю всё время меняет другая программа git. Повторите, когда она закончит.")

    @_in_turn
    def restore(self) -> list[str]:
        """Finish the writing that a killed `commit` has left open; the paths that were written, [] in good order."""
        try:
            left = json.loads(self._journal.read_text("utf-8"))
        except FileNotFoundError:
            return []
        except ValueError:
            left = {}
        git = self._git()
        made, parent = str(left.get("commit", "")), str(left.get("parent", ""))
        written: list[str] = []
        if _ID.fullmatch(made) and self._has(git, made):
            written = self._finish(git, made, parent)
        self._journal.unlink(missing_ok=True)
        return written

    def _git(self) -> Git:
        if self._found is None:
            self._found = repository_of(self._project.folder) or own_repository(self._own)
        return self._found

    def _patterns(self, git: Git) -> list[str]:
        top = re.sub(r"([*?\[\]\\])", r"\\\1", git.prefix)
        return [f":(top,glob){top}{pattern}" for pattern in PARTS]

    def _known(self, git: Git, version: str) -> str:
        unknown = NoHistory("Такой версии нет в истории. Обновите страницу и выберите версию из списка.")
        if not _ID.fullmatch(version):
            raise unknown
        try:
            return git.run("rev-parse", "--verify", "--quiet", f"{version}^{{commit}}").decode().strip()
        except Refused:
            raise unknown from None

    def _has(self, git: Git, commit: str) -> bool:
        """Whether HEAD stands on the commit or on one that came after it."""
        try:
            git.run("merge-base", "--is-ancestor", commit, "HEAD")
        except Refused:
            return False
        return True

    def _tree(self, git: Git, commit: str) -> dict[str, Blob]:
        return {path: blob for path, blob in git.tree(commit).items() if belongs(path)} if commit else {}

    def _by_hand(self, git: Git, head: str) -> dict[str, bytes | None]:
        """Bytes on disk of what differs from the head, None for what is gone."""
        tree = self._tree(git, head)
        changed: dict[str, bytes | None] = {path: None for path in tree}
        for path in self._project.paths():
            data = (self._project.folder / path).read_bytes()
            blob = tree.get(path)
            # Line ends may be the system's own on disk: that is no change.
            if blob and blob.id in (git.name_of(data), git.name_of(data.replace(b"\r\n", b"\n"))):
                del changed[path]
            else:
                changed[path] = data
        return changed

    def _keep_by_hand(self, git: Git, head: str, at: datetime) -> str | None:
        """Commit what was changed on disk; the head then, None when somebody else moved it meanwhile."""
        changed = self._by_hand(git, head)
        if not changed:
            return head
        modes = self._tree(git, head)
        blobs = {
            path: None if data is None else Blob(modes[path].mode if path in modes else "100644", git.keep(data))
            for path, data in changed.items()
        }
        made = git.commit(head, blobs, Person("Файлы проекта", "files@desk", at), BY_HAND if head else FIRST)
        if not made:
            return head
        self._note(made, head)
        if not git.point_head(made, head):
            self._journal.unlink(missing_ok=True)
            return None
        git.align_index(blobs)
        self._journal.unlink(missing_ok=True)
        return made

    def _publish(self, git: Git, head: str, files: Mapping[str, str], person: Person, message: str) -> str | None:
        tree = self._tree(git, head)
        changes: dict[str, Blob | None] = {path: None for path in tree if path not in files}
        for path, text in files.items():
            data, old = text.encode(), tree.get(path)
            if old is None or old.id != git.name_of(data):
                changes[path] = Blob(old.mode if old else "100644", git.keep(data))
        made = git.commit(head, changes, person, message or "Публикация") if changes else ""
        if not made:
            return head
        self._note(made, head)
        if not git.point_head(made, head):
            self._journal.unlink(missing_ok=True)
            return None
        self._project.become(files)
        # An index that another git holds now is brought in line by the next `restore`: published it is all the same.
        with suppress(NoHistory, Refused):
            git.align_index(changes)
            self._journal.unlink(missing_ok=True)
        return made

    def _finish(self, git: Git, made: str, parent: str) -> list[str]:
        before = self._tree(git, parent) if _ID.fullmatch(parent) else {}
        after, head = self._tree(git, made), self._tree(git, git.head())
        changes = {
            path: after.get(path)
            for path in before.keys() | after.keys()
            if before.get(path) != after.get(path) and head.get(path) == after.get(path)
        }
        texts = _texts(git, {path: blob for path, blob in changes.items() if blob is not None})
        written = []
        for path, blob in sorted(changes.items()):
            self._project.sweep(path)
            place, was = self._project.folder / path, before.get(path)
            on_disk = git.name_of(place.read_bytes()) if place.is_file() else ""
            if on_disk != (was.id if was else ""):
                continue  # written already, or changed by hand since
            if blob is None:
                self._project.remove(path)
            else:
                self._project.write(path, texts[path])
            written.append(path)
        git.align_index(changes)
        return written

    def _note(self, made: str, parent: str) -> None:
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        new = self._journal.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump({"commit": made, "parent": parent}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._journal)


def _texts(git: Git, tree: Mapping[str, Blob]) -> dict[str, str]:
    contents = git.contents([blob.id for blob in tree.values()])
    return {
        path: data.decode("utf-8", "replace").replace("\r\n", "\n") for path, data in zip(tree, contents, strict=True)
    }


def _version(said: str) -> Version:
    name, parents, author, email, at, *message = said.split("\n")
    title, _, why = "\n".join(message).strip().partition("\n")
    return Version(name, parents.split(" ")[0], author, email, datetime.fromtimestamp(int(at), UTC), title, why.strip())
