"""Two editors' work brought together, and what differs in words: nothing is lost, nothing is invented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from app.paths import HERE
from bot.studio.difference import differences, undo
from bot.studio.item_writing import rewritten
from bot.studio.merge import merge, settle
from bot.studio.project import Project
from bot.studio.yaml_text import parse
from bot.studio.yaml_values import same

FILES = Project(HERE.root).files()
TALK, SERVICES = "nlu/data/talk.yml", "bot/content/services.yml"
NLU = "# фразы\nnlu:\n- intent: greet  # привет\n  examples: |\n    - привет\n    - хай\n- intent: bye\n  examples: |\n    - пока\n"
CONTENT = """# Услуги
services:
  # документы
  - id: a
    title: Паспорт
    fee: {amount: 300, text: "300 ₽"}
    aliases: [паспорт, мой паспорт]

  # дети
  - id: b
    title: Пособие  # деньги
    term: 5 дней
"""


def phrases(text: str, intent: str) -> list[str]:
    examples = next(item["examples"] for item in parse(text)["nlu"] if item["intent"] == intent)
    return [line.removeprefix("- ") for line in examples.splitlines()]


def test_phrases_of_one_wish_from_both_sides_come_together() -> None:
    mine = NLU.replace("    - хай\n", "    - хай\n    - моя\n")
    theirs = NLU.replace("    - привет\n", "    - привет\n    - чужая\n").replace("    - хай\n", "")
    merged = merge({TALK: NLU}, {TALK: mine}, {TALK: theirs})
    assert merged.clashes == ()
    assert phrases(merged.files[TALK], "greet") == ["привет", "чужая", "моя"]
    assert merged.files[TALK].startswith("# фразы\nnlu:\n- intent: greet  # привет\n")


def test_different_fields_of_one_record_come_together_with_comments() -> None:
    mine = CONTENT.replace("5 дней", "6 дней")
    theirs = CONTENT.replace("title: Пособие", "title: Пособия").replace("300 ₽", "400 ₽")
    merged = merge({SERVICES: CONTENT}, {SERVICES: mine}, {SERVICES: theirs})
    assert merged.clashes == ()
    expected = CONTENT.replace("5 дней", "6 дней").replace("title: Пособие", "title: Пособия").replace("300 ₽", "400 ₽")
    assert merged.files[SERVICES] == expected


def test_the_same_field_twice_is_a_clash_that_somebody_settles() -> None:
    mine, theirs = CONTENT.replace("5 дней", "6 дней"), CONTENT.replace("5 дней", "no")
    merged = merge({SERVICES: CONTENT}, {SERVICES: mine}, {SERVICES: theirs.replace("no", '"no"')})
    (clash,) = merged.clashes
    assert (clash.words, clash.base, clash.mine, clash.theirs) == (
        "Услуги: «Пособие», поле «Срок»", "5 дней", "6 дней", "no",
    )  # fmt: skip
    assert merged.files[SERVICES] == mine
    assert settle(merged, set())[SERVICES] == mine
    assert parse(settle(merged, {(clash.path, clash.key)})[SERVICES])["services"][1]["term"] == "no"


def test_a_record_that_one_deletes_and_another_changes_is_a_clash() -> None:
    gone = CONTENT[: CONTENT.index("\n  # дети")]
    merged = merge({SERVICES: CONTENT}, {SERVICES: CONTENT.replace("5 дней", "6 дней")}, {SERVICES: gone})
    (clash,) = merged.clashes
    assert clash.theirs == ""
    assert [item["id"] for item in parse(settle(merged, {(clash.path, clash.key)})[SERVICES])["services"]] == ["a"]


def test_files_that_come_go_and_are_damaged_never_raise() -> None:
    base = {"a.md": "1", "b.md": "1", SERVICES: CONTENT}
    mine = {"a.md": "2", "c.md": "мой", SERVICES: "services: [\n"}
    theirs = {"b.md": "1", "c.md": "чужой", SERVICES: CONTENT.replace("5 дней", "6 дней")}
    merged = merge(base, mine, theirs)
    assert [(clash.path, clash.key) for clash in merged.clashes] == [("a.md", ""), (SERVICES, ""), ("c.md", "")]
    assert merged.files == {"a.md": "2", "c.md": "мой", SERVICES: "services: [\n"}
    assert settle(merged, {(clash.path, "") for clash in merged.clashes}) == {
        "c.md": "чужой",
        SERVICES: theirs[SERVICES],
    }


def test_hours_are_one_thing_and_never_mixed() -> None:
    base = 'quiet_hours: ["21:00", "09:00"]\n'
    merged = merge(
        {"bot/content/x.yml": base},
        {"bot/content/x.yml": base.replace("21", "22")},
        {"bot/content/x.yml": base.replace("09", "08")},
    )
    assert len(merged.clashes) == 1


def test_changes_are_told_in_words_and_grouped_by_file() -> None:
    old = {TALK: NLU, SERVICES: CONTENT, "bot/content/intents.yml": "greet: Поздороваться\nbye: Попрощаться\n"}
    new = {
        **old,
        TALK: NLU.replace("    - хай\n", "    - раз\n    - два\n").replace("    - пока\n", "    - пока\n    - всё\n"),
        SERVICES: CONTENT.replace("5 дней", "6 дней") + "  - id: c\n    title: Новая\n",
    }
    assert [(change.kind, change.words, change.before, change.after) for change in differences(old, new)] == [
        ("changed", "Услуги: «Пособие», поле «Срок»: изменено", "5 дней", "6 дней"),
        ("added", "Услуги: «Новая»: новое", "", "id: c\ntitle: Новая"),
        ("changed", "Фразы желания «Поздороваться»: добавлено 2, удалено 1", "хай", "раз\nдва"),
        ("changed", "Добавлена 1 фраза к желанию «Попрощаться»", "", "всё"),
    ]


def test_each_item_is_undone_alone_and_all_together_give_the_old_bytes() -> None:
    old = {TALK: NLU, SERVICES: CONTENT}
    new = {
        TALK: NLU.replace("    - хай\n", "    - раз\n").replace("    - пока\n", "    - до встречи\n"),
        SERVICES: CONTENT.replace("5 дней", "6 дней").replace("title: Паспорт", "title: Паспорта"),
    }
    done = new
    for change in differences(old, new):
        alone = undo(old, new, change.path, change.key)
        assert {(c.path, c.key) for c in differences(old, alone)} == {
            (c.path, c.key) for c in differences(old, new)
        } - {(change.path, change.key)}
        done = undo(old, done, change.path, change.key)
    assert done == old


def test_an_unknown_item_is_no_undo() -> None:
    for path, key in ((SERVICES, '["services", "id=zzz"]'), (SERVICES, "no json"), ("nowhere.yml", "")):
        with pytest.raises(KeyError):
            undo({SERVICES: CONTENT}, {SERVICES: CONTENT}, path, key)


def test_new_items_keep_the_way_they_were_written() -> None:
    theirs = CONTENT + '  - id: c\n    title: "Новая"\n    aliases: [раз, два]\n'
    merged = merge({SERVICES: CONTENT}, {SERVICES: CONTENT.replace("5 дней", "6 дней")}, {SERVICES: theirs})
    assert merged.files[SERVICES].endswith('    title: "Новая"\n    aliases: [раз, два]\n')


WORDS = st.text("абв:# -'\"{}[],&*!|>%@\n🙂", max_size=12) | st.sampled_from(
    ["no", "12:30", "", "1", "~", "- x", "a: b"]
)
SCALARS = WORDS | st.integers(-9, 9) | st.booleans() | st.none()
RECORD = st.fixed_dictionaries(
    {"title": WORDS},
    optional={"fee": st.fixed_dictionaries({"amount": st.integers(0, 9)}), "words": st.lists(WORDS, max_size=3)},
)
TREES = st.fixed_dictionaries(
    {"services": st.dictionaries(st.sampled_from("abcde"), RECORD, max_size=4)},
    optional={
        "lines": st.lists(WORDS, max_size=4),
        "plain": st.dictionaries(st.sampled_from("xyz"), SCALARS, max_size=3),
    },
)


def written(tree: dict[str, Any]) -> dict[str, str]:
    """An edition of one file."""
    value = tree | {"services": [{"id": key, **record} for key, record in tree["services"].items()]}
    return {SERVICES: json.dumps(value, ensure_ascii=False)}


def meaning(files: dict[str, str]) -> Any:
    return {path: parse(text) for path, text in files.items()}


@settings(max_examples=25, deadline=None)
@given(TREES, TREES)
def test_what_only_one_side_changed_is_that_side(base: dict[str, Any], other: dict[str, Any]) -> None:
    one, two = written(base), written(other)
    assert merge(one, two, one).files == two
    assert merge(one, one, two).files == two
    assert merge(one, two, two).files == two
    assert merge(one, two, one).clashes == merge(one, one, two).clashes == ()


@settings(max_examples=25, deadline=None)
@given(TREES, TREES, TREES)
def test_clashes_are_the_same_from_both_sides(base: Any, mine: Any, theirs: Any) -> None:
    files = written(base), written(mine), written(theirs)
    one, other = merge(*files), merge(files[0], files[2], files[1])
    assert {(c.path, c.key) for c in one.clashes} == {(c.path, c.key) for c in other.clashes}
    assert all(parse(text) is not None for text in settle(one, {(c.path, c.key) for c in one.clashes}).values())


@settings(max_examples=25, deadline=None)
@given(TREES, RECORD, RECORD)
def test_changes_in_different_places_are_both_there(base: Any, mine: Any, theirs: Any) -> None:
    one, two = (base | {"services": base["services"] | {name: record}} for name, record in (("x", mine), ("y", theirs)))
    merged = merge(written(base), written(one), written(two))
    assert merged.clashes == ()
    found = {item["id"]: item for item in parse(merged.files[SERVICES])["services"]}
    assert same(
        found, {key: {"id": key, **record} for key, record in (base["services"] | {"x": mine, "y": theirs}).items()}
    )


@settings(max_examples=25, deadline=None)
@given(TREES, TREES)
def test_any_text_can_be_made_to_say_another_thing(one: Any, other: Any) -> None:
    text, value = written(one)[SERVICES], json.loads(written(other)[SERVICES])
    after = rewritten(text, value)
    assert same(parse(after), value)
    assert same(YAML(typ="safe").load(after), value)


@settings(max_examples=15, deadline=None)
@given(TREES, TREES)
def test_everything_undone_means_what_it_meant_before(one: Any, other: Any) -> None:
    old, new = written(one), written(other)
    for _ in range(20):
        left = differences(old, new)
        if not left:
            break
        new = undo(old, new, left[0].path, left[0].key)
    assert differences(old, new) == []


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith(".yml")])
def test_every_file_of_the_project_is_told_and_taken_back_item_by_item(path: str) -> None:
    old = {path: FILES[path]}
    assert differences(old, dict(old)) == []
    assert differences(old, {path: FILES[path] + "# конец\n"})[0].key == ""
