"""Lines the assistant says without Rasa, and the region's local time; both are content that editors change."""

from __future__ import annotations

import random
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.services.plain_yaml import plain_yaml

_INTENT = re.compile(r"^/([a-z_]+)(\{.{0,400}\})?$", re.S)


class Texts:
    """The lines of `texts.yml` and the intents that a button of an earlier conversation may still name."""

    def __init__(self, lines: dict[str, list[str]], timezone: str, intents: frozenset[str]) -> None:
        self._lines, self._zone, self._intents = lines, ZoneInfo(timezone), intents

    @classmethod
    def load(cls, content: Path, domain: Path) -> Texts:
        """Read `texts.yml`, the time zone of `region.yml` and the intents of Rasa's domain."""
        lines = plain_yaml((content / "texts.yml").read_text("utf-8"))
        region = plain_yaml((content / "region.yml").read_text("utf-8"))
        intents = plain_yaml(domain.read_text("utf-8"))["intents"]
        names = frozenset(i if isinstance(i, str) else next(iter(i)) for i in intents)
        return cls(lines, region.get("timezone", "Europe/Moscow"), names)

    def line(self, name: str) -> str:
        """One of the variants of a line. Raises KeyError for an unknown name."""
        return random.choice(self._lines[name])

    def local(self, moment: datetime) -> datetime:
        """The moment in the citizens' local time."""
        return moment.astimezone(self._zone)

    def fallback(self) -> dict[str, Any]:
        """What is said when the robot has no answer at all, with the way to a human."""
        return {
            "text": self.line("fallback"),
            "buttons": [{"title": self.line("call_operator"), "payload": "/request_operator"}],
        }

    def wordless(self, kind: str) -> dict[str, Any]:
        """The answer to a message without words, by its kind."""
        name = f"wordless_{kind}"
        return {"text": self.line(name if name in self._lines else "wordless_text")}

    def stale_choice(self, payload: str) -> str | None:
        """The payload of a button that is no longer on offer, when it names an intent the robot may still follow."""
        match = _INTENT.match(payload)
        return payload if match and match[1] in self._intents else None
