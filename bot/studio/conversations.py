"""Test conversations of an edition (stories/tests, Rasa's format): read from all files, written to the editors' own one.

A step is what the citizen writes, `> Title` for a pressed button, with what must come of it. Braces stand for what differs from
day to day: see `bot.studio.conversation_days` and `bot.studio.conversation_play`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from bot.services.content.fields import parse_yaml
from bot.services.errors import ContentError
from bot.studio.project import Project
from bot.studio.refusals import NotPossible

FOLDER = "stories/tests"
EDITORS = f"{FOLDER}/test_editors.yml"
"""Where editors' conversations lie; Rasa takes only files that begin with `test_` for test conversations."""
BUTTON = "> "
"""Before the title of a button to press."""
NEXT_DAY = "{next_day}"
"""Before a message: the citizen was silent since yesterday."""
USUAL_CHANNEL = "widget"
_CHANNEL_OF_FILE = {"test_telegram": "telegram"}
_HEAD = """version: "3.1"
# Проверки, которые редакторы сохранили на странице «Проба».
stories:
"""
_PLAIN = re.compile(r"[А-Яа-яЁёA-Za-z][А-Яа-яЁёA-Za-z0-9 ,.?!«»()-]*(?<! )")
_WORDS = frozenset("y n yes no on off true false null".split())


@dataclass(frozen=True)
class Step:
    """One message of the citizen with what must come of it. None and () ask for nothing; `fragments` are parts of the answer."""

    user: str
    intent: str | None = None
    actions: tuple[str, ...] = ()
    fragments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversation:
    """A test conversation. `file` is its path in the project; `channel` and `segment` are pretended."""

    name: str
    file: str
    steps: tuple[Step, ...]
    channel: str = USUAL_CHANNEL
    segment: str = ""

    @property
    def by_editors(self) -> bool:
        """Whether it can be changed in the studio."""
        return self.file == EDITORS


def conversations_of(project: Project) -> list[Conversation]:
    """All of them, file by file. Raises ContentError for a file that is no YAML of conversations. Blocks for some 50 ms."""
    paths = [p for p in project.paths() if p.startswith(f"{FOLDER}/") and Path(p).name.startswith("test_")]
    return [item for path in paths for item in parsed(project.read(path), path)]


def parsed(text: str, path: str = EDITORS) -> list[Conversation]:
    """The conversations of one file. Raises ContentError."""
    tree = parse_yaml(text, path)
    try:
        return [_conversation(item, path) for item in (tree or {}).get("stories") or ()]
    except (AttributeError, KeyError, TypeError, IndexError):
        raise ContentError(
            f"{path}: у каждой проверки нужны название (story) и шаги (steps), первый шаг — слова человека (user)"
        ) from None


def _conversation(item: Mapping[str, Any], path: str) -> Conversation:
    told = item.get("metadata") or {}
    channel = told.get("channel") or _CHANNEL_OF_FILE.get(Path(path).stem, USUAL_CHANNEL)
    return Conversation(str(item["story"]), path, _steps(item["steps"]), str(channel), str(told.get("segment") or ""))


def _steps(items: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for item in items:
        if "user" in item:
            steps.append(Step(str(item["user"]).strip(), item.get("intent")))
        elif "action" in item:
            steps[-1] = replace(steps[-1], actions=(*steps[-1].actions, str(item["action"])))
        elif "bot" in item:
            steps[-1] = replace(steps[-1], fragments=(*steps[-1].fragments, str(item["bot"])))
    return tuple(steps)


def with_saved(text: str, conversation: Conversation, old: str = "") -> str:
    """The editors' file ("" when there is none) with this conversation in place of the one named `old`, else at its end.

    All other lines stay as they are. Raises NotPossible when the file is damaged.
    """
    lines, places = _places(text)
    written = _written(conversation)
    if old in places:
        begin, end = places[old]
        blank = [""] if end < len(lines) else []
        result = [*lines[:begin], *written, *blank, *lines[end:]]
    elif places:
        while lines and not lines[-1].strip():
            lines.pop()
        result = [*lines, "", *written]
    else:
        result = [*_HEAD.splitlines(), *written]
    return _checked("\n".join(result) + "\n", conversation.name)


def without(text: str, name: str) -> str:
    """The editors' file without this conversation; "" when it was the last one. Raises KeyError, NotPossible."""
    lines, places = _places(text)
    begin, end = places[name]
    if len(places) == 1:
        return ""
    left = [*lines[:begin], *lines[end:]]
    while left and not left[-1].strip():
        left.pop()
    return _checked("\n".join(left) + "\n", "")


def _places(text: str) -> tuple[list[str], dict[str, tuple[int, int]]]:
    """The lines, and from which to which (exclusive) each conversation goes, with the empty lines and comments behind it."""
    if not text.strip():
        return [], {}
    tree: Any
    try:
        tree = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        stories = next(value for key, value in tree.value if key.value == "stories")
        begins = [item.start_mark.line for item in stories.value]
        names = [next(str(v.value) for k, v in item.value if k.value == "story") for item in stories.value]
    except (yaml.YAMLError, AttributeError, StopIteration, TypeError, ValueError):
        raise NotPossible(
            f"Файл {EDITORS} повреждён: сначала поправьте его или верните на странице «Изменения»."
        ) from None
    lines = text.splitlines()
    return lines, dict(zip(names, zip(begins, [*begins[1:], len(lines)], strict=True), strict=True))


def _checked(text: str, name: str) -> str:
    try:
        names = [c.name for c in parsed(text)]
    except ContentError:
        names = []
    if not names or (name and name not in names):
        raise NotPossible(f"Файл {EDITORS} записан необычно, студия не может его дополнить. Позовите программиста.")
    return text


def _written(conversation: Conversation) -> list[str]:
    lines = [f"- story: {_scalar(conversation.name)}"]
    told = {"channel": conversation.channel, "segment": conversation.segment}
    told = {key: value for key, value in told.items() if value and value != USUAL_CHANNEL}
    if told:
        lines.append("  metadata: {" + ", ".join(f"{key}: {_scalar(value)}" for key, value in told.items()) + "}")
    lines.append("  steps:")
    for step in conversation.steps:
        lines += ["  - user: |", f"      {' '.join(step.user.split())}"]
        if step.intent:
            lines.append(f"    intent: {_scalar(step.intent)}")
        lines += [f"  - action: {_scalar(action)}" for action in step.actions]
        lines += [f"  - bot: {json.dumps(fragment, ensure_ascii=False)}" for fragment in step.fragments]
    return lines


def _scalar(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
