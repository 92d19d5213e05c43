"""After a talk with a human: how was it, and is the matter settled? Asked and answered without Rasa, so also when Rasa is away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.feedback import Feedback
from bot.services.people.tables import HandoverRow
from bot.services.transactions import transact
from bot.store import Store
from bot.store.conversations import ConversationRow
from bot.store.events import EventRow, record
from bot.texts import Texts

GRADES = ("Плохо", "Так себе", "Хорошо", "Отлично")
"""Grades 1 to 4. The worst comes first, so that a typed number means the grade it names."""
CONTENT_FROM = 3

_RATE, _SETTLED = "/rate_talk", "/talk_resolved"
_PAYLOAD = re.compile(rf"({_RATE}|{_SETTLED})(\{{.{{0,100}}\}})")
CALL_HUMAN = "/request_operator"


class Aftertalk:
    """Takes the answers, which may come late, twice, or for a talk of somebody else (those count nothing)."""

    def __init__(self, store: Store, clock: Callable[[], datetime], feedback: Feedback, texts: Texts) -> None:
        self._store, self._clock, self._feedback, self._texts = store, clock, feedback, texts

    def knows(self, payload: str) -> bool:
        """Whether a button is one of these questions'."""
        return _PAYLOAD.fullmatch(payload) is not None

    async def answer(self, payload: str, conversation: ConversationRow) -> dict[str, Any]:
        """Take a grade or a yes or no; the reply, with the next question after a grade."""
        found = _PAYLOAD.fullmatch(payload)
        said = _json(found[2]) if found else {}
        row = await self._talk(said.get("handover"), conversation)
        if found is None or row is None:
            return {"text": self._texts.line("stale_choice"), "buttons": []}
        if found[1] == _RATE:
            return await self._grade(row, said.get("grade"))
        return await self._settled(row, conversation, settled=said.get("resolved") == "yes")

    async def _grade(self, row: HandoverRow, grade: Any) -> dict[str, Any]:
        if grade not in range(1, len(GRADES) + 1) or isinstance(grade, bool):
            return {"text": self._texts.line("stale_choice"), "buttons": []}
        await self._feedback.rate(
            row.conversation_id, satisfaction=grade, ref=f"handover:{row.id}", answered_by="operator"
        )
        text = self._texts.line("talk_graded" if grade >= CONTENT_FROM else "talk_graded_low")
        yes, no = (_payload(_SETTLED, handover=row.id, resolved=word) for word in ("yes", "no"))
        return {"text": text, "buttons": [{"title": "Да", "payload": yes}, {"title": "Нет", "payload": no}]}

    async def _settled(self, row: HandoverRow, conversation: ConversationRow, *, settled: bool) -> dict[str, Any]:
        async def work(session: AsyncSession) -> None:
            earlier = await session.scalars(
                select(EventRow).where(
                    EventRow.conversation_id == conversation.id, EventRow.name == "resolution_given",
                    EventRow.at >= row.created_at,
                )
            )  # fmt: skip
            same = [e for e in earlier if e.data.get("handover") == row.id]
            if same and same[-1].data.get("resolved") == settled:
                return
            record(
                session, "resolution_given", self._clock(), citizen_id=conversation.citizen_id,
                conversation_id=conversation.id, handover=row.id, group=row.group, operator=row.operator,
                resolved=settled,
            )  # fmt: skip

        await transact(self._store, work)
        if settled:
            return {"text": self._texts.line("talk_settled"), "buttons": []}
        human = {"title": self._texts.line("call_operator"), "payload": CALL_HUMAN}
        return {"text": self._texts.line("talk_not_settled"), "buttons": [human]}

    async def _talk(self, handover: Any, conversation: ConversationRow) -> HandoverRow | None:
        if not isinstance(handover, int):
            return None
        async with self._store.read() as session:
            row = await session.get(HandoverRow, handover)
        # A forged number must not reach somebody else's talk.
        return row if row is not None and row.conversation_id == conversation.id else None


def rating_question(text: str, handover: int) -> dict[str, Any]:
    """The reply that asks for a grade of a talk, drawn natively where a door can."""
    scale = [
        {"title": title, "payload": _payload(_RATE, handover=handover, grade=grade)}
        for grade, title in enumerate(GRADES, 1)
    ]
    return {"text": text, "buttons": scale, "form": {"type": "rating", "scale": scale}}


def _payload(name: str, **values: Any) -> str:
    return f"{name}{json.dumps(values)}"


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
