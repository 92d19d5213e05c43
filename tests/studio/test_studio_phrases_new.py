"""An editor adds, merges and takes back wishes by herself; what the robot's code knows she cannot take away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bot.studio.checks import mistakes
from bot.studio.drafts import Draft, Drafts
from bot.studio.new_wish import (
    EDITORS_DATA,
    RULES,
    NewWish,
    add_wish,
    holders,
    is_own,
    latin_name,
    merge,
    names_taken,
    remove_wish,
    wrong_fields,
)
from bot.studio.phrases import find, wishes
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from tests.projects import copy_of_project

PHRASES = (
    "где у вас парковка для инвалидов", "стоянка возле вас есть", "куда машину приткнуть у мфц",
    "Приеду на машине с больной мамой. Где мне встать, чтобы идти поближе?",
)  # fmt: skip
PARKING = NewWish(
    "Узнать про парковку", "uznat_pro_parkovku", PHRASES, 'Стоянка — справа от входа: "10 мест". Телефон {line_phone}.'
)


TOILET = NewWish("Узнать про туалет", "toilet", ("где туалет", "есть уборная у вас"), "Туалет за залом.")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(copy_of_project(tmp_path_factory.mktemp("new_wish") / "project"))


@pytest.fixture
def draft(published: Project, tmp_path: Path) -> Draft:
    return Drafts(tmp_path, published, lambda: datetime.now(UTC)).of("anna")


def test_a_name_is_made_from_the_title() -> None:
    assert latin_name("Узнать про парковку у центра") == "uznat_pro_parkovku_u_tsentra"
    assert latin_name("Ёж, щука & объезд!") == "ezh_schuka_obezd"
    assert latin_name("122: дозвониться") == "wish_122_dozvonitsya"
    assert latin_name("Узнать", {"uznat", "uznat_2"}) == "uznat_3"
    assert latin_name("restart") == "restart_2"
    assert len(latin_name("очень " * 30)) <= 40
    assert latin_name("☺") == "wish"


def test_a_new_wish_is_written_into_four_files_and_passes_every_check(draft: Draft) -> None:
    before = {str(one) for one in mistakes(draft.work)}
    added = add_wish(draft, PARKING)
    assert added.taken == PHRASES
    assert draft.changed() == sorted([EDITORS_DATA, RULES, "bot/content/intents.yml", "domain.yml"])
    one = find(draft.work, PARKING.name)
    assert (one.title, one.file, one.phrases) == (PARKING.title, EDITORS_DATA, PHRASES)
    domain = yaml.safe_load(draft.read("domain.yml"))
    assert domain["responses"][f"utter_{PARKING.name}"] == [{"text": PARKING.answer}]
    assert domain["intents"][-1] == {PARKING.name: {"use_entities": False}}
    assert f"- {PARKING.name}: {{use_entities: false}}\n\nentities:" in draft.read("domain.yml")
    rule = f"- rule: {PARKING.title}\n  steps:\n  - intent: {PARKING.name}\n  - action: action_answer\n"
    assert draft.read(RULES).endswith(rule)
    assert [m for m in mistakes(draft.work) if str(m) not in before and m.serious] == []


def test_no_line_of_the_programmers_changes(draft: Draft) -> None:
    add_wish(draft, PARKING)
    for path in ("domain.yml", "bot/content/intents.yml"):
        now = set(draft.read(path).splitlines())
        assert [line for line in draft.base.read(path).splitlines() if line not in now] == []


def test_a_second_wish_joins_the_first_and_may_go_to_another_theme(draft: Draft) -> None:
    add_wish(draft, PARKING)
    add_wish(
        draft,
        NewWish(
            "Узнать про туалет", "toilet", ("где туалет", "есть уборная у вас"), "Туалет за залом.", "nlu/data/talk.yml"
        ),
    )
    assert draft.read(RULES).count("- rule:") == 2
    assert find(draft.work, "toilet").file == "nlu/data/talk.yml"
    assert "- intent: toilet\n  examples: |\n    - где туалет\n    - есть уборная у вас\n" in draft.read(
        "nlu/data/talk.yml"
    )


def test_what_is_wrong_is_told_by_field_and_nothing_is_written(draft: Draft) -> None:
    greeting = find(draft.work, "greet").phrases[0]
    wrong = NewWish("", "Парковка", (greeting,), "", "nlu/data/../x.yml")
    assert set(wrong_fields(draft.work, wrong)) == {"title", "name", "phrases", "answer", "file"}
    assert "уже есть у другого желания «Поздороваться»" in wrong_fields(draft.work, wrong)["phrases"]
    with pytest.raises(NotPossible):
        add_wish(draft, wrong)
    assert draft.changed() == []


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", "Узнать адрес", "уже есть"),
        ("name", "ask_fee", "уже занято"),
        ("name", "greet_again", "уже занято"),
        ("name", "restart", "уже занято"),
        ("name", "2parking", "латинские"),
        ("phrases", ("одна фраза всего",), "хотя бы 2"),
        ("phrases", ("звоните 8 900 123-45-67", "где стоянка"), "личные данные"),
        ("answer", "Вас ждёт {centre}.", "Подстановку {centre}"),
        ("answer", "Ответ {", "скобки"),
        ("answer", "а" * 451, "длиннее"),
    ],
)
def test_a_slip_is_named(draft: Draft, field: str, value: object, told: str) -> None:
    given = {"title": PARKING.title, "name": PARKING.name, "phrases": PHRASES, "answer": PARKING.answer, field: value}
    found = wrong_fields(draft.work, NewWish(**given))  # type: ignore[arg-type]
    assert list(found) == [field]
    assert told in found[field]


def test_taking_a_wish_back_leaves_the_draft_as_it_was(draft: Draft) -> None:
    add_wish(draft, PARKING)
    assert is_own(draft.work, PARKING.name) and holders(draft.work, PARKING.name) == []
    gone = remove_wish(draft, PARKING.name)
    assert gone.phrases == PHRASES
    assert draft.changed() == []


def test_of_two_wishes_the_other_stays(draft: Draft) -> None:
    add_wish(draft, PARKING)
    add_wish(draft, TOILET)
    remove_wish(draft, PARKING.name)
    assert find(draft.work, "toilet").phrases == ("где туалет", "есть уборная у вас")
    assert PARKING.name not in draft.read(RULES) + draft.read("domain.yml") + draft.read(EDITORS_DATA)


def test_merging_brings_the_phrases_over_and_takes_rule_and_answer_away(draft: Draft) -> None:
    add_wish(draft, PARKING)
    assert merge(draft, PARKING.name, "ask_address") == len(PHRASES)
    assert find(draft.work, "ask_address").phrases[-4:] == PHRASES
    assert PARKING.name not in {one.name for one in wishes(draft.work)} | names_taken(draft.work)
    assert draft.changed() == ["nlu/data/information.yml"]


def test_a_wish_that_the_code_serves_is_neither_removed_nor_merged(draft: Draft) -> None:
    add_wish(draft, PARKING)
    for name in ("ask_fee", "book_appointment", "out_of_scope"):
        assert not is_own(draft.work, name)
        with pytest.raises(NotPossible, match="может только программист"):
            remove_wish(draft, name)
        with pytest.raises(NotPossible, match=r"программа .*(?:action_|appointment_form)"):
            merge(draft, name, PARKING.name)


def test_what_leads_to_a_wish_holds_it(draft: Draft) -> None:
    add_wish(draft, PARKING)
    talk = f"stories:\n- story: стоянка\n  steps:\n  - intent: {PARKING.name}\n  - action: action_answer\n"
    draft.write("stories/tests/test_parking.yml", talk)
    with pytest.raises(NotPossible, match="разговор «стоянка»"):
        remove_wish(draft, PARKING.name)
    draft.work.remove("stories/tests/test_parking.yml")
    domain = draft.read("domain.yml")
    button = (
        f'  utter_where_to_park:\n  - text: "Где?"\n    buttons: [{{title: Стоянка, payload: "/{PARKING.name}"}}]\n'
    )
    draft.write("domain.yml", domain.rstrip("\n") + "\n" + button)
    with pytest.raises(NotPossible, match=r"ведёт кнопка в файле domain\.yml"):
        merge(draft, PARKING.name, "ask_address")
    draft.write("domain.yml", domain)
    with pytest.raises(NotPossible, match="другое желание"):
        merge(draft, PARKING.name, PARKING.name)
