"""Reads the Rasa project before a training from a terminal: broken YAML and names that nobody declared, with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from app.paths import Layout
from app.training.fingerprint import domain_files, training_files
from bot.studio.checks_names import Known, unknown_names
from bot.studio.yaml_nodes import NOT_UTF8, compose, in_words


@dataclass(frozen=True)
class Mistake:
    """One thing to put right in one line of one file."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def mistakes(layout: Layout) -> list[Mistake]:
    """What is wrong in config, domain, phrases, rules and stories; the first of each kind of trouble comes first.

    Everything else that may be wrong in an edition is found by `bot.studio.checks`.
    """
    files = [layout.project / "config.yml", *domain_files(layout), *training_files(layout)]
    trees: dict[Path, yaml.Node | None] = {}
    found: list[Mistake] = []
    for path in files:
        try:
            trees[path] = compose(path.read_text("utf-8"))
        except UnicodeDecodeError:
            found.append(Mistake(layout.shown(path), 1, NOT_UTF8))
        except yaml.YAMLError as error:
            found.append(Mistake(layout.shown(path), *in_words(error)))
    if found:
        return found
    known = Known(trees[path] for path in domain_files(layout))
    for path in training_files(layout):
        found += [Mistake(m.path, m.line, m.text) for m in unknown_names(layout.shown(path), trees[path], known)]
    return found
