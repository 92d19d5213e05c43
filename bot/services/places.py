"""Where a centre is and when it is open, in words; and which centre is nearest to a district, a street or a point."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.services.appointments.schedule import OpenHours, Schedule
from bot.services.content import Centre, Content
from bot.services.phrases import PhraseBook, tokens
from bot.services.place_names import place_phrases
from bot.services.russian_dates import MONTHS, time_text

_LOOK_AHEAD = 14
"""Days within which the next opening is looked for."""
_ON = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
_SHORT = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")


_WHICH = re.compile(r"\bцентр(?:е|у|а|ом)?\s+(?=на\s)", re.I)
"""«Центр на Заречной» is told by its street; the bare word would be the centre of the city."""


@dataclass(frozen=True)
class OpenNow:
    """Whether a centre receives people: until when, or from when on it will (None: not within two weeks)."""

    open: bool
    until: datetime | None
    opens: datetime | None


@dataclass(frozen=True)
class Point:
    """A place on the map with the words it was named by; `district` is an id."""

    title: str
    district: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Near:
    """A centre and the distance to it as the crow flies, in kilometres."""

    centre: Centre
    km: float


class Places:
    """The centres on the map and in time. `schedule` is the one that bookings use, so that both tell the same."""

    def __init__(self, content: Content, schedule: Schedule) -> None:
        self._content = content
        self._schedule = schedule
        self._centres = PhraseBook([(p, c) for c in content.centres for p in place_phrases(c.title, c.aliases)])
        districts = {d.id: d for d in content.region.districts}
        points: list[tuple[Point, tuple[str, ...]]] = [
            (Point(d.title, d.id, d.latitude, d.longitude), d.aliases) for d in content.region.districts
        ]
        named = [(s.title, s.district) for s in content.region.settlements]
        named += [(s.title, s.district) for s in content.region.streets]
        for title, district in named:
            middle = districts[district]
            points.append((Point(title, district, middle.latitude, middle.longitude), ()))
        self._points = PhraseBook(
            [(p, point) for point, aliases in points for p in place_phrases(point.title, aliases)]
        )

    # Finding

    def centre_in(self, text: str) -> Centre | None:
        """The centre named in the text by title, address or as people call it."""
        found = self._centres.find(tokens(_WHICH.sub("", text)))
        return max(found, key=lambda f: f.last - f.first).value if found else None

    def point_in(self, text: str) -> Point | None:
        """The district, settlement or street named in the text; the longest name wins."""
        found = self._points.find(tokens(_WHICH.sub("", text)))
        return max(found, key=lambda f: f.last - f.first).value if found else None

    def nearest(self, latitude: float, longitude: float, limit: int = 3) -> list[Near]:
        """The centres nearest to a point, in degrees."""
        near = [Near(c, round(_kilometres(latitude, longitude, c.lat, c.lon), 1)) for c in self._content.centres]
        return sorted(near, key=lambda n: n.km)[:limit]

    def nearest_to(self, text: str, limit: int = 3) -> list[Near]:
        """The centres nearest to what the text names, those of the same district first; empty when it names nothing."""
        point = self.point_in(text)
        if point is None:
            return []
        street = point.title.lower()
        near = self.nearest(point.latitude, point.longitude, len(self._content.centres))
        near.sort(
            key=lambda n: (not n.centre.address.lower().startswith(street), n.centre.district != point.district, n.km)
        )
        return near[:limit]

    # Time

    def open_now(self, centre: Centre, now: datetime) -> OpenNow:
        """Whether the centre receives people at the moment."""
        now = now.astimezone(self._schedule.zone(centre.id))
        for offset in range(_LOOK_AHEAD + 1):
            for opens, closes in self._hours(centre, now.date() + timedelta(days=offset)).intervals:
                if opens <= now < closes:
                    return OpenNow(True, closes, None)
                if opens > now:
                    return OpenNow(False, None, opens)
        return OpenNow(False, None, None)

    def now_text(self, centre: Centre, now: datetime) -> str:
        """«Сейчас открыто, сегодня работаем до 20:00», with the break or the next opening."""
        now = now.astimezone(self._schedule.zone(centre.id))
        state = self.open_now(centre, now)
        today = self._hours(centre, now.date()).intervals
        if state.open and state.until is not None:
            later = [(a, b) for a, b in today if a >= state.until]
            pause = f", перерыв с {time_text(state.until)} до {time_text(later[0][0])}" if later else ""
            return f"Сейчас открыто, сегодня работаем до {time_text(today[-1][1])}{pause}."
        if state.opens is None:
            return "Сейчас закрыто. Когда откроемся, подскажет линия " + self._content.region.line_phone + "."
        if state.opens.date() == now.date():
            if state.opens == today[0][0]:
                return f"Сейчас закрыто, сегодня работаем с {time_text(state.opens)} до {time_text(today[-1][1])}."
            return f"Сейчас перерыв до {time_text(state.opens)}, потом работаем до {time_text(today[-1][1])}."
        begin = "Сегодня уже закрыто." if today else f"Сегодня не работаем: {self._reason(centre, now.date())}."
        return f"{begin} Откроемся {_when(state.opens.date(), now.date())} в {time_text(state.opens)}."

    def day_text(self, centre: Centre, day: date, today: date) -> str:
        """The hours of one day: «В субботу, 28 ноября, работаем с 9:00 до 17:00», or why not and when next."""
        hours = self._hours(centre, day)
        name = _when(day, today)
        name = name[:1].upper() + name[1:]
        if not hours.intervals:
            return f"{name} не работаем: {self._reason(centre, day)}.{self._next_day(centre, day, today)}"
        first, last = hours.intervals[0][0], hours.intervals[-1][1]
        pauses = [
            f"с {time_text(a[1])} до {time_text(b[0])}"
            for a, b in zip(hours.intervals, hours.intervals[1:], strict=False)
        ]
        pause = f", перерыв {' и '.join(pauses)}" if pauses else ""
        return f"{name} работаем с {time_text(first)} до {time_text(last)}{pause}."

    def week_text(self, centre: Centre) -> str:
        """The ordinary week in a line: «пн–пт 8:00–20:00, сб 9:00–17:00, вс — выходной»."""
        groups: list[tuple[int, int]] = []
        for weekday in range(7):
            if groups and centre.hours[weekday] == centre.hours[weekday - 1]:
                groups[-1] = (groups[-1][0], weekday)
            else:
                groups.append((weekday, weekday))
        return ", ".join(_group(centre, first, last) for first, last in groups)

    def _hours(self, centre: Centre, day: date) -> OpenHours:
        return self._schedule.open_hours(self._schedule.centre(centre.id), day)

    def _reason(self, centre: Centre, day: date) -> str:
        return self._hours(centre, day).closed_reason or "выходной день"

    def _next_day(self, centre: Centre, day: date, today: date) -> str:
        for offset in range(1, _LOOK_AHEAD + 1):
            after = day + timedelta(days=offset)
            if intervals := self._hours(centre, after).intervals:
                return f" Ближайший рабочий день — {_plain_day(after, today)}, с {time_text(intervals[0][0])}."
        return ""


def _group(centre: Centre, first: int, last: int) -> str:
    days = _SHORT[first] if first == last else f"{_SHORT[first]}{'–' if last - first > 1 else ', '}{_SHORT[last]}"
    if not centre.hours[first]:
        return f"{days} — выходной"
    spans = " и ".join(f"{a.hour}:{a.minute:02d}–{b.hour}:{b.minute:02d}" for a, b in centre.hours[first])
    return f"{days} {spans}"


def _plain_day(day: date, today: date) -> str:
    return "завтра" if day == today + timedelta(days=1) else f"{day.day} {MONTHS[day.month - 1]}"


def _when(day: date, today: date) -> str:
    """«сегодня», «завтра, в воскресенье», «в среду, 25 ноября»."""
    if day == today:
        return "сегодня"
    if day == today + timedelta(days=1):
        return f"завтра, {_ON[day.weekday()]},"
    return f"{_ON[day.weekday()]}, {day.day} {MONTHS[day.month - 1]},"


def _kilometres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The distance on a globe."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 12_742 * math.asin(math.sqrt(half))


def titles(near: Sequence[Near]) -> list[str]:
    """Names of centres with the distance, for buttons."""
    return [f"{n.centre.address} ({n.km:g} км)".replace(".", ",", 1) if n.km >= 0.1 else n.centre.address for n in near]
