"""Who still says an answer: forms, rules, test conversations and other files of the project itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.studio.answer_removal import remove_answer, users
from bot.studio.drafts import Draft, Drafts
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.yaml_text import edit, parse
from tests.projects import copy_of_project


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    made = Drafts(tmp_path / "drafts", Project(copy_of_project(tmp_path / "project")), lambda: datetime.now(UTC)).of(
        "anna"
    )
    text = edit(made.read("domain.yml"), lambda tree: tree["responses"].update(utter_old=[{"text": "Старое."}]))
    made.write("domain.yml", text)
    return made


def test_an_answer_that_nobody_names_goes_and_leaves_everything_else(draft: Draft) -> None:
    assert users(draft.work, "utter_old") == []
    remove_answer(draft, "utter_old")
    assert draft.changed() == []
    with pytest.raises(KeyError):
        remove_answer(draft, "utter_old")


def test_a_form_that_asks_with_it_holds_it(draft: Draft) -> None:
    def ask(tree: dict[str, dict[str, dict[str, list[str]]]]) -> None:
        form = next(iter(tree["forms"]))
        tree["forms"][form]["required_slots"].append("old_thing")
        tree["responses"]["utter_ask_old_thing"] = [{"text": "Что это?"}]  # type: ignore[assignment]

    draft.write("domain.yml", edit(draft.read("domain.yml"), ask))
    with pytest.raises(NotPossible, match="анкета"):
        remove_answer(draft, "utter_ask_old_thing")


@pytest.mark.parametrize(
    "steps", ["- intent: old\n    - action: action_answer", "- intent: thank\n    - action: utter_old"]
)
def test_a_rule_or_a_test_conversation_that_says_it_holds_it(draft: Draft, steps: str) -> None:
    draft.write("stories/tests/old.yml", f'version: "3.1"\nstories:\n- story: старая проверка\n  steps:\n    {steps}\n')
    with pytest.raises(NotPossible, match="проверка «старая проверка»"):
        remove_answer(draft, "utter_old")


def test_any_other_file_that_names_it_holds_it(draft: Draft) -> None:
    text = edit(draft.read("domain.yml"), lambda tree: tree["actions"].append("utter_old"))
    draft.write("domain.yml", text)
    with pytest.raises(NotPossible, match=r"domain\.yml"):
        remove_answer(draft, "utter_old")
    assert "utter_old" in parse(draft.read("domain.yml"))["responses"]
