"""What playing a test conversation needs, whoever speaks: braces filled, numbers remembered, and what went another way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.services.russian_dates import MONTHS
from bot.studio.conversations import Conversation, Step

NUMBER = re.compile(r"\b(?:ТЛ|ЗЯ|ОБ|ПЗ|УД|ВК|ЗП)-\d{4}-\d{6}\b")
TIME = re.compile(r"^\d{1,2}:\d\d$")
DAY = re.compile(rf"\b[а-я]{{2}} \d{{1,2}}\.\d\d\b|\b\d{{1,2}} (?:{'|'.join(MONTHS)})\b")
"""As buttons name days: «пн 23.11», or in words."""
CODE = re.compile(r"код (\d{6})")


@dataclass(frozen=True)
class Mismatch:
    """What was expected of a step and what came: the wish, the actions, or a part of the answer."""

    what: Literal["intent", "actions", "answer"]
    expected: str
    got: str


@dataclass(frozen=True)
class Seen:
    """What the robot really did at one step: its texts as one, the titles of its buttons, and the wish it read."""

    reply: str
    buttons: tuple[str, ...]
    intent: str


@dataclass(frozen=True)
class ConversationResult:
    """How a test conversation went. `step` counts from 1, 0 when it passed; `expected` and `got` are Russian words.

    `seen` are the steps as far as they were played, `played` is what was played.
    """

    name: str
    passed: bool
    step: int = 0
    expected: str = ""
    got: str = ""
    seen: tuple[Seen, ...] = ()
    played: Conversation | None = None


class Memory:
    """What the braces stand for in one conversation; grows with the robot's answers.

    `number` is the latest number of a ticket, visit or the like, `code` a confirmation code, `time` and `other_time` the first
    times offered, `offered_day` and `other_offered_day` the first days.
    """

    def __init__(self, known: Mapping[str, str]) -> None:
        """`known` are those that hold from the beginning: `bot.studio.conversation_days.placeholders`."""
        self._known = dict(known)

    def filled(self, text: str) -> str:
        """The text with values instead of braces; unknown braces stay."""
        return re.sub(r"\{(\w+)\}", lambda m: self._known.get(m[1], m[0]), text)

    def lasting(self, text: str) -> str:
        """The other way round: braces instead of values that will be others tomorrow."""
        for name, value in sorted(self._known.items(), key=lambda item: -len(item[1])):
            if name != "year" and len(value) > 3:
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", f"{{{name}}}", text)
        return text

    def remember(self, reply: str, buttons: Sequence[str]) -> None:
        """Learn from an answer and the titles of its buttons."""
        for name, found in (("number", NUMBER.findall(reply)), ("code", CODE.findall(reply))):
            if found:
                self._known[name] = found[-1]
        self._pair("time", "other_time", [title for title in buttons if TIME.match(title)])
        self._pair("offered_day", "other_offered_day", [m[0] for title in buttons if (m := DAY.search(title))])

    def _pair(self, first: str, second: str, values: Sequence[str]) -> None:
        if len(values) > 1:
            self._known[first], self._known[second] = values[0], values[1]


def mismatch(
    step: Step, memory: Memory, intent: str, actions: Sequence[str], reply: str, buttons: Sequence[str]
) -> Mismatch | None:
    """The first thing that went another way than the step says; None when all is well."""
    if step.intent is not None and step.intent != intent:
        return Mismatch("intent", step.intent, intent)
    if step.actions and list(step.actions) != list(actions):
        return Mismatch("actions", ", ".join(step.actions), ", ".join(actions))
    seen = f"{reply}\n{' | '.join(buttons)}"
    for fragment in map(memory.filled, step.fragments):
        if _plain(fragment) not in _plain(seen):
            return Mismatch("answer", fragment, reply)
    return None


def button_for(title: str, buttons: Sequence[Mapping[str, str]]) -> Mapping[str, str] | None:
    """The button with this title, else the first one that holds it («25 ноября» in «ср, 25 ноября»); None for none."""
    wanted = _plain(title)
    exact = next((b for b in buttons if _plain(str(b.get("title"))) == wanted), None)
    return exact or next((b for b in buttons if wanted and wanted in _plain(str(b.get("title")))), None)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
