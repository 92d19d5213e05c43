"""Edits only the lines of a big YAML text that a change concerns: ruamel reads a short text where stubs stand for all the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.studio.yaml_light import Light, NotLight, Part
from bot.studio.yaml_values import OtherShape, become, plain, same

Edit = Callable[[str, Callable[[Any], None]], str]
_COMMENT = re.compile(r"(?:^|\s)#")


def edited(text: str, change: Callable[[Any], None], whole: Edit) -> str | None:
    """The text after `change`, as `whole` would write it; None where only `whole` on all of the text is sure to be right.

    `change` gets a tree of round-trip containers without comments. Raises what `change` raises.
    """
    try:
        light = Light(text)
    except (yaml.YAMLError, NotLight):
        return None
    before = plain(light.tree)
    change(light.tree)
    wanted = plain(light.tree)
    if repr(wanted) == repr(before):
        return text
    short = _Shortened(text, light)
    want = short.of(light.tree, before, text.count("\n"))
    brief = short.text()
    if brief == text:
        return None
    try:
        done = whole(brief, lambda tree: become(tree, want))
    except OtherShape:
        return None
    if len(_COMMENT.findall(done)) < len(_COMMENT.findall(brief)):
        # What was moved in its place took no comment along.
        return None
    full = short.restored(done)
    # The order of keys counts here: `repr` sees it, and the type of every value.
    return full if full is not None and repr(_parsed(full)) == repr(wanted) else None


def _parsed(text: str) -> Any:
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return None


class _Shortened:
    def __init__(self, text: str, light: Light) -> None:
        self._light = light
        self._lines = text.splitlines(keepends=True)
        self._cuts: list[tuple[int, int, str]] = []
        """First line, line after the last, and the stub that stands there."""

    def of(self, tree: Any, before: Any, bound: int) -> Any:
        """What the short text is to say in the place of this tree. `before` is what it said, `bound` the line where it ends."""
        parts, listed = self._light.parts(tree), isinstance(tree, CommentedSeq)
        if not parts or tree.fa.flow_style() or (listed and not all(_holds(part.value) for part in parts)):
            return tree
        names = [id(part.value) if listed else part.key for part in parts]
        now = {id(item): item for item in tree} if listed else dict(tree)
        if [name for name in now if name in set(names)] != [name for name in names if name in now]:
            return tree
        ends = [*(part.line for part in parts[1:]), bound]
        olds = before if listed else before.values()
        touched = [name not in now or not same(now[name], old) for name, old in zip(names, olds, strict=True)]
        stubs: dict[Any, str] = {}
        for first, last in _runs(_beside(touched, names, list(now))):
            if stub := self._cut(parts[first], ends[last], "- " if listed else ""):
                stubs |= dict.fromkeys(names[first : last + 1], stub)
        inside = {
            name: self.of(part.value, old, end)
            for name, part, old, end, is_touched in zip(names, parts, olds, ends, touched, strict=True)
            if is_touched and _holds(part.value) and now.get(name) is part.value
        }
        return _said(listed, now, stubs, inside)

    def _cut(self, part: Part, end: int, dash: str) -> str:
        """Let a stub stand from this part to the last line with words before `end`; its name, "" where that saves nothing."""
        before = self._lines[part.line][: part.column]
        while end > part.line and _idle(self._lines[end - 1]):
            end -= 1
        if end - part.line < 2 or before.strip() != dash.strip():
            return ""
        name = f"elided-{len(self._cuts)}"
        self._cuts.append((part.line, end, before + (f"{{{name}: 0}}\n" if dash else f"{name}: 0\n")))
        return name

    def text(self) -> str:
        """The lines with the stubs in place."""
        lines = list(self._lines)
        for first, last, stub in sorted(self._cuts, reverse=True):
            lines[first:last] = [stub]
        return "".join(lines)

    def restored(self, done: str) -> str | None:
        """The short text with all lines back; None when a stub is not there as it was."""
        back = {stub: "".join(self._lines[first:last]) for first, last, stub in self._cuts}
        lines = done.splitlines(keepends=True)
        if sum(line in back for line in lines) != len(back):
            return None
        return "".join(back.pop(line, line) for line in lines)


def _holds(value: Any) -> bool:
    return isinstance(value, (CommentedMap, CommentedSeq))


def _idle(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _beside(touched: Sequence[bool], names: Sequence[Any], now: Sequence[Any]) -> list[bool]:
    """Which parts stay: those that are touched, and their neighbours, as ruamel hangs comments between two parts on the first."""
    kept = [any(touched[max(0, at - 1) : at + 2]) for at in range(len(touched))]
    at = {name: place for place, name in enumerate(names)}
    for place, name in enumerate(now):
        if name not in at:
            before = next((at[one] for one in reversed(now[:place]) if one in at), None)
            behind = next((at[one] for one in now[place:] if one in at), None)
            for neighbour in (before, behind):
                if neighbour is not None:
                    kept[neighbour] = True
    return kept


def _runs(kept: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last place of everything between two parts that stay."""
    first = 0
    for place, stays in enumerate([*kept, True]):
        if stays:
            if place > first:
                yield first, place - 1
            first = place + 1


def _said(listed: bool, now: dict[Any, Any], stubs: dict[Any, str], inside: dict[Any, Any]) -> Any:
    said: dict[Any, Any] = {}
    for name, value in now.items():
        if stub := stubs.get(name):
            said[stub] = CommentedMap({stub: 0}) if listed else 0
        else:
            said[name] = inside.get(name, value)
    return CommentedSeq(said.values()) if listed else CommentedMap(said)
