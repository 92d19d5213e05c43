"""What the commands read and show: cases of `nlu`, answers as a channel shows them, settings, the result line, help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app import settings as configuration
from app.bootstrap.commands import COMMANDS
from app.cli import app as command_line
from app.commands import test as test_command
from app.commands.chat_view import NAMES, PLACES, look
from app.commands.demo import by_kind
from app.commands.nlu_input import Case, moment, read_cases
from app.commands.test_report import Counts, read
from app.paths import HERE
from app.problems import Problem
from channels.base import Part
from channels.registry import CHANNELS

ZONE = "Europe/Moscow"


def test_every_wrong_line_of_a_case_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(
        b'{"text": "\xd0\xb4\xd0\xb0"}\n\nnot json\n{"txt": 1}\n[1]\n\xff\xfe\n{"text": "a", "now": "soon"}\n'
    )
    with pytest.raises(Problem) as told:
        read_cases(str(path), None, ZONE)
    lines = str(told.value).splitlines()[1:]
    assert [line.split(": ")[0].strip() for line in lines] == [f"{path}:{n}" for n in (3, 4, 5, 6, 7)]
    assert "не JSON" in lines[0]
    assert "text" in lines[1]
    assert "UTF-8" in lines[3]


def test_cases_keep_their_order_and_their_own_now(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('\ufeff{"text": "да"}\r\n{"text": "", "now": "2026-01-02T03:04"}', "utf-8")
    assert read_cases(str(path), "2026-11-20T10:00:00+03:00", ZONE) == [
        Case("да", "2026-11-20T10:00:00+03:00"),
        Case("", "2026-01-02T03:04:00+03:00"),
    ]


@pytest.mark.parametrize("name", ["нет.jsonl", "."])
def test_a_file_that_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="не читается"):
        read_cases(str(tmp_path / name), None, ZONE)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n\n")
    with pytest.raises(Problem, match="пуст"):
        read_cases(str(tmp_path / "a.jsonl"), None, ZONE)


def test_a_moment_needs_iso_and_gets_a_zone() -> None:
    assert moment("2026-11-21", ZONE) == "2026-11-21T00:00:00+03:00"
    assert moment("2026-11-21T10:00:00Z", ZONE) == "2026-11-21T10:00:00+00:00"
    assert moment(None, ZONE) is None
    with pytest.raises(Problem, match="ISO 8601"):
        moment("вчера", ZONE)


def shown(name: str, text: str, *titles: str) -> list[Part]:
    found = look(name)
    assert found is not None
    return found.parts({"id": 5, "text": text, "buttons": [{"title": t, "payload": "/x"} for t in titles]})


def test_buttons_stay_buttons_where_the_channel_has_them() -> None:
    (part,) = shown("vk", "Когда?", "Утром", "Днём")
    assert (part.text, [b.title for row in part.rows for b in row]) == ("Когда?", ["Утром", "Днём"])


def test_choices_are_counted_out_where_there_are_no_buttons_or_too_many_or_too_long_ones() -> None:
    assert shown("sms", "Когда?", "Утром", "Днём")[0].text.startswith("Когда?\n\n1. Утром\n2. Днём")
    assert shown("vk", "?", *(str(n) for n in range(11)))[0].rows == ()
    assert shown("vk", "?", "я" * 41)[0].rows == ()


def test_every_registered_channel_has_a_look_with_its_own_limits() -> None:
    assert set(PLACES) == set(CHANNELS)
    for name in NAMES:
        assert all(part.text for part in shown(name, "Слово. " * 2000))
    assert look("почтовый голубь") is None


def test_settings_come_from_the_environment_and_options_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_PORT", "9000")
    monkeypatch.setenv("OTKLIK_API_KEYS", "one, two,")
    found = configuration.load(host=None, port=9001)
    assert (found.port, found.api_keys, found.own_rasa) == (9001, {"one", "two"}, True)
    monkeypatch.setenv("OTKLIK_RASA_URL", "http://rasa:5005")
    assert not configuration.load().own_rasa


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("PORT", "много", "число"), ("PERSONA", "grumpy", "neutral"), ("TIMEZONE", "Mars/Base", "часового пояса")],
)
def test_a_wrong_setting_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(f"OTKLIK_{name}", value)
    with pytest.raises(Problem, match=rf"OTKLIK_{name}: .*{told}"):
        configuration.load()


def test_every_setting_is_documented() -> None:
    text = (HERE.root / "docs" / "cli.md").read_text("utf-8")
    internal = {"local_api_key"}
    missing = [
        n for n in configuration.Settings.model_fields if f"`OTKLIK_{n.upper()}`" not in text and n not in internal
    ]
    assert missing == []


def test_help_without_an_environment_names_every_command_and_no_other() -> None:
    names = {
        command.name or command.callback.__name__ for command in command_line.registered_commands if command.callback
    }
    names |= {group.name for group in command_line.registered_groups if group.name}
    assert names | {"lock"} == set(COMMANDS)


def test_the_command_explains_itself_before_anything_is_installed() -> None:
    asked = subprocess.run([sys.executable, HERE.root / "otklik"], capture_output=True, text=True, check=True)
    assert "./otklik up" in asked.stdout
    wrong = subprocess.run([sys.executable, HERE.root / "otklik", "fly"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert "Нет такой команды: fly" in wrong.stderr


def test_hints_are_sorted_for_programs() -> None:
    hints = [
        {"title": "Записаться на приём", "text": "запишите"},
        {"title": "Статус", "text": "что с делом", "surname": "Я", "number": "1"},
        {"title": "Авария", "text": "нет воды", "street": "Садовая"},
        {"title": "Согласия", "text": "какие"},
    ]
    assert {kind: len(found) for kind, found in by_kind(hints).items()} == {
        "cases": 1,
        "booking": 1,
        "streets": 1,
        "other": 1,
    }


@pytest.mark.parametrize(
    ("code", "report", "line"),
    [
        (0, '<testsuite tests="5" failures="0" errors="0" skipped="2"/>', "3 passed, 0 failed, 2 skipped"),
        (1, '<testsuite tests="5" failures="1" errors="1" skipped="0"/>', "3 passed, 2 failed, 0 skipped"),
        (5, '<testsuite tests="0" failures="0" errors="0" skipped="0"/>', "0 passed, 0 failed, 0 skipped"),
        (2, '<testsuite tests="1" failures="0" errors="0" skipped="0"/>', "1 passed, 1 failed, 0 skipped"),
        (-9, "", "0 passed, 1 failed, 0 skipped"),
    ],
)
def test_the_result_line_counts_what_pytest_reported(tmp_path: Path, code: int, report: str, line: str) -> None:
    path = tmp_path / "r.xml"
    path.write_text(f"<testsuites>{report}</testsuites>" if report else "<broken")
    assert str(read(path, code)) == line
    assert str(Counts(1, 2, 3) + Counts(1, 0, 0)) == "2 passed, 2 failed, 3 skipped"


def test_paths_and_options_of_pytest_go_to_the_right_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE.root)
    both = test_command._suites(["-k", "tests", "-x"], {})
    assert [suite.title for suite in both] == ["помощник", "телефон", "понимание русского"]
    assert all(list(suite.arguments[-3:]) == ["-k", "tests", "-x"] for suite in both)
    (one,) = test_command._suites(["tests/nlu/test_text.py"], {})
    assert one.python == HERE.python("dialogue")
    (one,) = test_command._suites(["tests/app/test_commands.py::test_hints_are_sorted_for_programs"], {})
    assert one.python == HERE.python("assistant")
