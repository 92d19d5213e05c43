"""The words about tickets that editors write (`content/tickets.yml`): names of states and news of a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.services.errors import ContentError
from bot.services.tickets.interface import STATES, TicketState


class TicketWords:
    """Titles of states and texts of messages. Raises ContentError when a state has no title."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._states: dict[str, str] = dict(content.get("states") or {})
        self._news: dict[str, str] = dict(content.get("news") or {})
        if missing := [s for s in STATES if s not in self._states]:
            raise ContentError(f"tickets.yml: нет названия состояния {', '.join(missing)}")
        for state, text in self._news.items():
            try:
                text.format(number="", topic="", state="", note="", due="")
            except (KeyError, IndexError, ValueError):
                raise ContentError(f"tickets.yml, news, {state}: лишнее в фигурных скобках") from None

    def state(self, state: str) -> str:
        """The title of a state."""
        return self._states.get(state, state)

    def news(self, state: TicketState, number: str, topic: str, note: str, due: str) -> str | None:
        """What the citizen is told of a change; None when nothing is to be told."""
        text = self._news.get(state)
        if not text:
            return None
        filled = text.format(number=number, topic=topic, state=self.state(state), note=note, due=due)
        return " ".join(filled.split())
