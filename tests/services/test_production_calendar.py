"""Working days, holidays, shortened days, exceptions of the content; opening hours that follow them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from bot.services.appointments.schedule import Schedule
from bot.services.errors import ContentError
from bot.services.production_calendar import ProductionCalendar, parse_calendar, parse_hours
from tests.services.conftest import CONTENT


@pytest.fixture(scope="module")
def calendar() -> ProductionCalendar:
    return ProductionCalendar(parse_calendar(yaml.safe_load((CONTENT / "calendar.yml").read_text("utf-8"))))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 11, 3), True),
        (date(2026, 11, 4), False),
        (date(2026, 11, 7), False),
        (date(2026, 12, 31), False),
        (date(2027, 1, 8), False),
        (date(2027, 2, 20), True),
        (date(2027, 2, 22), False),
        (date(2025, 11, 1), True),
        (date(2025, 11, 3), False),
    ],
)
def test_working_days_of_russia(calendar: ProductionCalendar, day: date, working: bool) -> None:
    assert calendar.is_working(day) is working


def test_a_term_in_working_days_steps_over_the_new_year(calendar: ProductionCalendar) -> None:
    assert calendar.add_working_days(date(2026, 12, 28), 10) == date(2027, 1, 20)


def test_the_day_before_a_holiday_is_shortened_but_not_before_a_moved_day_off(calendar: ProductionCalendar) -> None:
    assert calendar.is_shortened(date(2026, 11, 3))
    assert not calendar.is_shortened(date(2026, 12, 30))
    assert not calendar.is_shortened(date(2026, 11, 6))


def centre(**more: Any) -> dict[str, Any]:
    week = {day: [["08:00", "12:00"], ["13:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    return {"centres": [{"id": "c", "title": "Ц", "windows": 1, "hours": week, **more}]}


def hours(day: date, calendar: dict[str, Any] | None = None, **more: Any) -> list[str] | str | None:
    schedule = Schedule.from_content(
        centre(**more), {"services": []}, {"region": {"timezone": "Asia/Omsk"}}, calendar or {}
    )
    opened = schedule.open_hours(schedule.centre("c"), day)
    return opened.closed_reason or [f"{a:%H:%M}-{b:%H:%M}" for a, b in opened.intervals]


def test_opening_hours_follow_the_calendar() -> None:
    assert hours(date(2026, 11, 2)) == ["08:00-12:00", "13:00-20:00"]
    assert hours(date(2026, 11, 3)) == ["08:00-12:00", "13:00-19:00"]
    assert hours(date(2026, 11, 4)) == "День народного единства"
    assert hours(date(2026, 11, 7)) == "выходной день"
    assert hours(date(2026, 3, 9)) == "Международный женский день"
    assert hours(date(2025, 11, 1)) == ["08:00-12:00", "13:00-20:00"]


def test_the_content_overrides_the_calendar() -> None:
    content = {
        "days": [
            {"date": "2026-11-04", "hours": [["10:00", "14:00"]], "title": "дежурим"},
            {"date": "2026-11-05", "centre": "c", "title": "санитарный день"},
            {"date": "2026-11-06", "centre": "other", "title": "не у нас"},
            {"date": "2026-11-14", "hours": [["10:00", "14:00"]], "title": "где суббота рабочая"},
            {"date": "2026-11-21", "hours": [["10:00", "14:00"]], "centre": "c", "title": "дежурим"},
        ],
        "workdays": [{"date": "2026-11-07", "like": "mon"}],
        "shorten_minutes": 480,
    }
    assert hours(date(2026, 11, 4), content) == ["10:00-14:00"]
    assert hours(date(2026, 11, 5), content) == "санитарный день"
    assert hours(date(2026, 11, 6), content) == ["08:00-12:00", "13:00-20:00"]
    assert hours(date(2026, 11, 14), content) == "выходной день"
    assert hours(date(2026, 11, 21), content) == ["10:00-14:00"]
    assert hours(date(2026, 11, 7), content) == ["08:00-12:00", "13:00-20:00"]
    # Eight hours less end the day before the second interval begins.
    assert hours(date(2026, 11, 3), content) == ["08:00-12:00"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([["20:00", "08:00"]], "не по порядку"),
        ([["08:00", "13:00"], ["12:00", "20:00"]], "не по порядку"),
        ([[1200, "20:00"]], "часы пишутся так"),
        ("08:00-20:00", "часы пишутся так"),
    ],
)
def test_wrong_hours_are_named(data: Any, words: str) -> None:
    with pytest.raises(ContentError, match=words):
        parse_hours(data, "centres.yml")


@pytest.mark.parametrize(
    "data", [{"days": [{"date": "31.12.2026"}]}, {"workdays": [{"date": "2026-11-07", "like": "пн"}]}]
)
def test_a_wrong_calendar_is_named(data: dict[str, Any]) -> None:
    with pytest.raises(ContentError, match=r"calendar\.yml"):
        parse_calendar(data)


def test_the_real_content_is_readable() -> None:
    files = ("centres", "services", "region", "calendar")
    schedule = Schedule.from_content(*(yaml.safe_load((CONTENT / f"{name}.yml").read_text("utf-8")) for name in files))
    central = schedule.centre("mfc_central")
    assert schedule.service("passport_replacement", central).minutes > 0
    assert schedule.open_hours(central, date(2026, 11, 4)).closed_reason == "праздник: День народного единства"
