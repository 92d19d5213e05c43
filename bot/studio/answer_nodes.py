"""Changes lists of texts and of variants in a round-trip tree; comments around them and untouched texts stay as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.studio.yaml_text import quoted

_BARE = re.compile(r"/?[A-Za-z][A-Za-z0-9_]*")
LAST = "text"
"""The key that stays the last one of a variant: what is written below an answer hangs on it."""


def put_lines(nodes: Any, lines: Sequence[str | Mapping[str, Any]], bare: bool = False) -> None:
    """Let a list hold these lines, texts or small tables written on one line; those that were there keep their way of writing.

    `bare`: new texts stand without quotes where YAML allows it.
    """
    written = {repr(plain(node)): node for node in nodes}
    _reshape(nodes, len(lines))
    for at, line in enumerate(lines):
        fresh = line if bare else quoted(line) if isinstance(line, str) else _fresh(line)
        nodes[at] = written.get(repr(line), fresh)


def put_variants(nodes: Any, variants: Sequence[Mapping[str, Any]]) -> None:
    """Let a list hold these variants (mappings of plain values, `text` among them)."""
    written: dict[tuple[str, str], Any] = {}
    for node in nodes:
        for key, value in node.items():
            written[key, repr(plain(value))] = value
    _reshape(nodes, len(variants))
    for at, variant in enumerate(variants):
        node = nodes[at]
        if not isinstance(node, CommentedMap):
            node = nodes[at] = CommentedMap()
        if plain(node) == variant:
            continue
        for key in [key for key in node if key not in variant]:
            del node[key]
        before = [key for key in variant if key != LAST]
        for place, key in enumerate(before):
            value = written.get((key, repr(variant[key])), _fresh(variant[key]))
            if key in node:
                node[key] = value
            else:
                node.insert(place, key, value)
        node[LAST] = written.get((LAST, repr(variant[LAST])), quoted(str(variant[LAST])))


def plain(value: Any) -> Any:
    """A node as plain dicts, lists and values."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def _reshape(nodes: Any, size: int) -> None:
    """Give a list this length at its beginning: what is written below it hangs on its last element."""
    while len(nodes) > max(size, 0):
        del nodes[0]
    while len(nodes) < size:
        nodes.insert(0, None)


def _fresh(value: Any) -> Any:
    """A value in the layout of domain.yml: conditions and buttons on one line."""
    if isinstance(value, list):
        made = CommentedSeq([_fresh(one) for one in value])
        made.fa.set_flow_style()
        return made
    if isinstance(value, Mapping):
        table = CommentedMap({key: _fresh(one) for key, one in value.items()})
        table.fa.set_flow_style()
        return table
    return quoted(value) if isinstance(value, str) and not _BARE.fullmatch(value) else value
