"""Tells whether training data changed: one short hash over everything a model is made of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.paths import Layout
from app.problems import Problem

CONTENT = ("services", "centres", "region", "topics", "glossary")
"""Files of bot/content whose names of things go into the model."""
NOT_TRAINED = ("nlu/parse.py", "nlu/server.py", "nlu/variants.py", "nlu/evaluation.py")
"""Code in nlu/ that runs beside a model and is no part of it."""


def fingerprint(layout: Layout) -> str:
    """Names the model that belongs to the files as they are now. Raises Problem when the project is incomplete."""
    root = layout.project
    for name in ("config.yml", "domain.yml", "nlu/data", "stories"):
        if name == "domain.yml" and (root / "domain").is_dir():
            continue
        if not (root / name).exists():
            raise Problem(f"Нет {name}: без него диалог не обучить. Верните его из git.")
    files = [*training_files(layout), root / "config.yml", *domain_files(layout), *_code(layout)]
    return _hash(layout, files, rasa_version(layout))


def code_fingerprint(layout: Layout) -> str:
    """Names the components' code and the content they read; Rasa's own cache does not notice a change of these."""
    return _hash(layout, _code(layout), rasa_version(layout))


def training_files(layout: Layout) -> list[Path]:
    """Phrases, rules and stories, without the test conversations."""
    root = layout.project
    stories = [p for p in _yaml(root / "stories") if (root / "stories" / "tests") not in p.parents]
    return [*_yaml(root / "nlu" / "data"), *stories]


def domain_files(layout: Layout) -> list[Path]:
    """domain.yml, or the files of a folder domain/."""
    single = layout.project / "domain.yml"
    return [single] if single.exists() else _yaml(layout.project / "domain")


def rasa_version(layout: Layout) -> str:
    """The version in requirements/dialogue.txt."""
    found = re.search(r"^rasa==(\S+)", (layout.requirements / "dialogue.txt").read_text("utf-8"), re.M)
    return found.group(1) if found else "?"


def _code(layout: Layout) -> Iterator[Path]:
    root = layout.root
    for path in sorted((root / "nlu").rglob("*")):
        data = root / "nlu" / "data"
        if path.suffix not in (".py", ".yml", ".json", ".txt") or data in path.parents:
            continue
        if path.is_file() and path.relative_to(root).as_posix() not in NOT_TRAINED:
            yield path
    for name in CONTENT:
        path = layout.project / "bot" / "content" / f"{name}.yml"
        if path.exists():
            yield path


def _yaml(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yml", ".yaml") and path.is_file())


def _hash(layout: Layout, files: Iterable[Path], *more: str) -> str:
    total = hashlib.sha256("\n".join(more).encode())
    for name, path in sorted((_name(layout, path), path) for path in set(files)):
        # Line ends are not a change: git may turn them.
        data = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()[:16]


def _name(layout: Layout, path: Path) -> str:
    """A file's name in the hash: the same for a draft and for the project it was copied from."""
    base = layout.project if layout.project in path.parents else layout.root
    return path.relative_to(base).as_posix()
