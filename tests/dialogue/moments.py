"""Dates for test conversations that hold on any day, from the checkout's calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.studio import conversation_days

CONTENT = Path(__file__).parents[2] / "bot" / "content"
ZONE = ZoneInfo("Europe/Moscow")


def placeholders(now: datetime | None = None) -> Mapping[str, str]:
    """What the braces of a conversation stand for; see `bot.studio.conversation_days`."""
    return conversation_days.placeholders(CONTENT, (now or datetime.now(ZONE)).astimezone(ZONE))
