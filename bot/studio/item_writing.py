"""Lets a YAML text say another value with as few lines changed as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import LiteralScalarString, ScalarString

from bot.studio.item_trees import same, telling
from bot.studio.yaml_text import BadYaml, edit, parse, written


def rewritten(text: str, value: Any) -> str:
    """The text after it says `value`, a mapping or list; comments and lines that say the same stay. Raises BadYaml.

    New parts are written as they are marked (quotes, blocks, brackets), when they come from a round-trip tree.
    """

    def change(tree: Any) -> None:
        if isinstance(value, Mapping) and isinstance(tree, CommentedMap):
            _become_map(tree, value)
        elif _listed(value) and isinstance(tree, CommentedSeq):
            _become_list(tree, value)
        else:
            raise _OtherShape

    try:
        done = edit(text, change)
        if same(parse(done), plain(value)):
            return done
    except (_OtherShape, BadYaml):
        # What was damaged before is written anew below.
        pass
    return written(_node(value))


class _OtherShape(Exception):
    pass


def plain(value: Any) -> Any:
    """A value without marks of its layout."""
    if isinstance(value, Mapping):
        return {plain(key): plain(part) for key, part in value.items()}
    if _listed(value):
        return [plain(part) for part in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, float):
        return float(value)
    return int(value) if isinstance(value, int) else value


def _become_map(tree: CommentedMap, want: Mapping[Any, Any]) -> None:
    for key in [key for key in tree if key not in want]:
        del tree[key]
    for place, (key, value) in enumerate(want.items()):
        if key not in tree:
            tree.insert(place, key, _node(value))
        elif not same(tree[key], value):
            tree[key] = _become(tree[key], value)


def _become(node: Any, want: Any) -> Any:
    if isinstance(node, CommentedMap) and isinstance(want, Mapping):
        _become_map(node, want)
        return node
    if isinstance(node, CommentedSeq) and _listed(want):
        _become_list(node, want)
        return node
    if isinstance(node, ScalarString) and type(want) is str and ("\n" in want) == ("\n" in node):
        return type(node)(want)
    return _node(want)


def _become_list(tree: CommentedSeq, want: Sequence[Any]) -> None:
    old, new = [_mark(item) for item in tree], [_mark(item) for item in want]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    # From the end, so that the numbers before stay true.
    for kind, begin, end, first, last in reversed(matcher.get_opcodes()):
        if kind == "equal":
            for place, item in zip(range(begin, end), want[first:last], strict=True):
                if not same(tree[place], item):
                    tree[place] = _become(tree[place], item)
            continue
        shared = min(end - begin, last - first)
        for step in range(shared):
            tree[begin + step] = _become(tree[begin + step], want[first + step])
        for place in reversed(range(begin + shared, end)):
            del tree[place]
        for place in range(shared, last - first):
            tree.insert(begin + place, _node(want[first + place], tree[0] if len(tree) else None))


def _mark(item: Any) -> str:
    return telling(item) or repr(plain(item))


def _node(value: Any, like: Any = None) -> Any:
    """A value for a round-trip tree, without the comments of the tree it comes from."""
    if isinstance(value, Mapping):
        made = CommentedMap((_node(key), _node(part)) for key, part in value.items())
        if isinstance(value, CommentedMap) and value.fa.flow_style():
            made.fa.set_flow_style()
        return made
    if _listed(value):
        items = CommentedSeq(_node(part) for part in value)
        if isinstance(value, CommentedSeq) and value.fa.flow_style():
            items.fa.set_flow_style()
        return items
    if isinstance(value, ScalarString):
        return type(value)(value)
    if isinstance(value, str) and "\n" in value:
        return LiteralScalarString(value)
    if isinstance(value, str) and isinstance(like, ScalarString):
        return type(like)(value)
    return value


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
