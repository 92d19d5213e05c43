"""Brings two editors' work together: item by item, and where both changed the same one it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Clash:
    """An item that both changed differently. `words` names it in Russian; "" in `mine` or `theirs` means that this side deleted it."""

    path: str
    key: str
    words: str
    base: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """The files after the merge; clashing items stand in them as in `mine`."""

    files: dict[str, str]
    clashes: tuple[Clash, ...]


def merge(base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> Merged:
    """Take what only one side changed from that side. Phrases of one intent merge as sets, keyed items one by one."""
    raise NotImplementedError


def settle(merged: Merged, take_theirs: set[tuple[str, str]]) -> dict[str, str]:
    """The files after somebody has chosen: of these (path, key) clashes theirs, of all others mine."""
    raise NotImplementedError
