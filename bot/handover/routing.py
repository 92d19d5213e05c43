"""Who gets whom: pure decisions over plain data, so that every rule of the queue can be read and tried by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.handover.interface import Operator


@dataclass(frozen=True)
class Place:
    """Somebody who waits. `wanted` is the only colleague who may get her ("" anybody), `avoid` one who has just passed her on."""

    handover_id: int
    conversation_id: str
    group: str
    since: datetime
    priority: int = 0
    language: str = "ru"
    line: str = ""
    wanted: str = ""
    avoid: str = ""


@dataclass(frozen=True)
class Seat:
    """An operator who is on line. `holding` counts talks and wrap-ups, `idle_since` orders those who hold equally many."""

    operator: Operator
    holding: int
    idle_since: datetime
    on_phone: bool = False

    @property
    def free(self) -> bool:
        """Whether the queue may give her one more; nobody talks and types at once."""
        return self.holding < self.operator.capacity and not self.on_phone


@dataclass(frozen=True)
class Match:
    """A citizen for an operator."""

    place: Place
    operator: str


def in_order(places: Iterable[Place]) -> list[Place]:
    """The most urgent first, and among equals the oldest wish."""
    return sorted(places, key=lambda place: (-place.priority, place.handover_id))


def matches(
    places: Iterable[Place],
    seats: Iterable[Seat],
    manual: Collection[str],
    now: datetime,
    choosy_for: timedelta,
) -> list[Match]:
    """Who gets whom now.

    Operators of `manual` groups choose for themselves. For `choosy_for` a citizen waits for a colleague of her language and line if
    one is on line; then anybody of the group is better than nobody.
    """
    there = {seat.operator.id: seat for seat in seats}
    found = []
    for place in in_order(places):
        able = [seat for seat in candidates(place, list(there.values()), manual, now, choosy_for) if seat.free]
        if not able:
            continue
        best = min(able, key=lambda seat: (seat.holding, seat.idle_since, seat.operator.id))
        there[best.operator.id] = replace(best, holding=best.holding + 1, idle_since=max(now, best.idle_since))
        found.append(Match(place, best.operator.id))
    return found


def candidates(
    place: Place, seats: Sequence[Seat], manual: Collection[str], now: datetime, choosy_for: timedelta
) -> list[Seat]:
    """Those on line who may be given this citizen, busy ones too."""
    if place.wanted:
        return [seat for seat in seats if seat.operator.id == place.wanted]
    if place.group in manual:
        return []
    able = [seat for seat in seats if place.group in seat.operator.groups]
    able = [seat for seat in able if seat.operator.id != place.avoid] or able
    if now - place.since >= choosy_for:
        return able
    able = [seat for seat in able if _has_line(seat, place)] or able
    return [seat for seat in able if place.language in seat.operator.languages] or able


def _has_line(seat: Seat, place: Place) -> bool:
    return not place.line or not seat.operator.lines or place.line in seat.operator.lines


def overflows(waited: timedelta, limit: timedelta, *, own_closed: bool, own_on_line: bool, other_on_line: bool) -> bool:
    """Whether the stand-in group takes over: it has somebody on line, and the own group was too slow or has gone home."""
    if not other_on_line:
        return False
    return waited >= limit or (own_closed and not own_on_line)
