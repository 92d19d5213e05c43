"""What an edition of the robot is made of: the files of one project folder, published or a draft."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PARTS = (
    "config.yml",
    "domain.yml",
    "nlu/data/**/*.yml",
    "stories/**/*.yml",
    "bot/content/**/*.yml",
    "bot/content/**/*.md",
    "bot/persona/*.yml",
)
"""Patterns of the files that belong to an edition, from the project's folder."""

_UNFINISHED = ".new"


class NotOfProject(Exception):
    """A path that is no file of an edition: outside the folder, or of another kind."""


@dataclass(frozen=True)
class Project:
    """A folder with config.yml, domain.yml, nlu/data, stories, bot/content and bot/persona. Paths are relative, with slashes."""

    folder: Path

    @property
    def content(self) -> Path:
        """Catalogue, knowledge and texts."""
        return self.folder / "bot" / "content"

    @property
    def persona(self) -> Path:
        """Characters and the lexicon of emotions."""
        return self.folder / "bot" / "persona"

    def paths(self) -> list[str]:
        """Every file of the edition, sorted."""
        return sorted(set(self._found()))

    def _found(self) -> Iterator[str]:
        for pattern in PARTS:
            top, _, name = pattern.rpartition("/")
            deep = top.endswith("**")
            yield from _files(str(self.folder), top.removesuffix("**").rstrip("/"), name.removeprefix("*"), deep)

    def read(self, path: str) -> str:
        """A file's text with `\\n` line ends. Raises NotOfProject, FileNotFoundError, UnicodeDecodeError."""
        return self._at(path).read_text("utf-8")

    def files(self) -> dict[str, str]:
        """All texts by path. Raises UnicodeDecodeError for a file that is not UTF-8."""
        return {path: self.read(path) for path in self.paths()}

    def write(self, path: str, text: str) -> None:
        """Replace or make one file; whoever reads meanwhile sees the old text or the new one, never a part. Raises NotOfProject."""
        target = self._at(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=_UNFINISHED)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def remove(self, path: str) -> None:
        """Delete a file; one that is not there is no error. Raises NotOfProject."""
        self._at(path).unlink(missing_ok=True)

    def sweep(self, path: str) -> None:
        """Take away what a killed `write` has left beside a file. Raises NotOfProject."""
        for left in self._at(path).parent.glob(f".*{_UNFINISHED}"):
            left.unlink(missing_ok=True)

    def become(self, files: Mapping[str, str]) -> list[str]:
        """Let the folder hold just these files of an edition, writing only what differs; the changed paths. Raises NotOfProject."""
        changed = []
        for path in self.paths():
            if path not in files:
                self.remove(path)
                changed.append(path)
        for path, text in files.items():
            target = self._at(path)
            if not target.exists() or target.read_bytes() != text.encode():
                self.write(path, text)
                changed.append(path)
        return sorted(changed)

    def _at(self, path: str) -> Path:
        target = (self.folder / path).resolve()
        inside = self.folder.resolve()
        relative = target.relative_to(inside) if target.is_relative_to(inside) else None
        if relative is None or not belongs(relative.as_posix()):
            raise NotOfProject(path)
        return target


def _files(folder: str, inside: str, ending: str, deep: bool) -> Iterator[str]:
    # Every page of the studio asks for these: Path.glob takes ten times as long.
    try:
        entries = list(os.scandir(f"{folder}/{inside}"))
    except OSError:
        return
    for entry in entries:
        name = f"{inside}/{entry.name}" if inside else entry.name
        if deep and entry.is_dir(follow_symlinks=False):
            yield from _files(folder, name, ending, deep)
        elif (entry.name.endswith(ending) if ending.startswith(".") else entry.name == ending) and entry.is_file():
            yield name


def belongs(path: str) -> bool:
    """Whether a path from the project's folder names a file of an edition."""
    return ".." not in path.split("/") and any(_matches(Path(path), pattern) for pattern in PARTS)


def _matches(path: Path, pattern: str) -> bool:
    top, _, name = pattern.rpartition("/")
    deep = top.endswith("**")
    folder = top.removesuffix("**").rstrip("/")
    if not path.match(name):
        return False
    parent = "" if path.parent == Path() else path.parent.as_posix()
    return parent == folder or (deep and (parent == folder or parent.startswith(f"{folder}/")))
