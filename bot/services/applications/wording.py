"""Puts an application's dry facts into the words of the content: what the state means, what to do and by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, cast

from bot.services.applications.glossary import Glossary
from bot.services.applications.interface import STATES, ApplicationState, ApplicationStatus, Come, HistoryEntry
from bot.services.errors import ContentError

SURE = 0.9
"""The glossary's score from which an agency's own phrase is taken for a known one."""


@dataclass(frozen=True)
class Facts:
    """An application as its keeper knows it."""

    number: str
    service_id: str
    state: ApplicationState
    stage_text: str | None
    filed_on: date
    due_on: date
    decided_on: date | None = None
    rejection_reason: str | None = None
    history: Sequence[HistoryEntry] = ()


class Wording:
    """The words of applications.yml: `states` with title, meaning, what_next, come, by; `overdue`; `news`.

    `by` is `due` (the term of the service) or a number of days after the decision.
    """

    def __init__(self, content: Mapping[str, Any], glossary: Glossary) -> None:
        self._glossary = glossary
        self._states: Mapping[str, Mapping[str, Any]] = content.get("states") or {}
        for state in STATES:
            for key in ("title", "meaning", "what_next", "news"):
                if not self._states.get(state, {}).get(key):
                    raise ContentError(f"applications.yml: states → {state}: нет {key}")
        self._overdue: Mapping[str, Any] = content.get("overdue") or {}
        if not self._overdue.get("what_next"):
            raise ContentError("applications.yml: overdue: нет what_next")
        self.default_working_days = int(content.get("default_working_days", 10))
        self.inquiry_working_days = int(content.get("inquiry_working_days", 3))
        evening, morning = content.get("quiet_hours") or ("21:00", "09:00")
        self.quiet_hours = (time.fromisoformat(str(evening)), time.fromisoformat(str(morning)))

    def title(self, state: str) -> str:
        """«Принято», «В работе», «Одобрено», «Отклонено»."""
        return str(self._states[state]["title"])

    def news(self, facts: Facts) -> str:
        """The message about a change, without personal data."""
        return str(self._states[facts.state]["news"]).format(number=facts.number, title=self.title(facts.state))

    def status(self, facts: Facts, today: date) -> ApplicationStatus:
        """The status as shown to a citizen on `today`."""
        words = self._states[facts.state]
        overdue = facts.state in ("accepted", "in_progress") and today > facts.due_on
        meaning, what_next, come = str(words["meaning"]), str(words["what_next"]), str(words.get("come", "no"))
        known = self._glossary.find(facts.stage_text) if facts.stage_text else None
        if known is not None and known.score >= SURE:
            meaning, what_next, come = known.meaning, known.action, known.come
        if overdue:
            meaning = str(self._overdue.get("meaning") or meaning)
            what_next = str(self._overdue["what_next"])
        return ApplicationStatus(
            number=facts.number,
            service_id=facts.service_id,
            state=facts.state,
            state_title=str(words["title"]),
            stage_text=facts.stage_text,
            meaning=meaning,
            what_next=what_next,
            by_when=None if overdue else self._by_when(facts),
            come=cast(Come, come),
            filed_on=facts.filed_on,
            due_on=facts.due_on,
            overdue=overdue,
            rejection_reason=facts.rejection_reason,
            history=tuple(facts.history),
        )

    def _by_when(self, facts: Facts) -> date | None:
        by = self._states[facts.state].get("by")
        if by == "due":
            return facts.due_on
        if by is None or facts.decided_on is None:
            return None
        return facts.decided_on + timedelta(days=int(by))
