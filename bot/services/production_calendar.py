"""Working days of Russia: public holidays, moved days off and shortened days, with an agency's own exceptions on top.

Rules: Labour Code art. 112 (holidays, moved days off), art. 95 (one hour less before a holiday). Yearly moves come from
the `holidays` package; `content/calendar.yml` overrides both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, Literal

import holidays

from bot.services.errors import ContentError

ClosedKind = Literal["day_off", "holiday", "moved_day_off", "special"]

ART_112 = {*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}
"""Month and day of the holidays of Labour Code art. 112; only these shorten the day before them."""

Hours = tuple[tuple[time, time], ...]


@dataclass(frozen=True)
class SpecialDay:
    """An exception from the content. `centre_id` None means every centre; empty `hours` mean closed."""

    date: date
    title: str
    hours: Hours = ()
    centre_id: str | None = None


@dataclass(frozen=True)
class CalendarContent:
    """What `content/calendar.yml` holds.

    `workdays` maps a working weekend day to the weekday (0 = Monday) whose hours it follows; `reasons` are the words a
    citizen reads about a closed day, by kind, with {title}.
    """

    special: tuple[SpecialDay, ...] = ()
    workdays: Mapping[date, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    shorten_minutes: int = 60


class ProductionCalendar:
    """Answers whether a day is a working one, and why not."""

    def __init__(self, content: CalendarContent | None = None) -> None:
        self.content = content or CalendarContent()
        self._holidays = holidays.country_holidays("RU", language="ru")
        self._special = {(s.centre_id, s.date): s for s in self.content.special}

    def special(self, day: date, centre_id: str | None) -> SpecialDay | None:
        """The exception for this day, the centre's own one first."""
        return self._special.get((centre_id, day)) or self._special.get((None, day))

    def day_off(self, day: date) -> tuple[ClosedKind, str] | None:
        """The holiday or moved day off this day is, with its Russian title; None for an ordinary day or weekend."""
        if day in self.content.workdays or day not in self._holidays:
            return None
        title = str(self._holidays[day]).split(" (", maxsplit=1)[0]
        return ("holiday", title) if (day.month, day.day) in ART_112 else ("moved_day_off", title)

    def like(self, day: date) -> int:
        """The weekday whose hours this day follows (0 = Monday): its own, but for a working Saturday by decree."""
        if day in self.content.workdays:
            return self.content.workdays[day]
        self._holidays.get(day)  # Fills the year, and with it the list of working weekend days.
        if day.weekday() >= 5 and day in self._holidays.weekend_workdays:
            return 4
        return day.weekday()

    def is_shortened(self, day: date) -> bool:
        """Whether the next day is a holiday (art. 95); a day before a mere day off is a full one."""
        tomorrow = day + timedelta(days=1)
        return (tomorrow.month, tomorrow.day) in ART_112

    def is_working(self, day: date) -> bool:
        """Whether the day counts in terms measured in working days (five-day week)."""
        special = self.special(day, None)
        if special is not None and not special.hours:
            return False
        return self.day_off(day) is None and self.like(day) < 5

    def add_working_days(self, start: date, count: int) -> date:
        """The last day of a term of `count` working days that begins the day after `start` (Civil Code art. 191)."""
        day = start
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

    def reason(self, kind: ClosedKind, title: str) -> str:
        """The words for a closed day; the title alone when the content has none."""
        return self.content.reasons.get(kind, "{title}").format(title=title)


WEEKDAY_KEYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_hours(data: Any, where: str) -> Hours:
    """Opening hours from [["08:00", "13:00"], ["14:00", "20:00"]]. Raises ContentError that names `where`."""
    try:
        hours = tuple((_time(a), _time(b)) for a, b in data or [])
    except (TypeError, ValueError):
        raise ContentError(f'{where}: часы пишутся так: [["08:00", "13:00"], ["14:00", "20:00"]]') from None
    edges = [edge for pair in hours for edge in pair]
    if edges != sorted(set(edges)):
        raise ContentError(f"{where}: часы идут не по порядку или накладываются")
    return hours


def _time(value: Any) -> time:
    # YAML reads an unquoted 20:00 as the number 1200, which would then pass for noon.
    if not isinstance(value, str) or ":" not in value:
        raise ValueError(value)
    return time.fromisoformat(value)


def parse_calendar(data: Mapping[str, Any]) -> CalendarContent:
    """The content of calendar.yml. Raises ContentError."""
    special = []
    for item in data.get("days") or []:
        day = _date(item.get("date"), "calendar.yml, days")
        hours = parse_hours(item.get("hours"), f"calendar.yml, {day}")
        special.append(SpecialDay(day, str(item.get("title", "")), hours, item.get("centre")))
    workdays = {}
    for item in data.get("workdays") or []:
        if item.get("like") not in WEEKDAY_KEYS:
            raise ContentError(f"calendar.yml, workdays: like — один из {', '.join(WEEKDAY_KEYS)}")
        workdays[_date(item.get("date"), "calendar.yml, workdays")] = WEEKDAY_KEYS.index(item["like"])
    return CalendarContent(
        special=tuple(special),
        workdays=workdays,
        reasons={str(k): str(v) for k, v in (data.get("reasons") or {}).items()},
        shorten_minutes=int(data.get("shorten_minutes", 60)),
    )


def _date(value: Any, where: str) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ContentError(f"{where}: дата пишется так: 2026-12-31") from None
