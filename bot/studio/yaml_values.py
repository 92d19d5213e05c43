"""Values of YAML files whether read plain or with their layout: which are the same, and how one becomes another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import LiteralScalarString, ScalarString

_TELLING = (
    "id", "intent", "synonym", "regex", "lookup", "rule", "story", "code", "number", "phrase", "question", "shortcut", "date",
    "case", "text", "title", "name", "hours",
)  # fmt: skip
"""Fields that tell items of a list apart, the best first."""


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: also in type (`1` is no `true`), and in the order of lists."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return len(one) == len(other) and all(key in other and same(value, other[key]) for key, value in one.items())
    if _listed(one) and _listed(other):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, str) and isinstance(other, str):
        return str(one) == str(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) and isinstance(other, float) and one != one:
        return other != other
    return bool(_number(one) == _number(other) and one == other)


def telling(item: Any) -> str:
    """What tells an item of a list from its neighbours: «id=greet», a name; "" for nothing."""
    if isinstance(item, str):
        return str(item)
    if not isinstance(item, Mapping):
        return ""
    for field in _TELLING:
        if isinstance(item.get(field), (str, int, float)):
            return f"{field}={item[field]}"
    # `- greet: {use_entities: false}`
    return str(next(iter(item))) if len(item) == 1 else ""


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


class OtherShape(Exception):
    """A mapping cannot become a list, nor a text a mapping."""


def become(tree: Any, value: Any) -> None:
    """Change a round-trip tree until it says `value`; parts that say the same stay as they are, comments and all.

    Raises OtherShape.
    """
    if isinstance(value, Mapping) and isinstance(tree, CommentedMap):
        _become_map(tree, value)
    elif _listed(value) and isinstance(tree, CommentedSeq):
        _become_list(tree, value)
    else:
        raise OtherShape


def _become_map(tree: CommentedMap, want: Mapping[Any, Any]) -> None:
    for key in [key for key in tree if key not in want]:
        del tree[key]
    for place, (key, value) in enumerate(want.items()):
        if key not in tree:
            tree.insert(place, key, fresh(value))
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
    return fresh(want)


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
            tree.insert(begin + place, fresh(want[first + place], tree[0] if len(tree) else None))


def _mark(item: Any) -> str:
    return telling(item) or repr(plain(item))


def fresh(value: Any, like: Any = None) -> Any:
    """A value for a round-trip tree, without the comments of the tree it comes from."""
    if isinstance(value, Mapping):
        made = CommentedMap((fresh(key), fresh(part)) for key, part in value.items())
        if isinstance(value, CommentedMap) and value.fa.flow_style():
            made.fa.set_flow_style()
        return made
    if _listed(value):
        items = CommentedSeq(fresh(part) for part in value)
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


def _number(value: Any) -> type:
    return float if isinstance(value, float) else int if isinstance(value, int) else object
