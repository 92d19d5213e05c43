"""Finds the lines of each record in a YAML text, so that a change touches these lines and no others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode


@dataclass(frozen=True)
class Span:
    """Lines `first` to `last` (not included) of one record; `column` is where it begins. `group` counts collections (of `*`)."""

    first: int
    last: int
    column: int
    group: int


def spans(text: str, path: Sequence[str]) -> list[Span] | None:
    """The lines of every record below `path`, in the order of the file; None where records share lines (`[a, b]`)."""
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # S506: both are safe
    found: list[Span] = []
    for group, collection in enumerate(_collections(root, tuple(path))):
        if collection is None or not collection.value:
            continue
        if collection.flow_style:
            return None
        for part in collection.value:
            first, value = part if isinstance(collection, MappingNode) else (part, part)
            column = collection.start_mark.column
            found.append(Span(first.start_mark.line, _last(value, first), column, group))
    return found


def _collections(node: Node | None, path: tuple[str, ...]) -> Iterator[CollectionNode | None]:
    if not path:
        yield node if isinstance(node, CollectionNode) else None
    elif path[0] == "*":
        for item in node.value if isinstance(node, SequenceNode) else ():
            yield from _collections(item, path[1:])
    else:
        inner = next((v for k, v in node.value if k.value == path[0]), None) if isinstance(node, MappingNode) else None
        yield from _collections(inner, path[1:])


def _last(node: Node, key: Node) -> int:
    """The line after the last one of a value; block collections end where the next token begins, so their last leaf is asked."""
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last(last[1], last[0]) if isinstance(node, MappingNode) else _last(last, last)
    end = node.end_mark
    if end.line < key.start_mark.line:
        return key.end_mark.line + 1
    return end.line if end.column == 0 and end.line > node.start_mark.line else end.line + 1


def trimmed(lines: Sequence[str], span: Span) -> tuple[int, int]:
    """First and last line without the blank ones at the end, which a block text (`|`) swallows."""
    last = span.last
    while last > span.first + 1 and not lines[last - 1].strip():
        last -= 1
    return span.first, last


def dedented(lines: Sequence[str], column: int) -> str:
    """The lines moved left."""
    return "".join(
        "\n" if not line.strip() else line[column:] if not line[:column].strip() else line.lstrip() for line in lines
    )


def indented(text: str, column: int) -> list[str]:
    """The lines of a text moved right; empty ones stay empty."""
    return [f"{' ' * column}{line}" if line.strip() else line for line in text.splitlines(keepends=True)]
