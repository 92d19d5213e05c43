"""Changes YAML texts without touching what was not changed: comments, order and layout stay (ruamel.yaml, round trip)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class BadYaml(Exception):
    """A text that is no YAML; `line` (from 1) and `text` in Russian say where and why."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"строка {line}: {text}")
        self.line, self.text = line, text


def parse(text: str) -> Any:
    """Plain values (dict, list, str, int, float, bool, None). Raises BadYaml."""
    raise NotImplementedError


def edit(text: str, change: Callable[[Any], None]) -> str:
    """The text after `change` altered its round-trip tree (ruamel's CommentedMap and CommentedSeq) in place.

    Lines that the change does not concern come out byte for byte as they went in. Raises BadYaml, and what `change` raises.
    """
    raise NotImplementedError


def block(text: str) -> Any:
    """A string that is written as a literal block (`|`), for lists of phrases."""
    raise NotImplementedError


def quoted(text: str) -> Any:
    """A string that is written in double quotes, as the answers of domain.yml are."""
    raise NotImplementedError
