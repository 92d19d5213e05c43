"""Reads Rasa's test conversations (stories/tests) and plays them against the running house, turn by turn."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.house import ChannelTalk
from tests.live import Talk

FOLDER = Path(__file__).parents[2] / "stories" / "tests"
QUIET = frozenset(("action_listen", "action_extract_slots"))
"""Actions that Rasa runs at every turn."""
NUMBER = re.compile(r"\b(?:ТЛ|ЗЯ|ОБ|ПЗ|УД|ВК|ЗП)-\d{4}-\d{6}\b")
TIME = re.compile(r"^\d{1,2}:\d\d$")
CODE = re.compile(r"код (\d{6})")
NEXT_DAY = "{next_day}"
"""Before a message: the citizen was silent since yesterday."""


@dataclass
class Step:
    """One message of the citizen with what must come of it. Without `intent` any reading will do."""

    user: str
    intent: str | None = None
    actions: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Story:
    """A conversation; `name` is its title in the file."""

    name: str
    file: str
    steps: list[Step]


def read_stories(folder: Path = FOLDER) -> list[Story]:
    """All conversations of the folder, in order."""
    found = []
    for path in sorted(folder.glob("test_*.yml")):
        for item in yaml.safe_load(path.read_text("utf-8"))["stories"]:
            found.append(Story(item["story"], path.stem, _steps(item["steps"])))
    return found


def _steps(items: list[dict[str, Any]]) -> list[Step]:
    steps: list[Step] = []
    for item in items:
        if "user" in item:
            steps.append(Step(str(item["user"]).strip(), item.get("intent")))
        elif "action" in item:
            steps[-1].actions.append(item["action"])
        elif "bot" in item:
            steps[-1].fragments.append(str(item["bot"]))
    return steps


def silent_since_yesterday(database: Path, conversation: str) -> None:
    """Set the clock of one conversation back by a day."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        changed = connection.execute(
            "UPDATE conversations SET updated_at = ? WHERE id = ?", (f"{yesterday:%Y-%m-%d %H:%M:%S.%f}", conversation)
        )
        assert changed.rowcount == 1


class Play:
    """One conversation being played; keeps the transcript for the message of a failure."""

    def __init__(self, talk: Talk | ChannelTalk, moments: Mapping[str, str], database: Path) -> None:
        self._talk, self._known, self._database = talk, dict(moments), database
        self._lines: list[str] = []

    def run(self, story: Story) -> None:
        """Raises AssertionError with the whole dialogue when a step goes another way."""
        for step in story.steps:
            if step.user.startswith(NEXT_DAY):
                silent_since_yesterday(self._database, self._talk.conversation)
            text = self._filled(step.user.removeprefix(NEXT_DAY))
            self._lines.append(f"— {text}")
            reply = self._talk.press(text[2:]) if text.startswith("> ") else self._talk.say(text)
            self._remember(reply)
            intent, actions = self._last_turn()
            buttons = " | ".join(b["title"] for b in self._talk.buttons)
            self._lines.append(
                f"    [{intent}; {', '.join(actions)}]\n    {reply}" + (f"\n    ({buttons})" if buttons else "")
            )
            if step.intent is not None:
                self._check(step.intent == intent, f"intent {step.intent} expected, {intent} recognised")
            self._check(step.actions == actions, f"actions {step.actions} expected, {actions} executed")
            for fragment in map(self._filled, step.fragments):
                seen = f"{reply}\n{buttons}".casefold()
                self._check(fragment.casefold() in seen, f"«{fragment}» expected in the answer")

    def _check(self, right: bool, complaint: str) -> None:
        assert right, f"{complaint}\n\n" + "\n".join(self._lines)

    def _filled(self, text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda m: self._known[m[1]], text)

    def _remember(self, reply: str) -> None:
        for name, found in (("number", NUMBER.findall(reply)), ("code", CODE.findall(reply))):
            if found:
                self._known[name] = found[-1]
        times = [b["title"] for b in self._talk.buttons if TIME.match(b["title"])]
        if len(times) > 1:
            self._known["time"], self._known["other_time"] = times[0], times[1]

    def _last_turn(self) -> tuple[str, list[str]]:
        events = self._talk.tracker()["events"]
        last = max(i for i, e in enumerate(events) if e["event"] == "user")
        intent = events[last]["parse_data"]["intent"]["name"]
        actions = [e["name"] for e in events[last:] if e["event"] == "action" and e["name"] not in QUIET]
        return intent, actions
