"""Brings two editors' work together: item by item, and where both changed the same one it says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.studio.item_trees import (
    MISSING,
    Place,
    children,
    differences_in,
    inserted,
    is_phrases,
    is_texts,
    key_of,
    lines_of,
    place_of,
    read,
    rebuilt,
    with_item,
)
from bot.studio.item_words import Namer, shown
from bot.studio.item_writing import rewritten
from bot.studio.yaml_text import BadYaml, parse, tree
from bot.studio.yaml_values import plain, same


@dataclass(frozen=True)
class Clash:
    """An item that both changed differently. `words` names it in Russian; "" in `mine` or `theirs`: this side deleted it."""

    path: str
    key: str
    words: str
    base: str
    mine: str
    theirs: str
    value: str = ""
    """Theirs for `settle`: the text of a whole file, else JSON; "" when they deleted it."""


@dataclass(frozen=True)
class Merged:
    """The files after the merge; clashing items stand in them as in `mine`."""

    files: dict[str, str]
    clashes: tuple[Clash, ...]


def merge(base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> Merged:
    """Take what only one side changed from that side. Phrases of one intent merge as sets, keyed items one by one."""
    names = Namer(theirs, mine)
    files: dict[str, str] = {}
    clashes: list[Clash] = []
    for path in sorted(base.keys() | mine.keys() | theirs.keys()):
        text, found = _file(path, names, base.get(path), mine.get(path), theirs.get(path))
        clashes += found
        if text is not None:
            files[path] = text
    return Merged(files, tuple(clashes))


def settle(merged: Merged, take_theirs: set[tuple[str, str]]) -> dict[str, str]:
    """The files after somebody has chosen: of these (path, key) clashes theirs, of all others mine."""
    files = dict(merged.files)
    for clash in merged.clashes:
        if (clash.path, clash.key) in take_theirs:
            text = taken(files.get(clash.path), clash)
            files.pop(clash.path, None)
            if text is not None:
                files[clash.path] = text
    return dict(sorted(files.items()))


def taken(text: str | None, clash: Clash) -> str | None:
    """A file's text with theirs in place of mine, None when the file goes.

    Where the text has changed so much that the item has no place in it any more, it stays as it is.
    """
    if not clash.key:
        return clash.value or None
    if text is None:
        return None
    item = json.loads(clash.value) if clash.value else MISSING
    try:
        value = parse(text)
        return rewritten(text, with_item(value, place_of(clash.key), item, value))
    except (KeyError, BadYaml):
        return text


def _file(
    path: str, names: Namer, base: str | None, mine: str | None, theirs: str | None
) -> tuple[str | None, list[Clash]]:
    if theirs in (mine, base):
        return mine, []
    if base == mine:
        return theirs, []
    whole = Clash(path, "", names.file(path), base or "", mine or "", theirs or "", theirs or "")
    if mine is None or theirs is None or not path.endswith(".yml"):
        return mine, [whole]
    try:
        trees = [tree(text) if text is not None else MISSING for text in (base, mine, theirs)]
    except BadYaml:
        return mine, [whole]
    clashes: list[Clash] = []
    value = _Merge(path, names, clashes).three((), *trees)
    if any(not clash.key for clash in clashes):
        return mine, [whole]
    wanted = plain(value)
    best = min((mine, theirs), key=lambda text: sum(1 for _ in differences_in(path, read(text), wanted)))
    return best if same(read(best), wanted) else rewritten(best, value), clashes


class _Merge:
    def __init__(self, path: str, names: Namer, clashes: list[Clash]) -> None:
        self._path, self._names, self._clashes = path, names, clashes

    def three(self, place: Place, base: Any, mine: Any, theirs: Any) -> Any:
        """The value at a place after the merge, MISSING for none."""
        if _alike(mine, theirs) or _alike(base, theirs):
            return mine
        if _alike(base, mine):
            return theirs
        if MISSING not in (mine, theirs):
            inside = children(self._path, place, base, mine, theirs)
            if inside is not None:
                return self._parts(place, inside, base, mine, theirs)
            texts = [[] if base is MISSING else base, mine, theirs]
            if all(is_texts(value) for value in texts):
                return _texts(*texts)
            blocks = ["" if base is MISSING else base, mine, theirs]
            if all(is_phrases(value) or value == "" for value in blocks):
                lines = _texts(*(lines_of(value) for value in blocks))
                return type(mine)("".join(f"- {line}\n" for line in lines))
        self._clash(place, base, mine, theirs)
        return mine

    def _parts(self, place: Place, inside: list[dict[str, Any]], base: Any, mine: Any, theirs: Any) -> Any:
        before, ours, others = inside
        reordered = [s for s in ours if s in before] == [s for s in before if s in ours]
        first, second = (others, ours) if reordered and list(ours) == list(before) else (ours, others)
        merged = {step: self._step(place, step, inside) for step in {**before, **ours, **others}}
        result = {step: merged[step] for step in first if merged[step] is not MISSING}
        for step in second:
            if step not in first and merged[step] is not MISSING:
                result = inserted(result, step, merged[step], list(second))
        return rebuilt(mine, result, theirs, base)

    def _step(self, place: Place, step: str, inside: list[dict[str, Any]]) -> Any:
        return self.three((*place, step), *(part.get(step, MISSING) for part in inside))

    def _clash(self, place: Place, base: Any, mine: Any, theirs: Any) -> None:
        base, mine, theirs = (value if value is MISSING else plain(value) for value in (base, mine, theirs))
        whose = theirs if mine is MISSING else mine
        words = self._names.item(self._path, place, {place: whose})
        value = "" if theirs is MISSING else json.dumps(theirs, ensure_ascii=False, default=str)
        self._clashes.append(Clash(self._path, key_of(place), words, shown(base), shown(mine), shown(theirs), value))


def _alike(one: Any, other: Any) -> bool:
    return one is other or (one is not MISSING and other is not MISSING and same(one, other))


def _texts(base: list[str], mine: list[str], theirs: list[str]) -> list[str]:
    """Mine without what they took away, with what they added behind the same neighbours."""
    kept, gone = set(mine), set(base) - set(theirs)
    result = {text: text for text in mine if text not in gone}
    for text in theirs:
        if text not in base and text not in kept:
            result = inserted(result, text, text, theirs)
    return list(result.values())
