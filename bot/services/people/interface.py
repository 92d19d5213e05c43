"""What the way to a human gives back and what can go wrong on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.services.errors import ServiceError

HandoverState = Literal["queued", "operator", "out_of_hours"]


@dataclass(frozen=True)
class Handover:
    """What became of a wish for a human.

    `position` counts from 1 and `wait_minutes` is an estimate, both only when `queued`; the estimate is None when too
    few citizens were taken lately to make an honest one. `next_opening` is set when `out_of_hours` (None then: unknown).
    `repeated` means the citizen stood in the queue already.
    """

    id: int | None
    state: HandoverState
    group: str
    group_title: str
    position: int | None = None
    wait_minutes: int | None = None
    next_opening: datetime | None = None
    repeated: bool = False


@dataclass(frozen=True)
class Callback:
    """A promised call between `starts_at` and `ends_at` (aware); `number` is ПЗ-2026-000001."""

    number: str
    starts_at: datetime
    ends_at: datetime
    group: str
    group_title: str


@dataclass(frozen=True)
class VideoVisit:
    """A promised video consultation; `link` is None while the provider has given none. `number` is ВК-2026-000001."""

    number: str
    starts_at: datetime
    group: str
    group_title: str
    link: str | None


class VideoLinks(Protocol):
    """Whoever makes rooms for video consultations."""

    async def link(self, number: str, starts_at: datetime) -> str:
        """The address of the room. Raises ServiceUnavailable."""


class BadPhone(ServiceError):
    """Not a telephone number one could call."""

    code = "bad_phone"


class PastTime(ServiceError):
    """The wanted time has passed."""

    code = "past_time"


class OutsideHours(ServiceError):
    """Nobody works at the wanted time. `next_opening` is when somebody does, None when unknown."""

    code = "outside_hours"

    def __init__(self, next_opening: datetime | None) -> None:
        super().__init__("nobody works at the wanted time")
        self.next_opening = next_opening
