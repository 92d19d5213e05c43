"""The difference between two editions in words an editor understands, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ChangeKind = Literal["added", "changed", "removed"]


@dataclass(frozen=True)
class Change:
    """One item that differs. `words` is a Russian sentence: «Добавлены 3 фразы к желанию «Записаться на приём»».

    `path` and `key` name the item for `undo`; `before` and `after` are its texts, "" where there is none.
    """

    kind: ChangeKind
    path: str
    key: str
    words: str
    before: str
    after: str
    page: str = ""
    """Address in the studio where it is edited, `/desk/studio/…`; "" for none."""


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """Everything that differs between the files of two editions, grouped by file. A file that is no YAML is one change as a whole."""
    raise NotImplementedError


def undo(old: Mapping[str, str], new: Mapping[str, str], path: str, key: str) -> dict[str, str]:
    """The new files with one item as it was in the old ones. Raises KeyError for an unknown item."""
    raise NotImplementedError
