"""When a centre receives people: opening hours of a day and the moments a visit of a service may begin. Pure rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.services.appointments.interface import NoSuchCentre, NotServedHere
from bot.services.errors import ContentError
from bot.services.production_calendar import (
    WEEKDAY_KEYS,
    Hours,
    ProductionCalendar,
    SpecialDay,
    parse_calendar,
    parse_hours,
)

CELL = timedelta(minutes=5)
"""The grain of a window's time: a visit takes whole cells, so that visits of different length cannot overlap."""


@dataclass(frozen=True)
class Centre:
    """What booking needs to know of a centre. `hours` is by weekday, 0 = Monday; `services` None means all."""

    id: str
    title: str
    address: str
    timezone: ZoneInfo
    hours: tuple[Hours, ...]
    windows: int
    services: frozenset[str] | None = None


@dataclass(frozen=True)
class BookedService:
    """A service people come for; `minutes` is the length of a visit, rounded up to whole cells."""

    id: str
    title: str
    minutes: int

    @property
    def length(self) -> timedelta:
        """The time one visit takes."""
        return -(-timedelta(minutes=self.minutes) // CELL) * CELL


@dataclass(frozen=True)
class OpenHours:
    """A day at a centre: aware moments of opening and closing, or the reason why there are none."""

    intervals: tuple[tuple[datetime, datetime], ...]
    closed_reason: str | None = None


class Schedule:
    """All centres and services of a region with one calendar.

    In: parsed centres.yml (`centres`), services.yml (`services`) and the region's time zone name. Raises ContentError.
    """

    def __init__(
        self,
        centres: list[Mapping[str, Any]],
        services: list[Mapping[str, Any]],
        timezone: str,
        calendar: ProductionCalendar,
    ) -> None:
        self.calendar = calendar
        self._zone = ZoneInfo(timezone)
        self._centres = {c.id: c for c in (_centre(item, timezone) for item in centres)}
        self._services = {s.id: s for s in _services(services)}

    @classmethod
    def from_content(
        cls,
        centres: Mapping[str, Any],
        services: Mapping[str, Any],
        region: Mapping[str, Any],
        calendar: Mapping[str, Any],
    ) -> Schedule:
        """The schedule from the four parsed content files of these names. Raises ContentError."""
        content = parse_calendar(calendar)
        content = replace(content, special=(*special_days(centres), *content.special))
        timezone = str((region.get("region") or region)["timezone"])
        return cls(centres["centres"], services["services"], timezone, ProductionCalendar(content))

    def zone(self, centre_id: str) -> ZoneInfo:
        """The centre's time zone; of the region for a centre that is gone from the content."""
        return self._centres[centre_id].timezone if centre_id in self._centres else self._zone

    def centre(self, centre_id: str) -> Centre:
        """The centre. Raises NoSuchCentre."""
        try:
            return self._centres[centre_id]
        except KeyError:
            raise NoSuchCentre(centre_id) from None

    def service(self, service_id: str, centre: Centre) -> BookedService:
        """The service as given in this centre. Raises NotServedHere."""
        if service_id not in self._services or (centre.services is not None and service_id not in centre.services):
            raise NotServedHere(service_id)
        return self._services[service_id]

    def open_hours(self, centre: Centre, day: date) -> OpenHours:
        """Opening hours of one day with holidays, exceptions and the shortened hour applied."""
        calendar = self.calendar
        hours = centre.hours[calendar.like(day)]
        special = calendar.special(day, centre.id)
        if special is not None and not special.hours:
            return OpenHours((), calendar.reason("special", special.title))
        # Hours for every centre do not open one on its own weekly day off; hours for this one do.
        if special is not None and (hours or special.centre_id is not None):
            return OpenHours(_moments(day, special.hours, centre.timezone))
        if (day_off := calendar.day_off(day)) is not None:
            return OpenHours((), calendar.reason(*day_off))
        if not hours:
            return OpenHours((), calendar.reason("day_off", "выходной день"))
        intervals = _moments(day, hours, centre.timezone)
        if calendar.is_shortened(day):
            intervals = _cut(intervals, timedelta(minutes=calendar.content.shorten_minutes))
        return OpenHours(intervals)

    def starts(self, centre: Centre, service: BookedService, day: date) -> Iterator[datetime]:
        """Every moment of the day a visit may begin, in order: back to back from each opening."""
        for opening, closing in self.open_hours(centre, day).intervals:
            start = opening
            while start + service.length <= closing:
                yield start
                start += service.length


def local(moment: datetime, centre: Centre) -> datetime:
    """The moment in the centre's time zone; one without a zone is taken as the wall clock of the centre."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=centre.timezone)
    return moment.astimezone(centre.timezone)


def cells(start: datetime, end: datetime) -> list[datetime]:
    """The beginnings (UTC) of the cells that a visit between two moments takes, the grid being that of the clock."""
    begin = start.astimezone(UTC)
    begin -= timedelta(minutes=begin.minute % 5, seconds=begin.second, microseconds=begin.microsecond)
    return [begin + i * CELL for i in range(-(-(end.astimezone(UTC) - begin) // CELL))]


def special_days(content: Mapping[str, Any]) -> list[SpecialDay]:
    """The `closed_dates` and `special_hours` of centres.yml: {date, centres (none means all), hours?, title?}."""
    found = []
    for key, default in (("closed_dates", "центр закрыт"), ("special_hours", "")):
        for item in content.get(key) or []:
            entry = item if isinstance(item, Mapping) else {"date": item}
            where = f"centres.yml, {key}"
            try:
                day = date.fromisoformat(str(entry["date"]))
            except (KeyError, ValueError):
                raise ContentError(f"{where}: дата пишется так: 2026-12-31") from None
            title = str(entry.get("title") or entry.get("reason") or default)
            hours = parse_hours(entry.get("hours"), f"{where}, {day}")
            found += [SpecialDay(day, title, hours, centre) for centre in entry.get("centres") or [None]]
    return found


def _moments(day: date, hours: Hours, zone: ZoneInfo) -> tuple[tuple[datetime, datetime], ...]:
    def at(moment: time) -> datetime:
        return datetime.combine(day, moment, zone)

    return tuple((at(a), at(b)) for a, b in hours)


def _cut(intervals: tuple[tuple[datetime, datetime], ...], less: timedelta) -> tuple[tuple[datetime, datetime], ...]:
    """The same day ended earlier by `less`, also when the last interval is shorter than that."""
    end = intervals[-1][1] - less
    return tuple((a, min(b, end)) for a, b in intervals if a < end)


def _centre(item: Mapping[str, Any], timezone: str) -> Centre:
    where = f"centres.yml, {item.get('id', 'без id')}"
    hours = item.get("hours") or {}
    if unknown := set(hours) - set(WEEKDAY_KEYS):
        raise ContentError(f"{where}: незнакомый день {', '.join(map(str, unknown))}")
    try:
        return Centre(
            id=str(item["id"]),
            title=str(item["title"]),
            address=str(item.get("address", "")),
            timezone=ZoneInfo(str(item.get("timezone", timezone))),
            hours=tuple(parse_hours(hours.get(key), f"{where}, {key}") for key in WEEKDAY_KEYS),
            windows=int(item["windows"]),
            services=frozenset(item["services"]) if item.get("services") is not None else None,
        )
    except KeyError as error:
        raise ContentError(f"{where}: не хватает {error.args[0]}") from None


def _services(items: list[Mapping[str, Any]]) -> Iterator[BookedService]:
    for item in items:
        if item.get("at_centre") is False or item.get("appointment") in ("no", False):
            continue
        minutes = int(item.get("minutes") or 15)
        if not 0 < minutes <= 240:
            raise ContentError(f"services.yml, {item.get('id')}: minutes — от 1 до 240")
        yield BookedService(str(item["id"]), str(item["title"]), minutes)
