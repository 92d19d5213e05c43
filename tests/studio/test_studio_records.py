"""Records in a project: read as they are, written so that only their own lines change, refused where the robot would not start."""

from __future__ import annotations

import difflib
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from app.studio.content_loaders import mistakes_of
from bot.studio.project import Project
from bot.studio.records.editing import known as known_records
from bot.studio.records.editing import problems_of, referrers, remove, save, tried
from bot.studio.records.kinds import KEY, VALUE, Kind, id_from
from bot.studio.records.registry import KINDS
from bot.studio.records.splice import spans
from bot.studio.records.store import Op, Record, changes, record, records, rewritten
from bot.studio.records.values import Raw, WrongValue, dig, read, show
from tests.projects import copy_of_project

TODAY = date(2026, 11, 22)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(copy_of_project(tmp_path / "project"))


def typed(project: Project, kind: Kind, key: str) -> dict[str, Raw]:
    """What the form of a record sends when nobody touched it."""
    one = record(project, kind, key)
    assert one is not None
    return {field.name: show(field, dig(one.values, field)) for field in kind.fields if field.name != "id"}


def lines(before: str, after: str) -> list[str]:
    """What went and what came, line by line."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in found if line[:1] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize("name", KINDS)
def test_every_record_has_a_key_of_its_own_lines_of_its_own_and_no_mistake(project: Project, name: str) -> None:
    kind = KINDS[name]
    found = records(project, kind)
    assert len({one.key for one in found}) == len(found)
    refs = known_records(project, kind)
    assert {one.key: wrong for one in found if (wrong := problems_of(kind, one, refs))} == {}
    if kind.shape not in ("articles", "single") and found:
        where = spans(project.read(kind.file), kind.path)
        assert where is not None and len(where) == len(found)
        assert all(a.last <= b.first for a, b in pairwise(where))


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.fixed and kind.shape != "single"])
def test_an_added_record_adds_lines_and_its_removal_gives_the_file_back(project: Project, name: str) -> None:
    kind = KINDS[name]
    found = records(project, kind)
    if kind.shape == "articles" or len(found) < 2:
        pytest.skip("one file each" if found else "none of them yet")
    text = project.read(kind.file)
    for sample in (found[0], found[-1]):
        values = {field.name: read(field, show(field, dig(sample.values, field))) for field in kind.fields}
        key = kind.key[0]
        old = values.get(key)
        values[key] = (
            [*old, "новое"][::-1] if isinstance(old, list) else 999 if kind.name == "reminders" else f"{old} новое"
        )
        after = rewritten(kind, text, [Op("", values, after=sample.key)])
        assert {line[0] for line in lines(text, after)} == {"+"}
        added = [one.key for one in _in(project, kind, after) if one.key not in {r.key for r in found}]
        assert len(added) == 1
        assert rewritten(kind, after, [Op(added[0], None)]) == text


def _in(project: Project, kind: Kind, text: str) -> list[Record]:
    trial = Project(project.folder)
    before = trial.read(kind.file)
    trial.write(kind.file, text)
    try:
        return records(trial, kind)
    finally:
        trial.write(kind.file, before)


def test_a_save_without_a_change_writes_nothing(project: Project) -> None:
    kind, before = KINDS["services"], project.files()
    done = save(project, kind, "inn", typed(project, kind, "inn"), mistakes_of, TODAY)
    assert done.good and not done.changed and project.files() == before


def test_values_that_yaml_would_take_for_something_else_are_quoted(project: Project) -> None:
    kind = KINDS["canned"]
    for text in ("no", "122", "21:00", "2026-11-22", "да: нет", "- список", "{имя}", "null", "# не комментарий"):
        raws = typed(project, kind, "hello") | {"text": text}
        done = save(project, kind, "hello", raws, mistakes_of, TODAY)
        assert done.good, done
        one = record(project, kind, "hello")
        assert one is not None and one.values["text"] == text


def test_the_first_special_day_and_the_last_one_leave_the_file_as_it_was(project: Project) -> None:
    kind = KINDS["calendar"]
    before = project.read(kind.file)
    raws: dict[str, Raw] = {
        "date": "05.03.2027",
        "title": "санитарный день",
        "centre": "mfc_central",
        "hours": "10:00-15:00",
    }
    done = save(project, kind, "", raws, mistakes_of, TODAY)
    assert done.good and done.key == "2027-03-05, mfc_central"
    one = record(project, kind, done.key)
    assert one is not None and one.values["hours"] == [["10:00", "15:00"]] and one.values["date"] == date(2027, 3, 5)
    assert save(project, kind, "", raws, mistakes_of, TODAY).problems["date"].startswith("Такая запись уже есть")
    assert remove(project, kind, done.key, mistakes_of) == []
    assert project.read(kind.file) == before


def test_hours_of_a_centre_take_several_spans_and_refuse_a_mess(project: Project) -> None:
    kind = KINDS["centres"]
    raws = typed(project, kind, "mfc_factory")
    done = save(
        project,
        kind,
        "mfc_factory",
        raws | {"hours.mon": "9:00-13:00, 14:00 — 18:00", "hours.tue": ""},
        mistakes_of,
        TODAY,
    )
    assert done.good
    one = record(project, kind, "mfc_factory")
    assert one is not None and one.values["hours"]["mon"] == [["09:00", "13:00"], ["14:00", "18:00"]]
    assert one.values["hours"]["tue"] == []
    for wrong in ("14:00-18:00, 09:00-13:00", "25:00-26:00", "с девяти", "09:00-09:00"):
        assert (
            "hours.mon" in save(project, kind, "mfc_factory", raws | {"hours.mon": wrong}, mistakes_of, TODAY).problems
        )


def test_an_article_is_a_file_of_its_own(project: Project) -> None:
    kind = KINDS["articles"]
    raws = typed(project, kind, "lost_receipt")
    before = project.read("bot/content/knowledge/lost_receipt.md")
    assert save(project, kind, "lost_receipt", raws | {"text": "Совсем другой ответ."}, mistakes_of, TODAY).good
    changed = lines(before, project.read("bot/content/knowledge/lost_receipt.md"))
    assert changed[-1] == "+Совсем другой ответ." and len(changed) == 2
    done = save(project, kind, "", raws | {"title": "Потеряна ёлка"}, mistakes_of, TODAY, like="lost_receipt")
    assert done.good and done.key == "poteryana_elka"
    assert project.read("bot/content/knowledge/poteryana_elka.md").startswith("---\n")
    assert "title: Потеряна ёлка" in project.read("bot/content/knowledge/poteryana_elka.md")
    assert remove(project, kind, "poteryana_elka", mistakes_of) == []
    assert "bot/content/knowledge/poteryana_elka.md" not in project.paths()


def test_a_situation_names_a_service_or_says_its_own_words(project: Project) -> None:
    kind = KINDS["situations"]
    raws = typed(project, kind, "moved")
    rows = list(raws["items"])
    both: dict[str, Raw] = {"items": [["inn", "и своими словами", "зачем", "когда"]]}
    assert (
        "либо услугу, либо свои слова"
        in save(project, kind, "moved", raws | both, mistakes_of, TODAY).problems["items"]
    )
    assert "в справочнике нет" in save(
        project, kind, "moved", raws | {"items": [["нет", "", "зачем", "когда"]]}, mistakes_of, TODAY
    ).problems["items"]  # fmt: skip
    before = project.read(kind.file)
    more: dict[str, Raw] = {"items": [*rows, ["", "Позвоните нам: 122", "Поможем", "в любой день"], ["", "", "", ""]]}  # type: ignore[dict-item]
    assert save(project, kind, "moved", raws | more, mistakes_of, TODAY).good
    assert [line[0] for line in lines(before, project.read(kind.file))] == ["+"]


def test_a_subtopic_goes_to_its_topic_and_a_word_in_capitals_keeps_its_key(project: Project) -> None:
    kind = KINDS["subtopics"]
    raws: dict[str, Raw] = {
        "_parent": "roads", "title": "Лёд на дороге", "group": "", "term_days": "", "keywords": "лёд\nгололёд",
        "examples": "на дороге каток",
    }  # fmt: skip
    done = save(project, kind, "", raws, mistakes_of, TODAY)
    assert done.good and done.key == "roads.led_na_doroge"
    one = record(project, kind, done.key)
    assert one is not None and one.values["_parent"] == "roads" and "term_days" not in one.values
    words = KINDS["pronunciation_words"]
    assert save(project, words, "", {KEY: "ЦНАП", VALUE: "цэ-нап"}, mistakes_of, TODAY).key == "ЦНАП"
    assert "русские буквы" in save(project, words, "", {KEY: "API", VALUE: "api"}, mistakes_of, TODAY).problems[VALUE]


def test_loaders_of_the_voice_are_asked_too(project: Project) -> None:
    assert "знака +" in save(project, KINDS["stress"], "", {VALUE: "снилс"}, mistakes_of, TODAY).problems[VALUE]
    raws: dict[str, Raw] = {VALUE: "загс+ом з+агсом"}
    assert "дважды" in save(project, KINDS["stress"], "", raws, mistakes_of, TODAY).problems[VALUE]


def test_a_draft_that_is_broken_elsewhere_can_be_mended_here(project: Project) -> None:
    project.write("bot/content/crisis.yml", project.read("bot/content/crisis.yml").replace("  other:\n", "  otherr:\n"))
    assert mistakes_of(project) != []
    raws = typed(project, KINDS["streets"], "улица Гоголя") | {"district": "north"}
    assert save(project, KINDS["streets"], "улица Гоголя", raws, mistakes_of, TODAY).good
    files = changes(project, KINDS["streets"], [Op("улица Гоголя", {"district": "нет такого"})])
    assert next(mistake.path for mistake in tried(project, files, mistakes_of)) == "bot/content/region.yml"


def test_everything_that_names_a_service_is_found(project: Project) -> None:
    words = [one.words for one in referrers(project, KINDS["services"], "social_aid")]
    assert any("ситуация" in one for one in words) and any("форма" in one for one in words)
    assert any("дело" in one for one in words)
    assert remove(project, KINDS["services"], "social_aid", mistakes_of) != []
    assert any("авария" in one.words for one in referrers(project, KINDS["streets"], "Садовая улица"))
    assert any("группа" in one.words for one in referrers(project, KINDS["topics"], "roads"))


def test_a_removed_record_is_a_key_error_in_the_other_window(project: Project) -> None:
    assert remove(project, KINDS["kept"], "запись о том, что вы давали и отзывали согласие", mistakes_of) == []
    with pytest.raises(KeyError):
        remove(project, KINDS["kept"], "запись о том, что вы давали и отзывали согласие", mistakes_of)


def test_ids_are_made_of_the_title_and_never_twice() -> None:
    assert id_from("Замена паспорта РФ", set()) == "zamena_pasporta_rf"
    assert id_from("Ёжик", {"ezhik"}) == "ezhik_2"
    assert id_from("14 лет", set()) == "n_14_let"
    assert id_from("!!!", set()) == "record"


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("minutes", "20,5", "целое"), ("minutes", "0", "от 1 до 240"), ("minutes", "nan", "обычное"), ("group", "прочее", "Можно"),
        ("title", "", "Заполните"), ("title", "я" * 151, "151 знаков"), ("online", "Возможно", "Начните с"),
        ("at_centre", "может", "«да» или «нет»"), ("documents", "", "не меньше 1"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_in_plain_words(name: str, raw: str, words: str) -> None:
    with pytest.raises(WrongValue, match=words):
        read(KINDS["services"].field(name), raw)


def test_control_characters_do_not_get_into_a_record() -> None:
    field = KINDS["services"].field("short")
    assert read(field, "Пас\u200bпорт\x07 и\r\nнова\u0000я строка") == "Паспорт и\nновая строка"
