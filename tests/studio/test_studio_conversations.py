"""Test conversations as text: read, written, changed and removed beside what others wrote; days and numbers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from app.paths import HERE
from bot.services.errors import ContentError
from bot.studio.conversation_days import placeholders
from bot.studio.conversation_play import Memory, Mismatch, button_for, mismatch
from bot.studio.conversations import EDITORS, Conversation, Step, conversations_of, parsed, with_saved, without
from bot.studio.project import Project
from bot.studio.refusals import NotPossible

MOSCOW = ZoneInfo("Europe/Moscow")
GREETING = Conversation("приветствие", EDITORS, (Step("Здравствуйте", "greet", (), ("Отклик",)),))
BOOKING = Conversation(
    "запись: «сложная» #1", EDITORS,
    (
        Step("запишите меня: \"срочно\" # да"),
        Step("> {day}", "inform", ("appointment_form",), ("во сколько", "\\{day} - ок")),
    ),
    "telegram", "family",
)  # fmt: skip


def test_what_is_written_is_read_back() -> None:
    text = with_saved(with_saved("", GREETING), BOOKING)
    assert parsed(text) == [GREETING, BOOKING]
    assert yaml.safe_load(text)["version"] == "3.1"


@pytest.mark.parametrize(
    "name", ["да", "no", "true", "5", "- тире", "а: б", "'кавычка", "хвост ", "1.5", "null", "# нет"]
)
def test_any_name_and_words_survive(name: str) -> None:
    one = Conversation(name, EDITORS, (Step(name.strip(), None, (), (name,)),))
    assert parsed(with_saved("", one)) == [one]


def test_a_change_leaves_all_other_lines_alone() -> None:
    text = with_saved(
        with_saved(with_saved("", GREETING), BOOKING), Conversation("последняя", EDITORS, (Step("пока"),))
    )
    text = text.replace("- story: последняя", "# замечание программиста\n- story:   последняя")
    changed = with_saved(text, Conversation("новое имя", EDITORS, (Step("добрый день"),)), "приветствие")
    assert [one.name for one in parsed(changed)] == ["новое имя", BOOKING.name, "последняя"]
    tail = text[text.index(f'- story: "{BOOKING.name}'[:10], text.index("Отклик")) :]
    assert changed.endswith(tail)
    assert "# замечание программиста" in changed


def test_removing_keeps_the_others_and_the_last_one_empties_the_file() -> None:
    text = with_saved(with_saved("", GREETING), BOOKING)
    left = without(text, BOOKING.name)
    assert left == with_saved("", GREETING)
    assert without(left, GREETING.name) == ""
    with pytest.raises(KeyError):
        without(left, "нет такой")


@pytest.mark.parametrize("text", ["stories: [", "что-то", "stories:\n- 5\n", "- a\n"])
def test_a_damaged_file_is_not_written_over(text: str) -> None:
    with pytest.raises(NotPossible, match="повреждён"):
        with_saved(text, GREETING)


@pytest.mark.parametrize(
    "text", ["stories:\n- story: а\n", "stories:\n- story: а\n  steps: [{action: b}]\n", "stories: 5", "[1"]
)
def test_a_file_that_makes_no_sense_is_named(text: str) -> None:
    with pytest.raises(ContentError, match="test_editors"):
        parsed(text)


def test_the_checkout_is_read_with_its_channels() -> None:
    found = conversations_of(Project(HERE.root))
    assert len(found) >= 98
    assert {one.channel for one in found} == {"widget", "telegram"}
    assert all(one.steps and all(step.user for step in one.steps) for one in found)


def test_days_are_working_days_ahead() -> None:
    days = placeholders(HERE.root / "bot" / "content", datetime(2026, 11, 16, 11, 0, tzinfo=MOSCOW))
    assert (days["day"], days["other_day"], days["closed_day"]) == ("18 ноября", "19 ноября", "22 ноября")
    assert days["spoken_other_day"] == "в четверг"


def test_what_changes_from_day_to_day_becomes_braces_and_back() -> None:
    memory = Memory({"day": "18 ноября", "other_day": "19 ноября", "year": "2026"})
    memory.remember("Ваш номер ЗП-2026-000123, код 123456", ["10:20", "10:40", "вт 17.11", "ср 18.11"])
    said = "вт 17.11 или 18 ноября в 10:20, номер ЗП-2026-000123 в 2026"
    lasting = memory.lasting(said)
    assert lasting == "{offered_day} или {day} в {time}, номер {number} в 2026"
    assert memory.filled(lasting) == said
    assert memory.filled("{unknown} {code}") == "{unknown} 123456"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step("а", "greet", ("action_greet",), ("ОТКЛИК", "Да | Нет")), None),
        (Step("а"), None),
        (Step("а", "bye"), Mismatch("intent", "bye", "greet")),
        (Step("а", None, ("x",)), Mismatch("actions", "x", "action_greet")),
        (Step("а", None, (), ("чужое",)), Mismatch("answer", "чужое", "Я  Отклик")),
        (Step("а", None, (), ("я отклик",)), None),
    ],
)
def test_a_step_tells_the_first_thing_that_went_another_way(step: Step, expected: Mismatch | None) -> None:
    assert mismatch(step, Memory({}), "greet", ["action_greet"], "Я  Отклик", ["Да", "Нет"]) == expected


def test_a_button_is_found_by_its_title_or_a_part_of_it() -> None:
    buttons = [
        {"title": "Да, отменить", "payload": "1"},
        {"title": "Да", "payload": "2"},
        {"title": "ср, 25 ноября", "payload": "3"},
    ]
    assert [button_for(t, buttons) for t in ("да", "25 ноября", "нет", "")] == [buttons[1], buttons[2], None, None]


def test_the_editors_file_is_an_edition_file(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(EDITORS, with_saved("", GREETING))
    assert [one.name for one in conversations_of(project)] == ["приветствие"]
