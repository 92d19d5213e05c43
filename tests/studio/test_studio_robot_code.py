"""The table of what the robot's code offers is compared with the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock

import yaml

from actions.registry import all_actions
from app.paths import HERE
from bot.studio.robot_code import ACTIONS, ANSWERS

FIXED = ("buttons",)


def calls() -> Iterator[tuple[ast.Call, str]]:
    """Every call in `actions/` that names an answer."""
    for path in sorted((HERE.root / "actions").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                for part in node.args[:1]:
                    for inner in ast.walk(part):
                        if isinstance(inner, ast.Constant) and re.fullmatch("utter_[a-z_]*[a-z]", str(inner.value)):
                            yield node, str(inner.value)


def test_the_actions_are_those_of_the_code() -> None:
    services: Any = MagicMock()
    assert {action.name() for action in all_actions(services)} == ACTIONS


def test_every_answer_that_the_code_names_is_in_the_table_with_its_values() -> None:
    found = list(calls())
    assert len(found) > 100
    assert {name for _, name in found} <= ANSWERS.keys()
    for call, name in found:
        given = {k.arg for k in call.keywords if k.arg} - set(FIXED)
        assert given <= ANSWERS[name], f"{name} gets {given}"


def test_the_answers_of_the_checkout_are_those_of_the_table() -> None:
    responses = yaml.load((HERE.root / "domain.yml").read_text("utf-8"), Loader=yaml.CSafeLoader)["responses"]
    assert ANSWERS.keys() <= responses.keys()
