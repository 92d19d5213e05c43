"""Groups of operators and their working hours: breaks, shifts past midnight, holidays, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml
from bot.services.production_calendar import WEEKDAY_KEYS, ProductionCalendar

LOOK_AHEAD_DAYS = 21
"""The longest holidays are eleven days; a group closed for longer has no next opening."""


@dataclass(frozen=True)
class Shift:
    """Part of a day, in minutes from its midnight; `end` of a shift past midnight is above 1440."""

    start: int
    end: int


@dataclass(frozen=True)
class Group:
    """Operators who answer together. `hours` has seven entries, Monday first; `holidays` None means as on other days."""

    id: str
    title: str
    topics: frozenset[str]
    hours: tuple[tuple[Shift, ...], ...]
    holidays: tuple[Shift, ...] | None
    fallback: str | None


class Groups:
    """Finds the group for a topic and tells when it works. Times are in `zone`, the citizens' own.

    As a collection it is that of the groups' ids as they are now, which a publication may change; `ids` is a copy.
    """

    def __init__(self, content: Mapping[str, Any], zone: ZoneInfo, calendar: ProductionCalendar | None = None) -> None:
        self._groups = {g.id: g for g in map(_group, content.get("groups") or [])}
        self._zone, self._calendar = zone, calendar or ProductionCalendar()
        self.callback_minutes = int(content.get("callback_minutes", 60))
        self._default, self._crisis = str(content.get("default")), str(content.get("crisis"))
        self.sections = {str(topic): str(title) for topic, title in (content.get("sections") or {}).items()}
        """Russian titles of the robot's own sections, which are no topics of complaints."""
        fallbacks = {g.fallback for g in self._groups.values() if g.fallback}
        if unknown := {self._default, self._crisis, *fallbacks} - self._groups.keys():
            raise ContentError(f"groups.yml: нет группы {', '.join(sorted(unknown))}")

    @classmethod
    def load(cls, path: Path, zone: ZoneInfo, calendar: ProductionCalendar | None = None) -> Groups:
        """Read `groups.yml`. Raises ContentError that names the group and what is wrong."""
        return cls(plain_yaml(path.read_text("utf-8")), zone, calendar)

    def __contains__(self, group_id: object) -> bool:
        return group_id in self._groups

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all groups."""
        return frozenset(self._groups)

    def get(self, group_id: str) -> Group:
        """The group of this id; the default one for an id that is gone from the content."""
        return self._groups.get(group_id) or self._groups[self._default]

    def for_topic(self, topic: str, *, crisis: bool = False) -> Group:
        """The group that answers for a topic («roads» and «roads.potholes» alike), the default one for an unknown."""
        if crisis:
            return self._groups[self._crisis]
        head = topic.split(".", maxsplit=1)[0]
        return next((g for g in self._groups.values() if head in g.topics), self._groups[self._default])

    def on_duty(self, topic: str, now: datetime, *, crisis: bool = False) -> tuple[Group, bool]:
        """The group to hand over to at `now`, and whether it is open: the topic's own, else its stand-in, else closed."""
        own = self.for_topic(topic, crisis=crisis)
        if self.is_open(own, now):
            return own, True
        if own.fallback and self.is_open(substitute := self._groups[own.fallback], now):
            return substitute, True
        return own, False

    def is_open(self, group: Group, moment: datetime) -> bool:
        """Whether somebody of the group is at work at this moment."""
        local = moment.astimezone(self._zone)
        # Yesterday's shift may last past midnight.
        days = (local.date() - timedelta(days=1), local.date())
        return any(start <= moment < end for day in days for start, end in self.spans(group, day))

    def next_opening(self, group: Group, moment: datetime) -> datetime | None:
        """The moment itself when the group is open, else the start of its next shift; None when none is in sight."""
        if self.is_open(group, moment):
            return moment
        today = moment.astimezone(self._zone).date()
        for ahead in range(LOOK_AHEAD_DAYS):
            for start, _ in self.spans(group, today + timedelta(days=ahead)):
                if start > moment:
                    return start
        return None

    def holiday(self, day: date) -> str:
        """Why a day is no ordinary one («День народного единства»); "" for an ordinary day or weekend."""
        special = self._calendar.special(day, None)
        if special is not None:
            return special.title or "Особый день"
        off = self._calendar.day_off(day)
        if off is None:
            return ""
        return off[1] if off[0] == "holiday" else f"Выходной: {off[1]}"

    def spans(self, group: Group, day: date) -> list[tuple[datetime, datetime]]:
        """The shifts that begin on this day, as aware moments in the local zone."""
        shifts = group.hours[self._calendar.like(day)]
        special = self._calendar.special(day, None)
        if special is not None or self._calendar.day_off(day) is not None:
            shifts = shifts if group.holidays is None else group.holidays
        midnight = datetime.combine(day, time(), self._zone)
        # Local wall time is added on purpose: a shift ends at the hour on the clock.
        return [(midnight + timedelta(minutes=s.start), midnight + timedelta(minutes=s.end)) for s in shifts]


def _group(data: Mapping[str, Any]) -> Group:
    name = str(data.get("id", "?"))
    hours = data.get("hours") or {}
    if unknown := set(hours) - set(WEEKDAY_KEYS):
        raise ContentError(f"groups.yml, {name}: нет дня {', '.join(map(str, unknown))}")
    holidays = data.get("holidays", "closed")
    return Group(
        id=name,
        title=str(data.get("title", name)),
        topics=frozenset(map(str, data.get("topics") or [])),
        hours=tuple(_shifts(hours.get(day), f"{name}, {day}") for day in WEEKDAY_KEYS),
        holidays=None if holidays == "open" else _shifts([] if holidays == "closed" else holidays, f"{name}, holidays"),
        fallback=data.get("fallback"),
    )


def _shifts(data: Any, where: str) -> tuple[Shift, ...]:
    shifts = []
    try:
        for begin, finish in data or []:
            start, end = _minutes(begin), _minutes(finish)
            shifts.append(Shift(start, end if end > start else end + 24 * 60))
    except (TypeError, ValueError):
        raise ContentError(f'groups.yml, {where}: часы пишутся так: [["08:00", "13:00"], ["14:00", "20:00"]]') from None
    for before, after in pairwise(shifts):
        if after.start < before.end:
            raise ContentError(f"groups.yml, {where}: часы идут не по порядку или накладываются")
    return tuple(shifts)


def _minutes(text: Any) -> int:
    hours, minutes = (int(part) for part in str(text).split(":"))
    if not (0 <= minutes < 60 and 0 <= hours * 60 + minutes <= 24 * 60):
        raise ValueError(text)
    return hours * 60 + minutes
