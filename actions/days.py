"""What a message says about when: one day or several, a time, a part of the day — from the entities' resolved values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from actions.turn import Turn

_WHOLE_DAYS = ("day", "week", "month", "weekend", "year", "quarter")


@dataclass(frozen=True)
class Wish:
    """A wished moment. `days` is a first and a last day, `part` a beginning and an end of the day as HH:MM or None."""

    day: date | None = None
    days: tuple[date, date] | None = None
    time: time | None = None
    part: list[str | None] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the message says nothing about when."""
        return self.day is None and self.days is None and self.time is None and self.part is None


def wish_of(turn: Turn) -> Wish:
    """Read all date, time and interval entities of the message together; the last of a kind is the corrected one."""
    day: date | None = None
    days: tuple[date, date] | None = None
    at: time | None = None
    part: list[str | None] | None = None
    for entity in turn.entities:
        kind, value, grain = entity["entity"], entity.get("value"), str(entity.get("grain") or "")
        if value is None or kind not in ("date", "time", "datetime", "interval", "month"):
            continue
        if kind == "date" and isinstance(value, str):
            moment = _moment(value)
            if moment is None:
                continue
            if grain in ("week", "month"):
                days, day = (moment.date(), _last(moment.date(), grain)), None
            else:
                day, days = moment.date(), None
        elif kind == "time" and isinstance(value, str):
            at = _time(value) or at
        elif kind == "datetime" and isinstance(value, str):
            moment = _moment(value)
            if moment is not None:
                day, days, at = moment.date(), None, moment.time().replace(second=0, microsecond=0)
        elif kind == "interval" and isinstance(value, Mapping):
            first, last = _moment(value.get("from")), _moment(value.get("to"))
            whole = str(value.get("grain") or grain) in _WHOLE_DAYS and _midnight(first) and _midnight(last)
            if whole:
                end = (last - timedelta(days=1)).date() if last else (first or turn.now).date() + timedelta(days=30)
                days, day = ((first or turn.now).date(), end), None
            else:
                part = [first.strftime("%H:%M") if first else None, last.strftime("%H:%M") if last else None]
                if part[1] == "00:00":
                    part[1] = None
                anchor = first or last
                if anchor is not None and (anchor.date() != turn.now.date() or _says_today(turn)):
                    day, days = anchor.date(), None
    return Wish(day, days, at, part)


def _says_today(turn: Turn) -> bool:
    return "сегодня" in turn.text.lower()


def _midnight(moment: datetime | None) -> bool:
    return moment is None or moment.time() == time()


def _last(first: date, grain: str) -> date:
    if grain == "week":
        return first + timedelta(days=6)
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None


def _time(text: str) -> time | None:
    moment = _moment(text) if "T" in text else None
    if moment is not None:
        return moment.time().replace(second=0, microsecond=0, tzinfo=None)
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
