"""Where every value of a YAML text stands, character by character, so that one of them can be rewritten and the rest left alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

Kind = Literal["scalar", "map", "seq", "alias"]


@dataclass
class Node:
    """One value. `start` and `end` cut its text out of the source, an anchor or tag before it included.

    The end of a block collection or block text is the end of its last line, comment behind it included, without the line break.
    """

    kind: Kind
    start: int
    end: int
    style: str = ""
    """Of a text: "" plain, `"`, `'`, `|` or `>`; "flow" of a collection in brackets."""
    value: Any = None
    """Of a scalar: what it means in Python."""
    column: int = 0
    """Of a block collection: spaces before each of its entries."""
    properties: str = ""
    """Anchor and tag as written, with the space after them."""
    entries: list[Entry] = field(default_factory=list)
    target: Node | None = None
    """Of an alias: what it stands for."""

    @property
    def block(self) -> bool:
        """Whether it is a collection that is laid out by lines and indentation."""
        return self.kind in ("map", "seq") and self.style != "flow"


@dataclass
class Entry:
    """One item of a collection: from its dash or key to the end of its value; in a block, to the end of the line."""

    start: int
    end: int
    value: Node
    key: Node | None = None


class Unsupported(Exception):
    """YAML that is right but too rare to be edited here; `line` (from 1) and `text` in Russian."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line, self.text = line, text


def nodes(source: str) -> Node | None:
    """The tree of a text with `\\n` line ends and no byte order mark; None when it is empty. Raises yaml.YAMLError, Unsupported."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._events: Iterator[Any] = yaml.parse(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self._anchors: dict[str, Node] = {}
        self._resolver, self._constructor = yaml.resolver.Resolver(), yaml.constructor.SafeConstructor()

    def read(self) -> Node | None:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events))
        next(self._events)
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise yaml.MarkedYAMLError(None, None, "but found another document", following.start_mark)
        return root

    def _node(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise yaml.MarkedYAMLError(None, None, "found undefined alias", event.start_mark)
            return Node("alias", start, end, target=self._anchors[event.anchor])
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, start, end)
        elif isinstance(event, yaml.MappingStartEvent):
            node = self._map(event, start, end)
        else:
            node = self._seq(event, start, end)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _scalar(self, event: Any, start: int, end: int) -> Node:
        style = event.style or ""
        if style in ("|", ">"):
            header = self._source[start:].split("\n", 1)[0].partition("#")[0]
            if "+" not in header:
                end = start + len(self._source[start:end].rstrip(" \n"))
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._resolver.resolve(yaml.ScalarNode, event.value, event.implicit)
        value = event.value
        if tag != "tag:yaml.org,2002:str":
            scalar = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark)
            value = self._constructor.construct_object(scalar)
        return Node("scalar", start, end, style, value, properties=self._properties(event, start))

    def _properties(self, event: Any, start: int) -> str:
        if event.anchor is None and event.tag is None:
            return ""
        at = start
        while at < len(self._source) and self._source[at] in "&!":
            while at < len(self._source) and not self._source[at].isspace():
                at += 1
            at = self._skip(at)
        return self._source[start:at]

    def _map(self, event: Any, start: int, end: int) -> Node:
        node = Node("map", start, end, "flow" if event.flow_style else "", properties=self._properties(event, start))
        seen: set[Hashable] = set()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event)
            if key.kind != "scalar" or self._source[key.start : key.end] == "<<":
                raise Unsupported(event.start_mark.line + 1, "такой ключ студия не правит: поправьте файл руками")
            if key.value in seen:
                raise yaml.MarkedYAMLError(None, None, f"поле {key.value} написано дважды", event.start_mark)
            seen.add(key.value)
            following = next(self._events)
            value = self._node(following)
            if value.start < key.end:
                value.start = value.end = key.end
            entry_end = max(key.end, value.end)
            node.entries.append(Entry(key.start, entry_end if event_in_flow(node) else self._line_end(entry_end), value, key))
        return self._closed(node, event)

    def _seq(self, event: Any, start: int, end: int) -> Node:
        node = Node("seq", start, end, "flow" if event.flow_style else "", properties=self._properties(event, start))
        after = start + len(node.properties)
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            value = self._node(event)
            if event_in_flow(node):
                node.entries.append(Entry(value.start, value.end, value))
                continue
            dash = self._skip(after)
            after = self._line_end(value.end)
            node.entries.append(Entry(dash, after, value))
        return self._closed(node, event)

    def _closed(self, node: Node, event: Any) -> Node:
        if event_in_flow(node):
            node.end = event.end_mark.index
            return node
        first = node.entries[0].start
        node.column = first - (self._source.rfind("\n", 0, first) + 1)
        node.end = node.entries[-1].end
        if any(self._source[entry.start] == "?" for entry in node.entries) or (
            node.kind == "map" and self._asked(first)
        ):
            raise Unsupported(event.start_mark.line + 1, "запись со знаком ? студия не правит: поправьте файл руками")
        return node

    def _asked(self, first: int) -> bool:
        return self._source[:first].rstrip(" ").endswith("?") and self._source[first - 1] == " "

    def _line_end(self, at: int) -> int:
        found = self._source.find("\n", at)
        line = self._source[at : len(self._source) if found < 0 else found]
        return at + len(line) if not line.strip() or line.lstrip().startswith("#") else at

    def _skip(self, at: int) -> int:
        """Past blanks, line breaks and comments."""
        while at < len(self._source):
            if self._source[at] == "#":
                found = self._source.find("\n", at)
                at = len(self._source) if found < 0 else found
            elif self._source[at] in " \n\t":
                at += 1
            else:
                break
        return at


def event_in_flow(node: Node) -> bool:
    """Whether the collection is in brackets."""
    return node.style == "flow"
