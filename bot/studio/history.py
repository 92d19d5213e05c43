"""The history of publications in git: who published what, why and when, and any earlier version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.studio.project import Project


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


class NoHistory(Exception):
    """git is missing or refuses; `text` says what to do, in Russian."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class History:
    """Runs `git` for one project. Where the project lies in no git repository, `own` becomes one of its own.

    Only files of editions are looked at and committed: whatever else a programmer has staged or changed stays as it is.
    All calls block (10–100 ms) and raise NoHistory.
    """

    def __init__(self, project: Project, own: Path) -> None:
        """`own` is the folder of a repository to make when the project is in none."""
        self._project, self._own = project, own

    def head(self) -> str:
        """Hash of the newest commit; "" before the first one."""
        raise NotImplementedError

    def versions(self, limit: int = 50, before: str = "") -> list[Version]:
        """Commits that changed an edition's files, newest first; those older than the commit `before`."""
        raise NotImplementedError

    def files(self, version: str) -> dict[str, str]:
        """All files of the edition as they were in a commit. Raises NoHistory for an unknown one."""
        raise NotImplementedError

    def by_hand(self) -> list[str]:
        """Paths of the edition that somebody changed on disk and did not commit."""
        raise NotImplementedError

    def commit(self, files: Mapping[str, str], author: str, email: str, message: str, at: datetime) -> str:
        """Commit an edition of just these files, and write what differs into the project's folder; the commit's hash.

        The commit is made first: whoever is killed in between finishes by `restore`. What was changed by hand is committed before as a
        commit of its own, so that nothing is lost. Returns the head's hash when nothing differs.
        """
        raise NotImplementedError

    def restore(self) -> list[str]:
        """Finish the writing that a killed `commit` has left open; the paths that were written, [] in good order."""
        raise NotImplementedError
