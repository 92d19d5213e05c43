"""A small checkout of its own for each test of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.paths import Layout

DOMAIN = """
intents: [greet, goodbye]
responses:
  utter_greet: [{text: Здравствуйте!}]
actions: [action_bye]
forms:
  booking_form: {required_slots: [day]}
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """The files of a Rasa project, two phrases long."""
    monkeypatch.delenv("OTKLIK_STATE", raising=False)
    write = writer(tmp_path)
    write("config.yml", "recipe: default.v1\n")
    write("domain.yml", DOMAIN)
    write("nlu/data/talk.yml", "nlu:\n- intent: greet\n  examples: |\n    - привет\n")
    write("nlu/component.py", "X = 1\n")
    write("stories/rules.yml", "rules:\n- rule: hi\n  steps:\n  - intent: greet\n  - action: utter_greet\n")
    write("stories/tests/test_talk.yml", "stories: []\n")
    write("bot/content/services.yml", "services: []\n")
    write("bot/content/texts.yml", "texts: []\n")
    write("requirements/dialogue.txt", "rasa==3.6.21 \\\n    --hash=sha256:0\n")
    return Layout(tmp_path)


def writer(root: Path) -> Callable[[str, str], Path]:
    """Writes a file under `root`, its folders too."""

    def write(name: str, text: str) -> Path:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write
