"""Dates for test conversations that hold on any day: working days ahead, written and spoken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.services.content.fields import parse_yaml
from bot.services.production_calendar import ProductionCalendar, parse_calendar
from bot.services.russian_dates import day_text

ACCUSATIVE = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")


def placeholders(content: Path, now: datetime) -> Mapping[str, str]:
    """What the braces of a conversation stand for. `content` is the folder bot/content, `now` the citizens' local time.

    `day`, `other_day` and `third_day` are working days («25 ноября»), at least two days ahead; `spoken_other_day` is how
    one would say the second («в среду», or the date when that would be ambiguous); `closed_day` is a Sunday, `far_day`
    is beyond the open booking, `past_day` is gone. Raises ContentError.
    """
    today = now.date()
    path = content / "calendar.yml"
    calendar = ProductionCalendar(parse_calendar(parse_yaml(path.read_text("utf-8"), "bot/content/calendar.yml")))
    ahead = [today + timedelta(days=i) for i in range(2, 40)]
    # Monday to Friday only, so that the short Saturday of a centre does not matter.
    working = [d for d in ahead if calendar.is_working(d) and d.weekday() < 5][:3]
    sunday = next(d for d in ahead if d.weekday() == 6)
    near = (working[1] - today).days < 7
    return {
        "day": _plain(working[0]),
        "other_day": _plain(working[1]),
        "third_day": _plain(working[2]),
        "spoken_other_day": f"в {ACCUSATIVE[working[1].weekday()]}" if near else _plain(working[1]),
        "closed_day": _plain(sunday),
        "far_day": _plain(today + timedelta(days=120)),
        "past_day": _plain(today - timedelta(days=20)),
        "year": str(today.year),
    }


def _plain(day: date) -> str:
    return day_text(day).split(",")[0]
