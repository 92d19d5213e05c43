"""The difference between two editions in words an editor understands, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.studio.item_trees import (
    MISSING,
    Difference,
    Place,
    at,
    differences_in,
    key_of,
    place_of,
    read,
    with_item,
)
from bot.studio.item_words import Namer, before_and_after, sentence
from bot.studio.item_writing import rewritten
from bot.studio.yaml_text import BadYaml, parse, tree
from bot.studio.yaml_values import same

ChangeKind = Literal["added", "changed", "removed"]


@dataclass(frozen=True)
class Change:
    """One item that differs. `words` is a Russian sentence: «Добавлены 3 фразы к желанию «Записаться на приём»».

    `path` and `key` name the item for `undo`; `before` and `after` are its texts, "" where there is none.
    """

    kind: ChangeKind
    path: str
    key: str
    words: str
    before: str
    after: str
    page: str = ""
    """Address in the studio where it is edited, `/desk/studio/…`; "" for none."""


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """Everything that differs between the files of two editions, grouped by file. Damaged YAML is one change as a whole."""
    names = Namer(new, old)
    found: list[Change] = []
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            found += _of_file(names, path, old.get(path), new.get(path))
    return found


def _of_file(names: Namer, path: str, old: str | None, new: str | None) -> Iterator[Change]:
    if old is None or new is None:
        kind: ChangeKind = "added" if old is None else "removed"
        word = "новый файл" if old is None else "файл удалён"
        yield Change(kind, path, "", f"{names.file(path)}: {word}", old or "", new or "", names.page(path, ()))
        return
    whole = Change("changed", path, "", f"{names.file(path)}: изменено", old, new, names.page(path, ()))
    if not path.endswith(".yml"):
        yield whole
        return
    try:
        before, after = read(old), read(new)
    except BadYaml as error:
        broken = f"{names.file(path)}: файл повреждён, {error}"
        yield Change("changed", path, "", broken, old, new, "")
        return
    items = list(differences_in(path, before, after))
    if not items:
        yield Change("changed", path, "", f"{names.file(path)}: пояснения и оформление", old, new, whole.page)
    for one in items:
        yield _change(names, path, one) if one.place else whole


def _change(names: Namer, path: str, one: Difference) -> Change:
    kind: ChangeKind = "added" if one.old is MISSING else "removed" if one.new is MISSING else "changed"
    before, after = before_and_after(one)
    return Change(kind, path, key_of(one.place), sentence(names, path, one), before, after, names.page(path, one.place))


def undo(old: Mapping[str, str], new: Mapping[str, str], path: str, key: str) -> dict[str, str]:
    """The new files with one item as it was in the old ones. Raises KeyError for an unknown item."""
    if path not in old and path not in new:
        raise KeyError(path)
    text = _undone(old.get(path), new.get(path), place_of(key))
    files = {name: one for name, one in new.items() if name != path}
    return dict(sorted((files if text is None else files | {path: text}).items()))


def _undone(old: str | None, new: str | None, place: Place) -> str | None:
    if not place:
        return old
    if old is None or new is None:
        raise KeyError(place)
    try:
        was, value = tree(old), parse(new)
    except BadYaml:
        raise KeyError(place) from None
    item = at(was, place)
    if item is MISSING and at(value, place) is MISSING:
        raise KeyError(place)
    wanted = with_item(value, place, item, was)
    return old if same(wanted, was) else rewritten(new, wanted)
