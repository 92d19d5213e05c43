"""Help with a portal that does not work and with lost access: an article about it, else general advice."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.base import CitizenAction, Voice
from actions.talk import HUMAN
from actions.turn import Turn

HELPFUL = frozenset(("change_phone", "code_word", "pin_code"))
"""Articles about access; others merely share its words («код из СМС» is also what swindlers ask for)."""
TECHNICAL = (
    ("action_technical_problem", "utter_technical_problem"),
    ("action_recover_access", "utter_recover_access"),
)
"""Actions of this kind with the response that each falls back to."""


class TechnicalHelp(CitizenAction):
    """Advice for a portal that does not work or access that is lost, from the knowledge base; a human if it does not help."""

    def __init__(self, services: Any, title: str, response: str) -> None:
        super().__init__(services)
        self.title = title
        self._response = response

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """The nearest article, else the general advice."""
        hits = self.services.knowledge.search(turn.words, limit=1)
        if hits and hits[0].score >= 0.6 and hits[0].article.id in HELPFUL:
            article, human = hits[0].article, () if tracker.active_loop_name else (HUMAN,)
            voice.text(article.text.strip().replace("\n\n", "\n"), human, f"articles/{article.id}")
        else:
            voice.say(self._response, () if tracker.active_loop_name else (HUMAN,))
        return [SlotSet("offer", "human")]
