"""Puts plain values into a round-trip YAML tree in the manner of what stands there: quotes, flow or block, order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString, ScalarString

from bot.studio.yaml_text import block, quoted

_RESOLVER = yaml.resolver.Resolver()


def put(holder: Any, path: Sequence[Any], value: Any) -> None:
    """Set the value that `path` leads to, None: take the key away. Mappings on the way are made."""
    *way, last = path
    for key in way:
        if not isinstance(holder.get(key), Mapping):
            if value is None:
                return
            holder[key] = CommentedMap()
        holder = holder[key]
    is_list = isinstance(holder, CommentedSeq)
    old = holder[last] if is_list or last in holder else None
    if value is None:
        if not is_list and last in holder:
            del holder[last]
    elif isinstance(value, list) and isinstance(old, CommentedSeq):
        _renew(old, value)
    else:
        holder[last] = node(value, old)


def node(value: Any, like: Any = None) -> Any:
    """A plain value as a node, in the manner of a node beside it."""
    if isinstance(value, str):
        return _text(value, like)
    if isinstance(value, Mapping):
        return _mapping(value, like)
    if isinstance(value, list):
        made = CommentedSeq([node(one, like[0] if isinstance(like, CommentedSeq) and like else None) for one in value])
        if value and isinstance(value[0], list) or (isinstance(like, CommentedSeq) and like.fa.flow_style()):
            made.fa.set_flow_style()
        return made
    return value


def key(text: str, like: Any = None) -> Any:
    """The key of a mapping."""
    return _text(text, like if isinstance(like, ScalarString) else None)


def _mapping(value: Mapping[str, Any], like: Any) -> CommentedMap:
    made = CommentedMap()
    for name, one in value.items():
        made[name] = node(one, like.get(name) if isinstance(like, Mapping) else None)
    if isinstance(like, CommentedMap) and like.fa.flow_style():
        made.fa.set_flow_style()
    return made


def _text(text: str, like: Any) -> Any:
    if isinstance(like, LiteralScalarString):
        return LiteralScalarString(text.rstrip("\n") + ("\n" if like.endswith("\n") else ""))
    if "\n" in text:
        return block(text)
    if isinstance(like, FoldedScalarString):
        return _plain(text)
    if isinstance(like, ScalarString):
        return type(like)(text)
    if isinstance(like, int) and not isinstance(like, bool) and text.isdecimal():
        return int(text)
    return _plain(text)


def _plain(text: str) -> Any:
    """A string without quotes, where the assistant's YAML 1.1 would not take it for a number, a truth value or a time."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return text if tag == "tag:yaml.org,2002:str" and text else quoted(text)


def _renew(old: CommentedSeq, new: list[Any]) -> None:
    """Make a list hold these values, leaving alone the items that stay."""
    before = [_frozen(one) for one in old]
    after = [_frozen(one) for one in new]
    like = old[0] if old else None
    for tag, a, b, c, d in reversed(SequenceMatcher(None, before, after, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        for _ in range(b - a - (d - c)):
            b -= 1
            del old[b]
        for at in range(min(b - a, d - c)):
            if isinstance(new[c + at], Mapping) and isinstance(old[a + at], Mapping):
                _merge(old[a + at], new[c + at])
            else:
                old[a + at] = node(new[c + at], old[a + at])
        for at in range(b - a, d - c):
            old.insert(a + at, node(new[c + at], like))


def _merge(old: Any, new: Mapping[str, Any]) -> None:
    for name in [name for name in old if name not in new]:
        del old[name]
    for name, value in new.items():
        if name not in old or _frozen(old[name]) != _frozen(value):
            put(old, (name,), value)


def _frozen(value: Any) -> Any:
    """A value that can be compared and hashed."""
    if isinstance(value, Mapping):
        return tuple((str(k), _frozen(v)) for k, v in value.items())
    if isinstance(value, list):
        return tuple(_frozen(v) for v in value)
    return str(value) if isinstance(value, str) else value
