"""Edits of YAML files of this repository: what is not concerned stays byte for byte, and what is written reads back the same."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from app.paths import HERE
from bot.studio.project import Project
from bot.studio.yaml_text import BadYaml, block, edit, parse, quoted

PROJECT = Project(HERE.root)
FILES = [path for path in PROJECT.paths() if path.endswith(".yml")]
NEW = 'Новое: «слово» # не пояснение, "кавычки" и {скобки} 🙂'


def _append_to_first_list(node: Any) -> bool:
    if isinstance(node, dict):
        return any(_append_to_first_list(value) for value in node.values())
    if isinstance(node, list):
        if node and all(isinstance(item, str) for item in node):
            node.append(NEW)
            return True
        return any(_append_to_first_list(value) for value in node)
    return False


def _changed(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize("path", FILES)
def test_an_edit_that_changes_nothing_leaves_every_byte(path: str) -> None:
    text = PROJECT.read(path)
    assert edit(text, lambda tree: None) == text


@pytest.mark.parametrize("path", FILES)
def test_a_new_item_changes_its_own_line_only(path: str) -> None:
    text = PROJECT.read(path)
    found = []
    after = edit(text, lambda tree: found.append(_append_to_first_list(tree)))
    assert len(_changed(text, after)) == (
        1 if found[0] and "[" not in _changed(text, after)[0] else 2 if found[0] else 0
    )
    if found[0]:
        assert NEW in str(parse(after))


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\x85\u2028\u2029\ufeff"), min_size=1)
)
def test_whatever_is_written_is_read_back(words: str) -> None:
    text = "# пояснение\nanswers:\n  - id: a\n    text: старое  # рядом\n  - id: b\n    text: другое\n    also: [раз, {b: два}]\n"

    def change(tree: Any) -> None:
        tree["answers"][0]["text"] = quoted(words)
        tree["answers"][1]["text"] = words
        tree["answers"][1]["also"].append(words)
        tree["answers"][1]["also"][1]["b"] = words

    answers = parse(edit(text, change))["answers"]
    assert [answer["text"] for answer in answers] == [words, words]
    assert answers[1]["also"] == ["раз", {"b": words}, words]


def test_phrases_are_a_block_of_lines() -> None:
    text = "nlu:\n- intent: greet\n  examples: |\n    - привет\n- intent: bye\n  examples: |\n    - пока\n"

    def change(tree: Any) -> None:
        tree["nlu"][0]["examples"] = block(tree["nlu"][0]["examples"] + "- добрый день\n")

    assert edit(text, change) == text.replace("    - привет\n", "    - привет\n    - добрый день\n")


def test_a_comment_beside_a_removed_item_does_not_take_others_along() -> None:
    text = "words:\n  # первое\n  - один\n  - два  # второе\n  - три\n"
    assert edit(text, lambda tree: tree["words"].remove("один")).endswith("  - два  # второе\n  - три\n")


@pytest.mark.parametrize(
    ("text", "line"), [("a: [1\nb: 2\n", 2), ("a: 1\n\tb: 2\n", 2), ('a: "1\nb: 2\n', 3), ("a: *b\n", 1)]
)
def test_a_damaged_text_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(BadYaml) as refused:
        edit(text, lambda tree: None)
    assert refused.value.line == line
    assert any("а" <= letter <= "я" for letter in refused.value.text)


def test_a_comment_above_the_next_item_stays_when_an_item_goes() -> None:
    text = "entities:\n# из слов\n- a\n- b\n# из кнопок\n- c\n\nforms:\n  x: 1\n"
    assert edit(text, lambda tree: tree["entities"].remove("b")) == text.replace("- b\n", "")


def test_a_new_last_item_stands_before_the_gap() -> None:
    text = "entities:\n- a\n\n\nforms:\n  x: 1\n"
    assert edit(text, lambda tree: tree["entities"].append("b")) == text.replace("- a\n", "- a\n- b\n")


@pytest.mark.parametrize("word", "no да on Yes y ~ null 12:30 1_000 0o7 1e3 2027-03-05 = << .inf :) ?да".split())
def test_a_word_that_some_loader_takes_for_something_else_is_quoted(word: str) -> None:
    text = edit("a: 1  # рядом\nb: [x, y1]\n", lambda tree: (tree.__setitem__("a", word), tree["b"].append(word)))
    for value in (parse(text), YAML(typ="safe").load(text)):
        assert value == {"a": word, "b": ["x", "y1", word]}
