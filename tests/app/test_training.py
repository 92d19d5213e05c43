"""The fingerprint of training data and the mistakes that are told with file and line."""

from __future__ import annotations

import os

import pytest

from app.bootstrap.steps import Steps
from app.paths import Layout
from app.problems import Problem
from app.training import train
from app.training.check import mistakes
from app.training.explain import explain
from app.training.fingerprint import code_fingerprint, fingerprint
from tests.app.conftest import writer


@pytest.mark.parametrize(
    "name",
    ["config.yml", "domain.yml", "nlu/data/talk.yml", "nlu/component.py", "stories/rules.yml", "bot/content/services.yml",
     "requirements/dialogue.txt"],
)  # fmt: skip
def test_a_change_of_training_data_changes_the_fingerprint(checkout: Layout, name: str) -> None:
    before = fingerprint(checkout)
    path = checkout.root / name
    path.write_text(path.read_text("utf-8").replace("3.6.21", "3.6.22") + "# new\n", "utf-8")
    assert fingerprint(checkout) != before


@pytest.mark.parametrize("name", ["stories/tests/test_talk.yml", "bot/content/texts.yml", "nlu/parse.py", "README.md"])
def test_other_files_leave_the_fingerprint_alone(checkout: Layout, name: str) -> None:
    before = fingerprint(checkout)
    writer(checkout.root)(name, "changed: true\n")
    assert fingerprint(checkout) == before


def test_a_moved_checkout_windows_line_ends_and_new_times_are_no_change(checkout: Layout) -> None:
    before = fingerprint(checkout)
    path = checkout.root / "nlu/data/talk.yml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    os.utime(path, (1, 1))
    assert fingerprint(checkout) == before


def test_a_renamed_file_is_a_change(checkout: Layout) -> None:
    before = fingerprint(checkout)
    (checkout.root / "nlu/data/talk.yml").rename(checkout.root / "nlu/data/small_talk.yml")
    assert fingerprint(checkout) != before


def test_phrases_do_not_touch_the_fingerprint_of_the_code(checkout: Layout) -> None:
    before = code_fingerprint(checkout)
    writer(checkout.root)("nlu/data/more.yml", "nlu: []\n")
    assert code_fingerprint(checkout) == before
    writer(checkout.root)("nlu/component.py", "X = 2\n")
    assert code_fingerprint(checkout) != before


def test_a_missing_domain_is_told(checkout: Layout) -> None:
    (checkout.root / "domain.yml").unlink()
    with pytest.raises(Problem, match=r"Нет domain\.yml"):
        fingerprint(checkout)


def test_a_whole_project_has_no_mistakes(checkout: Layout) -> None:
    assert mistakes(checkout) == []


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("nlu:\n- intent: greet\n\texamples: |\n", 3, "табуляцией"),
        ("nlu:\n- intent: greet\n  examples: нет: двоеточие\n", 3, "двоеточие"),
        ('nlu:\n- intent: "greet\n', 3, "кавычка"),
    ],
)
def test_broken_yaml_is_told_with_its_line(checkout: Layout, text: str, line: int, told: str) -> None:
    writer(checkout.root)("nlu/data/talk.yml", text)
    (found,) = mistakes(checkout)
    assert (found.file, found.line) == ("nlu/data/talk.yml", line)
    assert told in found.text


def test_names_that_the_domain_lacks_are_told_with_their_lines(checkout: Layout) -> None:
    writer(checkout.root)(
        "stories/rules.yml",
        "rules:\n- rule: a\n  condition:\n  - active_loop: no_form\n  steps:\n  - or:\n    - intent: greet\n    - intent: helo\n"
        "  - action: utter_nothing\n  - action: booking_form\n  - active_loop: null\n  - action: action_listen\n",
    )
    writer(checkout.root)("nlu/data/talk.yml", "nlu:\n- intent: unknown\n  examples: |\n    - да\n")
    assert [str(m) for m in mistakes(checkout)] == [
        "nlu/data/talk.yml:2: желания unknown нет в domain.yml (intents)",
        "stories/rules.yml:4: формы no_form нет в domain.yml (forms)",
        "stories/rules.yml:8: желания helo нет в domain.yml (intents)",
        "stories/rules.yml:9: ответа utter_nothing нет в domain.yml (actions, responses, forms)",
    ]


def test_a_file_that_is_not_utf8_is_told(checkout: Layout) -> None:
    (checkout.root / "nlu/data/talk.yml").write_bytes("nlu: привет".encode("cp1251"))
    assert "UTF-8" in mistakes(checkout)[0].text


def test_training_stops_at_a_mistake_before_rasa_is_started(checkout: Layout) -> None:
    writer(checkout.root)("nlu/data/talk.yml", "nlu:\n- intent: unknown\n- intent: other\n")
    with pytest.raises(Problem, match=r"talk\.yml:2: желания unknown .* \(и ещё ошибок: 1\)"):
        train.ensure_model(checkout, Steps())


def test_a_fresh_model_is_not_trained_again(checkout: Layout) -> None:
    checkout.models.mkdir(parents=True)
    path = checkout.models / f"{fingerprint(checkout)}.tar.gz"
    path.touch()
    path.with_suffix("").with_suffix(".json").write_text('{"seconds": 17.5}')
    model = train.ensure_model(checkout, Steps())
    assert (model.path, model.seconds) == (path, 17.5)


def test_only_the_last_models_are_kept(checkout: Layout) -> None:
    checkout.models.mkdir(parents=True)
    for number in range(11):
        path = checkout.models / f"{number:02}.tar.gz"
        path.touch()
        os.utime(path, (number, number))
    train._drop_old(checkout)
    kept = ["03", "04", "05", "06", "07", "08", "09", "10"]
    assert sorted(p.name for p in checkout.models.glob("*.gz")) == [f"{name}.tar.gz" for name in kept]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["rasa.core.policies.rule_policy.InvalidRule: ", "Contradicting rules or stories found 🚨", "",
          "- the prediction of the action 'utter_b' in rule 'one' is contradicting with rule(s) 'two'."], "rule 'one'"),
        (["Traceback", "ModuleNotFoundError: No module named 'nlu.gone'"], "No module named 'nlu.gone'"),
        (["InvalidConfigException: The pipeline is wrong"], "The pipeline is wrong"),
        (["  warnings.warn(", "Killed"], "памяти"),
        ([], "без объяснений"),
    ],
)  # fmt: skip
def test_rasas_failure_is_told_in_one_line(lines: list[str], told: str) -> None:
    line = explain(lines, ".otklik/logs/train.log")
    assert told in line
    assert "\n" not in line
