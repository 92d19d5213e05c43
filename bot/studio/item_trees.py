"""What counts as one item in the files of an edition: a phrase, a field of a record, an answer, a rule; and where it stands.

An item's place is a tuple of steps: the key of a mapping, or what tells an item of a list from its neighbours (`id=mfc_central`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bot.studio.yaml_text import parse
from bot.studio.yaml_values import same, telling

Place = tuple[str, ...]


class Missing:
    """Stands where a side has nothing."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

_WHOLE = {"domain.yml": {"responses", "slots", "forms", "intents", "entities"}, "config.yml": {"pipeline", "policies"}}
"""Sections whose entries are one item each."""


@dataclass(frozen=True)
class Difference:
    """An item that two sides have differently."""

    place: Place
    old: Any
    new: Any


def key_of(place: Place) -> str:
    """A place as one line, for forms and addresses; "" is the whole file."""
    return json.dumps(place, ensure_ascii=False) if place else ""


def place_of(key: str) -> Place:
    """The place a line names. Raises KeyError."""
    if not key:
        return ()
    try:
        steps = json.loads(key)
    except ValueError:
        raise KeyError(key) from None
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise KeyError(key)
    return tuple(steps)


@lru_cache(maxsize=32)
def read(text: str) -> Any:
    """What a YAML text says, kept for the next time: to look at, never to change. Raises BadYaml."""
    return parse(text)


def children(path: str, place: Place, *values: Any) -> list[dict[str, Any]] | None:
    """The parts of several sides' values at a place by step, {} for MISSING; None when the value is one item there."""
    if _whole(path, place):
        return None
    # A list without items tells nothing about itself: what it is, the others say.
    found = [{} if value is MISSING or value == [] else _parts(value) for value in values]
    if not any(found):
        return None
    kinds = {isinstance(value, Mapping) for value in values if value is not MISSING}
    if len(kinds) != 1 or any(part is None for part in found):
        return None
    return [part for part in found if part is not None]


def _parts(value: Any) -> dict[str, Any] | None:
    if isinstance(value, Mapping):
        found = {str(key): part for key, part in value.items()}
        return found if len(found) == len(value) else None
    if not _listed(value) or not value or all(isinstance(item, str) for item in value):
        return None
    steps = [telling(item) for item in value]
    if "" in steps or len(set(steps)) < len(steps):
        return None
    return dict(zip(steps, value, strict=True))


def _whole(path: str, place: Place) -> bool:
    if path.startswith("stories/"):
        return len(place) >= 2
    if path in _WHOLE and place and place[0] in _WHOLE[path]:
        return len(place) >= 2
    return False


def differences_in(path: str, old: Any, new: Any, place: Place = ()) -> Iterator[Difference]:
    """Items that differ between two sides' values, in the order of the new side."""
    if same(old, new) and (old is MISSING) == (new is MISSING):
        return
    inside = None if MISSING in (old, new) else children(path, place, old, new)
    if inside is None:
        yield Difference(place, old, new)
        return
    before, after = inside
    for step in [*after, *(step for step in before if step not in after)]:
        yield from differences_in(path, before.get(step, MISSING), after.get(step, MISSING), (*place, step))


def at(value: Any, place: Place) -> Any:
    """What stands at a place, MISSING for nothing."""
    for step in place:
        parts = _parts(value)
        if parts is None or step not in parts:
            return MISSING
        value = parts[step]
    return value


def with_item(value: Any, place: Place, item: Any, order: Any) -> Any:
    """A value in plain containers with the item at a place set, or taken away for MISSING.

    `order` is a value that has the item: a new one goes behind the neighbour it has there. Raises KeyError for no such place.
    """
    if not place:
        return item
    step, rest = place[0], place[1:]
    parts = _parts(value) if value is not MISSING and value != [] else {}
    models = (_parts(order) if order is not MISSING and order != [] else {}) or {}
    if parts is None or (rest and step not in parts):
        raise KeyError(step)
    new = with_item(parts.get(step, MISSING), rest, item, models.get(step, MISSING)) if rest else item
    found = {name: part for name, part in parts.items() if name != step or new is not MISSING}
    if new is not MISSING:
        found = {**found, step: new} if step in found else inserted(found, step, new, list(models))
    return rebuilt(value if isinstance(value, (Mapping, list)) else order, found, order)


def inserted(parts: Mapping[str, Any], step: str, item: Any, order: Sequence[str]) -> dict[str, Any]:
    """Parts with a new one behind the nearest neighbour that stands before it in `order`; at the end when it is not there."""
    before = order[: order.index(step)] if step in order else list(parts)
    neighbour = next((name for name in reversed(before) if name in parts), None)
    result: dict[str, Any] = {} if neighbour is not None else {step: item}
    for name, part in parts.items():
        result[name] = part
        if name == neighbour:
            result[step] = item
    return result


def rebuilt(like: Any, parts: Mapping[str, Any], *others: Any) -> Any:
    """A mapping or list of these parts; keys of a mapping are those of `like` and the others, which need not be texts."""
    if not isinstance(like, Mapping):
        return list(parts.values())
    names = {str(key): key for one in (*others, like) if isinstance(one, Mapping) for key in one}
    return {names.get(step, step): part for step, part in parts.items()}


def is_texts(value: Any) -> bool:
    """Whether it is a list of different texts, which merges text by text."""
    return (
        _listed(value)
        and all(isinstance(item, str) and any(c.isalpha() for c in item) for item in value)
        and len(set(value)) == len(value)
    )


def is_phrases(value: Any) -> bool:
    """Whether it is a block of lines «- phrase»."""
    lines = value.rstrip("\n").split("\n") if isinstance(value, str) else []
    return bool(lines) and all(line.startswith("- ") for line in lines)


def lines_of(value: Any) -> list[str]:
    """The phrases of a block, without their dashes."""
    return (
        [line.removeprefix("- ") for line in value.rstrip("\n").split("\n")] if isinstance(value, str) and value else []
    )


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
