"""Plays Rasa's test conversations (stories/tests) against the running house, turn by turn."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.paths import HERE
from bot.studio.conversation_play import Memory, mismatch
from bot.studio.conversations import BUTTON, NEXT_DAY, Conversation, conversations_of
from bot.studio.project import Project
from tests.house import ChannelTalk
from tests.live import Talk

FOLDER = HERE.root / "stories" / "tests"
QUIET = frozenset(("action_listen", "action_extract_slots"))
"""Actions that Rasa runs at every turn."""


def read_stories() -> list[Conversation]:
    """All conversations of the checkout, in order."""
    return conversations_of(Project(HERE.root))


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
        self._talk, self._memory, self._database = talk, Memory(moments), database
        self._lines: list[str] = []

    def run(self, story: Conversation) -> None:
        """Raises AssertionError with the whole dialogue when a step goes another way."""
        told: dict[str, Any] = {"profile": {"segment": story.segment}} if story.segment else {}
        for step in story.steps:
            if step.user.startswith(NEXT_DAY):
                silent_since_yesterday(self._database, self._talk.conversation)
            text = self._memory.filled(step.user.removeprefix(NEXT_DAY))
            self._lines.append(f"— {text}")
            pressed = text.startswith(BUTTON)
            reply = self._talk.press(text.removeprefix(BUTTON)) if pressed else self._talk.say(text, **told)
            titles = [b["title"] for b in self._talk.buttons]
            self._memory.remember(reply, titles)
            intent, actions = self._last_turn()
            self._lines.append(
                f"    [{intent}; {', '.join(actions)}]\n    {reply}"
                + (f"\n    ({' | '.join(titles)})" if titles else "")
            )
            wrong = mismatch(step, self._memory, intent, actions, reply, titles)
            assert wrong is None, f"{wrong}\n\n" + "\n".join(self._lines)

    def _last_turn(self) -> tuple[str, list[str]]:
        events = self._talk.tracker()["events"]
        last = max(i for i, e in enumerate(events) if e["event"] == "user")
        intent = events[last]["parse_data"]["intent"]["name"]
        actions = [e["name"] for e in events[last:] if e["event"] == "action" and e["name"] not in QUIET]
        return intent, actions
