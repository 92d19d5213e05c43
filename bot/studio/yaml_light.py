"""A YAML text read by the C parser into round-trip containers that know quotes and lines but no comments: ten times as fast."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    FoldedScalarString,
    LiteralScalarString,
    SingleQuotedScalarString,
)

_ANCHORS = re.compile(r"(?:^|[\s\[{,])(?:[&*]\w|<<\s*:)")
_TEXT = "tag:yaml.org,2002:str"
_STYLES: dict[str, type[str]] = {
    '"': DoubleQuotedScalarString, "'": SingleQuotedScalarString, "|": LiteralScalarString, ">": FoldedScalarString,
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """An entry of a mapping (`key`) or an item of a list (its number), as it was read."""

    key: Any
    value: Any
    node: yaml.Node
    line: int
    """Where it begins, from 0."""
    column: int


class Light:
    """The tree of one text."""

    def __init__(self, text: str) -> None:
        """Raises yaml.YAMLError for no YAML, and NotLight where only a full reader is sure."""
        # A name may stand for a part read before; what reads parts one by one cannot know it.
        if _ANCHORS.search(text):
            raise NotLight
        loader = yaml.CSafeLoader(text)
        self._loader = loader
        self._parts: dict[int, tuple[Any, list[Part]]] = {}
        try:
            self.node = loader.get_single_node()
            self.tree = self._made(self.node) if self.node is not None else None
        finally:
            loader.dispose()

    def parts(self, container: Any) -> list[Part]:
        """What a mapping or list of the tree consisted of when it was read; [] for one that came later."""
        found = self._parts.get(id(container))
        return found[1] if found is not None and found[0] is container else []

    def _made(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            if node.tag == _TEXT:
                return _STYLES.get(node.style or "", str)(node.value)
            return self._loader.construct_object(node, deep=True)
        parts: list[Part] = []
        made: Any
        if isinstance(node, yaml.MappingNode):
            made = CommentedMap()
            for name, inner in node.value:
                key = self._made(name)
                if not isinstance(name, yaml.ScalarNode) or key in made:
                    raise NotLight
                made[key] = self._made(inner)
                parts.append(Part(key, made[key], inner, name.start_mark.line, name.start_mark.column))
        else:
            assert isinstance(node, yaml.SequenceNode)
            made = CommentedSeq()
            for inner in node.value:
                made.append(self._made(inner))
                parts.append(Part(len(parts), made[-1], inner, inner.start_mark.line, inner.start_mark.column))
        if node.flow_style:
            made.fa.set_flow_style()
        self._parts[id(made)] = made, parts
        return made


class NotLight(Exception):
    """The text has anchors, or keys that stand twice or are no plain words."""
