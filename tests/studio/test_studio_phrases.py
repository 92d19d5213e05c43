"""Wishes and their phrases in a draft: read, added with a report, changed, moved, deleted; untouched lines stay as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.studio.drafts import Draft, Drafts
from bot.studio.phrases import (
    add_phrases,
    change,
    find,
    intents,
    move,
    plain,
    remove,
    rename_title,
    sift,
    tidy,
    wishes,
)
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from tests.projects import copy_of_project

FEE = "nlu/data/information.yml"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(copy_of_project(tmp_path_factory.mktemp("phrases") / "project"))


@pytest.fixture
def draft(published: Project, tmp_path: Path) -> Draft:
    return Drafts(tmp_path, published, lambda: datetime.now(UTC)).of("anna")


def lines_that_differ(draft: Draft, path: str) -> tuple[list[str], list[str]]:
    """Lines that the draft has lost and got."""
    before, now = draft.base.read(path).splitlines(), draft.work.read(path).splitlines()
    return [x for x in before if x not in set(now)], [x for x in now if x not in set(before)]


def test_every_wish_of_the_domain_is_there_with_its_title_and_phrases(published: Project) -> None:
    found = wishes(published)
    assert {one.name for one in found} == set(intents(published))
    fee = find(published, "ask_fee")
    assert (fee.title, fee.file) == ("Узнать, сколько стоит", FEE)
    assert len(fee.phrases) > 100
    assert find(published, "inform").shown == "Сообщить то, что спросили"


def test_a_line_of_a_paste_is_tidied() -> None:
    assert tidy("  •  сколько   стоит\u200b паспорт ") == "сколько стоит паспорт"
    assert tidy("12) а платить где") == "а платить где"
    assert tidy("- 3 дня жду") == "3 дня жду"
    assert plain("Сколько стоит «всё»?!") == "сколько стоит все"
    assert plain("???") == "???"


def test_each_line_is_told_what_becomes_of_it(draft: Draft) -> None:
    here, elsewhere = find(draft.work, "ask_fee").phrases[0], find(draft.work, "greet").phrases[0]
    given = [
        "почём нынче справка о несудимости у вас", here.upper() + "!!", elsewhere, "  ...  ", "о" * 601,
        "почем нынче справка о несудимости у вас", "цена [паспорта](service)", "Иванова Анна Петровна спрашивает цену",
    ]  # fmt: skip
    added = sift(draft.work, "ask_fee", given)
    assert [line.verdict for line in added.lines] == [
        "new",
        "here",
        "elsewhere",
        "empty",
        "long",
        "twice",
        "marks",
        "new",
    ]
    assert added.lines[2].other == "greet"
    assert added.lines[7].personal == ("имя и фамилия",)
    assert added.taken == (given[0],)
    assert draft.changed() == [], "a look writes nothing"


def test_added_phrases_come_last_and_no_other_line_changes(draft: Draft) -> None:
    added = add_phrases(draft, "ask_fee", ["почём у вас «справка»: обычная", "- # сколько с меня за выписку"])
    assert len(added.taken) == 2
    assert find(draft.work, "ask_fee").phrases[-2:] == ("почём у вас «справка»: обычная", "# сколько с меня за выписку")
    lost, got = lines_that_differ(draft, FEE)
    assert lost == []
    assert got == ["    - почём у вас «справка»: обычная", "    - # сколько с меня за выписку"]
    assert draft.changed() == [FEE]


def test_personal_data_is_taken_only_when_asked_for(draft: Draft) -> None:
    phrase = "сколько стоит справка, мой телефон 8 900 123-45-67"
    assert add_phrases(draft, "ask_fee", [phrase]).taken == ()
    assert draft.changed() == []
    assert add_phrases(draft, "ask_fee", [phrase], personal=True).taken == (phrase,)


def test_a_phrase_is_changed_where_it_stands(draft: Draft) -> None:
    before = find(draft.work, "ask_fee").phrases
    assert change(draft, "ask_fee", before[3], "  а в какую копейку станет ") == "а в какую копейку станет"
    after = find(draft.work, "ask_fee").phrases
    assert (after[:3], after[3], after[4:]) == (before[:3], "а в какую копейку станет", before[4:])
    lost, got = lines_that_differ(draft, FEE)
    assert (lost, got) == ([f"    - {before[3]}"], ["    - а в какую копейку станет"])


def test_a_change_may_mend_the_case_of_the_same_phrase_but_not_repeat_another(draft: Draft) -> None:
    first, second = find(draft.work, "ask_fee").phrases[:2]
    assert change(draft, "ask_fee", first, first.upper()) == first.upper()
    with pytest.raises(NotPossible, match="уже есть"):
        change(draft, "ask_fee", first.upper(), second)
    with pytest.raises(NotPossible, match="уже есть: «Узнать адрес»"):
        change(draft, "ask_fee", second, find(draft.work, "ask_address").phrases[0])
    with pytest.raises(NotPossible, match="нет слов"):
        change(draft, "ask_fee", second, "—")
    with pytest.raises(NotPossible, match="уже нет"):
        change(draft, "ask_fee", "такой фразы никогда не было тут", "а почём же")


def test_phrases_move_to_another_wish_and_no_phrase_is_lost(draft: Draft) -> None:
    total = sum(len(one.phrases) for one in wishes(draft.work))
    going = find(draft.work, "ask_fee").phrases[5:8]
    assert move(draft, "ask_fee", "ask_address", going) == 3
    assert find(draft.work, "ask_address").phrases[-3:] == going
    assert not set(going) & set(find(draft.work, "ask_fee").phrases)
    assert sum(len(one.phrases) for one in wishes(draft.work)) == total


def test_moving_between_files_changes_just_these_lines(draft: Draft) -> None:
    going = find(draft.work, "greet").phrases[-1]
    move(draft, "greet", "ask_fee", [going])
    assert lines_that_differ(draft, "nlu/data/talk.yml") == ([f"    - {going}"], [])
    assert lines_that_differ(draft, FEE) == ([], [f"    - {going}"])


def test_deleting_leaves_at_least_one_phrase(draft: Draft) -> None:
    phrases = find(draft.work, "show_consents").phrases
    assert remove(draft, "show_consents", phrases[1:]) == len(phrases) - 1
    with pytest.raises(NotPossible, match="не останется ни одной фразы"):
        remove(draft, "show_consents", phrases[:1])
    with pytest.raises(NotPossible, match="не останется"):
        move(draft, "show_consents", "ask_fee", phrases[:1])
    assert find(draft.work, "show_consents").phrases == phrases[:1]


def test_a_wish_gets_a_title_of_its_own(draft: Draft) -> None:
    rename_title(draft, "inform", "  Назвать  данные ")
    assert find(draft.work, "inform").title == "Назвать данные"
    lost, got = lines_that_differ(draft, "bot/content/intents.yml")
    assert (lost, got) == (["inform: Сообщить то, что спросили"], ["inform: Назвать данные"])
    rename_title(draft, "ask_fee", "Узнать цену: точно")
    assert find(draft.work, "ask_fee").title == "Узнать цену: точно"
    for wrong in ("", "—", "ы" * 61, "Узнать адрес"):
        with pytest.raises(NotPossible):
            rename_title(draft, "ask_fee", wrong)


def test_an_unknown_wish_is_refused(draft: Draft) -> None:
    for deed in (
        lambda: add_phrases(draft, "nobody_wants", ["да"]),
        lambda: move(draft, "ask_fee", "nobody_wants", ["да"]),
        lambda: remove(draft, "nobody_wants", ["да"]),
        lambda: rename_title(draft, "nobody_wants", "Никто"),
    ):
        with pytest.raises(NotPossible, match="Такого желания"):
            deed()
    with pytest.raises(KeyError):
        find(draft.work, "nobody_wants")


def test_a_damaged_file_is_told_in_words(draft: Draft) -> None:
    draft.write(FEE, 'nlu:\n- intent: "greet\n')
    with pytest.raises(NotPossible, match=r"information\.yml повреждён"):
        wishes(draft.work)
