"""Edits of big YAML texts that read only the lines concerned: they write what reading all of the text would have written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.paths import HERE
from bot.studio import yaml_slices
from bot.studio.project import Project
from bot.studio.yaml_text import BIG, block, edit, edit_whole, parse, quoted

PROJECT = Project(HERE.root)
BIG_FILES = [path for path in PROJECT.paths() if path.endswith(".yml") and len(PROJECT.read(path)) > 4 * BIG]
RECORDS = "# Все\nthings:\n" + "".join(
    f"  # про {name}\n  - id: {name}\n    title: Вещь {name}\n    words:\n      - раз\n      - два {name}\n\n"
    for name in "abcdefgh"
)


def _containers(node: Any) -> Iterator[Any]:
    if isinstance(node, (dict, list)) and node:
        yield node
        for part in list(node.values()) if isinstance(node, dict) else node:
            yield from _containers(part)


def _deed(kind: str, place: int) -> Callable[[Any], None]:
    """A change at one of the containers of a tree, the same in every tree of the same text."""

    def change(tree: Any) -> None:
        found = list(_containers(tree))
        node = found[place % len(found)]
        if isinstance(node, dict):
            key = list(node)[place % len(node)]
            if kind == "remove":
                del node[key]
            elif kind == "add":
                node["new_one"] = quoted("Новое")
            elif isinstance(node[key], str):
                node[key] = block("- раз\n- два\n") if "\n" in node[key] else "Другое"
        elif kind == "remove":
            del node[place % len(node)]
        elif kind == "add":
            node.append("Новое" if isinstance(node[0], str) else {"id": "new_one", "title": "Новое"})

    return change


@pytest.mark.parametrize("path", BIG_FILES)
@settings(max_examples=3, deadline=None)
@given(st.sampled_from(["remove", "add", "change"]), st.integers(0, 10_000))
def test_a_change_anywhere_means_what_it_would_in_the_whole_text(path: str, kind: str, place: int) -> None:
    text, change = PROJECT.read(path), _deed(kind, place)
    done = edit(text, change)
    assert parse(done) == parse(edit_whole(text, change))
    assert sum(line not in text.splitlines() for line in done.splitlines()) <= 14


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree["things"][3].__setitem__("title", "Другая"),
        lambda tree: tree["things"][3]["words"].append("три"),
        lambda tree: tree["things"].__delitem__(3),
        lambda tree: tree["things"].append({"id": "z"}),
        lambda tree: tree["things"].insert(0, {"id": "z"}),
    ],
)
def test_the_text_is_the_same_as_after_reading_all_of_it(change: Callable[[Any], None]) -> None:
    quick = yaml_slices.edited(RECORDS, change, edit_whole)
    assert quick == edit_whole(RECORDS, change)


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree["things"].insert(0, tree["things"].pop(5)),
        lambda tree: tree["things"].reverse(),
        lambda tree: tree.__setitem__("more", 1),
        lambda tree: tree["things"].__setitem__(slice(None), []),
    ],
)
def test_what_concerns_the_whole_reads_all_of_the_text(change: Callable[[Any], None]) -> None:
    assert yaml_slices.edited(RECORDS, change, edit_whole) in (None, edit_whole(RECORDS, change))
    assert edit(RECORDS, change) == edit_whole(RECORDS, change)


def test_a_text_with_names_for_its_parts_is_read_whole() -> None:
    text = RECORDS + "same: &a {b: 1}\nagain: *a\n"
    assert yaml_slices.edited(text, lambda tree: tree["things"].pop(), edit_whole) is None


def test_only_a_few_lines_are_read_by_ruamel() -> None:
    seen = []

    def whole(text: str, change: Callable[[Any], None]) -> str:
        seen.append(text)
        return edit_whole(text, change)

    text = PROJECT.read("bot/content/services.yml")
    yaml_slices.edited(text, lambda tree: tree["services"][5].__setitem__("title", "Другая"), whole)
    assert len(seen) == 1 and len(seen[0]) < len(text) / 5
