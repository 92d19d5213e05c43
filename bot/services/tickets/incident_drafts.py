"""What a dispatcher writes about a failure, checked before the robot tells it to anybody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.services.errors import ServiceError
from bot.services.tickets.tables import IncidentRow

LONGEST_TITLE = LONGEST_REASON = 200
LONGEST_TEXT = 1_000
LONGEST_TERM = timedelta(days=366)

CardState = Literal["scheduled", "live", "forgotten", "over"]


class BadIncident(ServiceError):
    """An incident that cannot be told; `text` says why, in Russian, for whoever wrote it."""

    code = "bad_incident"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class IncidentDraft:
    """`streets` are titles and `districts` ids of region.yml, `forecast_at` None when nobody knows yet."""

    title: str
    kind: str
    streets: tuple[str, ...]
    districts: tuple[str, ...]
    reason: str
    text: str
    started_at: datetime
    forecast_at: datetime | None

    def check(self, kinds: Collection[str], streets: Collection[str], districts: Collection[str]) -> None:
        """Raises BadIncident for the first thing that is wrong."""
        if not self.title:
            raise BadIncident("Напишите название: что случилось и где.")
        if len(self.title) > LONGEST_TITLE or len(self.reason) > LONGEST_REASON:
            raise BadIncident(f"Название и причина — не длиннее {LONGEST_TITLE} знаков.")
        if len(self.text) > LONGEST_TEXT:
            raise BadIncident(f"Текст для граждан — не длиннее {LONGEST_TEXT} знаков.")
        if self.kind not in kinds:
            raise BadIncident("Выберите вид аварии.")
        if not self.streets and not self.districts:
            raise BadIncident("Отметьте улицы или районы: по ним робот узнаёт, что вопрос об этой аварии.")
        if unknown := sorted({*set(self.streets) - set(streets), *set(self.districts) - set(districts)}):
            raise BadIncident(f"Нет в справочнике: {', '.join(unknown)}.")
        if self.forecast_at is not None and self.forecast_at <= self.started_at:
            raise BadIncident("Прогноз раньше начала. Проверьте даты.")
        if self.forecast_at is not None and self.forecast_at - self.started_at > LONGEST_TERM:
            raise BadIncident("Прогноз дальше чем через год. Проверьте даты.")


@dataclass(frozen=True)
class IncidentCard:
    """An incident as its editors see it. `state` forgotten: nobody closed it, and the robot tells it no more."""

    id: str
    draft: IncidentDraft
    state: CardState
    late: bool
    subscribers: int
    closed_at: datetime | None


def card(row: IncidentRow, now: datetime, kept: timedelta, subscribers: int) -> IncidentCard:
    """The card of a row; `kept` is how long after its forecast an incident is still told of."""
    state: CardState = (
        "over" if row.closed_at is not None
        else "scheduled" if row.started_at > now
        else "forgotten" if row.forecast_at is not None and row.forecast_at + kept <= now
        else "live"
    )  # fmt: skip
    draft = IncidentDraft(
        row.title, row.kind, tuple(row.streets), tuple(row.districts), row.reason, row.text, row.started_at,
        row.forecast_at,
    )  # fmt: skip
    late = row.closed_at is None and row.forecast_at is not None and row.forecast_at <= now
    return IncidentCard(row.id, draft, state, late, subscribers, row.closed_at)
