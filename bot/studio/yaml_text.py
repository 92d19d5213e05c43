"""Changes YAML texts without touching what was not changed: comments, order and layout stay (ruamel.yaml, round trip)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from difflib import SequenceMatcher
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.util import load_yaml_guess_indent

from bot.services.plain_yaml import plain_yaml
from bot.studio import yaml_slices
from bot.studio.yaml_light import Light, NotLight
from bot.studio.yaml_nodes import in_words

BIG = 3_000
"""Characters; less is read as a whole in no time."""
WIDE = 1_000_000
"""Columns; a long line stays one line."""
_RESOLVER = yaml.resolver.Resolver()
_NUMBER = re.compile(r"[-+]?(0o[0-7]+|\.?\d[\d_.]*([eE][-+]?\d+)?)")


class BadYaml(Exception):
    """A text that is no YAML; `line` (from 1) and `text` in Russian say where and why."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"строка {line}: {text}")
        self.line, self.text = line, text


def parse(text: str) -> Any:
    """Plain values (dict, list, str, int, float, bool, None). Raises BadYaml."""
    try:
        return plain_yaml(text)
    except yaml.YAMLError as error:
        raise BadYaml(*in_words(error)) from None


def edit(text: str, change: Callable[[Any], None]) -> str:
    """The text after `change` altered its round-trip tree (ruamel's CommentedMap and CommentedSeq) in place.

    Lines that the change does not concern come out byte for byte as they went in. `change` may be called twice, each time with
    a tree of its own, so it must not alter anything else. Raises BadYaml, and what `change` raises.
    """
    quick = yaml_slices.edited(text, change, edit_whole) if len(text) > BIG else None
    return edit_whole(text, change) if quick is None else quick


def edit_whole(text: str, change: Callable[[Any], None]) -> str:
    """`edit` that always reads all of the text by ruamel: about a second for each 150 KB."""
    writer, tree = _loaded(text)
    before = _written(writer, tree)
    change(tree)
    after = _written(writer, tree)
    done = after if before == text else _carried(text, before, after)
    tidy = _tidied(text, done)
    return tidy if tidy == done or parse(tidy) == parse(done) else done


def tree(text: str) -> Any:
    """The tree of a text, to read from: its values know their quotes and brackets. Raises BadYaml."""
    try:
        return Light(text).tree
    except yaml.YAMLError as error:
        raise BadYaml(*in_words(error)) from None
    except NotLight:
        return _loaded(text)[1]


def block(text: str) -> Any:
    """A string that is written as a literal block (`|`), for lists of phrases."""
    return LiteralScalarString(text)


def quoted(text: str) -> Any:
    """A string that is written in double quotes, as the answers of domain.yml are."""
    return DoubleQuotedScalarString(text)


def written(node: Any) -> str:
    """A text that says `node`, a new round-trip tree."""
    return _written(_writer(), node)


def _writer() -> YAML:
    writer = YAML(typ="rt")
    writer.preserve_quotes, writer.width = True, WIDE
    writer.allow_duplicate_keys = True
    writer.Representer = _Representer
    return writer


def _loaded(text: str) -> tuple[YAML, Any]:
    parse(text)
    writer = _writer()
    try:
        _, indent, offset = load_yaml_guess_indent(text)
        writer.indent(mapping=2, sequence=indent or 2, offset=offset or 0)
        return writer, writer.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(mark.line + 1 if mark else 1, "студия не понимает эту запись, поправьте файл вручную") from None


class _Representer(RoundTripRepresenter):
    """Puts quotes round a bare word that some loader takes for something else than a text: no, on, 12:30, 1_000."""

    def represent_str(self, data: str) -> Any:
        """A node for a text."""
        style = '"' if means_something_else(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


def means_something_else(text: str) -> bool:
    """Whether the bare word is no text to a loader of YAML 1.1 or 1.2, or none between brackets (libyaml: ":)", "?да")."""
    if text[:1] in (":", "?"):
        return True
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag != "tag:yaml.org,2002:str" or text in ("y", "Y", "n", "N") or _NUMBER.fullmatch(text) is not None


def _written(writer: YAML, tree: Any) -> str:
    stream = io.StringIO()
    writer.dump(tree, stream)
    return stream.getvalue()


def _carried(text: str, before: str, after: str) -> str:
    """What changed from `before` to `after`, done to `text`, which says the same as `before` in another layout."""
    mine, old, new = (one.splitlines(keepends=True) for one in (text, before, after))
    # Places where both layouts agree on what comes before and after: only there may a piece be cut out.
    cuts = [(0, 0)]
    for begin, start, size in SequenceMatcher(None, old, mine, autojunk=False).get_matching_blocks():
        cuts += [(begin + step, start + step) for step in range(size + 1)]
    cuts.append((len(old), len(mine)))
    result: list[str] = []
    done = 0
    for begin, end, fresh in _pieces(old, new, sorted({place for place, _ in cuts})):
        top = max(there for here, there in cuts if here == begin)
        bottom = top if begin == end else min(there for here, there in cuts if here == end)
        result += [*mine[done:top], *fresh]
        done = max(top, bottom)
    return "".join([*result, *mine[done:]])


def _tidied(text: str, done: str) -> str:
    """Undo two habits of ruamel: a comment above an item goes with the item before, a new last item stands behind the gap."""
    old, new = text.splitlines(keepends=True), done.splitlines(keepends=True)
    result: list[str] = []
    for kind, begin, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        fresh = new[first:last]
        if kind == "delete":
            cut = end
            while cut > begin and _idle(old[cut - 1]):
                cut -= 1
            kept = old[cut:end]
            result += kept if any(line.strip() for line in kept) and cut > begin else []
            continue
        top = end < len(old) and old[end][:1] not in (" ", "-", "#", "\n")
        if kind == "insert" and top and fresh and fresh[-1].strip():
            gap = len(result)
            while gap and not result[gap - 1].strip():
                gap -= 1
            result[gap:] = [*fresh, *result[gap:]]
            continue
        result += fresh
    return "".join(result)


def _idle(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _pieces(old: list[str], new: list[str], places: list[int]) -> list[tuple[int, int, list[str]]]:
    """Changed stretches of `old`, widened until they begin and end at one of `places`, each with its new lines."""
    found: list[tuple[int, int, int, int]] = []
    for kind, begin, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        wide_begin = max(place for place in places if place <= begin)
        wide_end = min(place for place in places if place >= end)
        piece = (wide_begin, wide_end, first - (begin - wide_begin), last + (wide_end - end))
        if found and piece[0] < found[-1][1]:
            piece = (found[-1][0], piece[1], found[-1][2], piece[3])
            found.pop()
        found.append(piece)
    return [(begin, end, new[first:last]) for begin, end, first, last in found]


_Representer.add_representer(str, _Representer.represent_str)
