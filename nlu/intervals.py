"""Stretches of time in Russian: «с 10 до 12», «13–15 июля», «после 14», «до пятницы», «в течение двух недель»."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from nlu import calendar_ru as calendar
from nlu.days import day, reckoned, whole_unit
from nlu.time_tokens import Tokens
from nlu.times import HOUR, Clock, Clocks, clock
from nlu.written_dates import DAY, Days, one


@dataclass(frozen=True)
class Open:
    """From a moment, to a moment, or both; None where open, `end` exclusive."""

    start: datetime | date | None
    end: datetime | date | None
    grain: str = "day"


IntervalAt = tuple["Days | Clocks | Open", int]

_OPENING = ("с", "со", "от")
_STARTS_WORKDAY = 8
_EVENING_BEGINS = 18 * HOUR
# Which edge of the named day or hour each preposition means: (is it the end of the stretch, the near edge).
_EDGES = {
    "до": (True, True),
    "раньше": (True, True),
    "ранее": (True, True),
    "по": (True, False),
    "не позже": (True, False),
    "не позднее": (True, False),
    "после": (False, False),
    "позже": (False, False),
    "позднее": (False, False),
    "с": (False, True),
    "со": (False, True),
    "не раньше": (False, True),
    "не ранее": (False, True),
}


def interval(tokens: Tokens, i: int, now: datetime, bare: bool) -> IntervalAt | None:
    """A stretch starting at token `i`, and the index after it. `bare`: a day stands right before («завтра 10-12»)."""
    return (
        _within(tokens, i, now)
        or _coming_hours(tokens, i, now)
        or _between(tokens, i, now, bare)
        or _open(tokens, i, now)
    )


def _within(tokens: Tokens, i: int, now: datetime) -> IntervalAt | None:
    """«в течение двух недель», «в течение месяца»."""
    if not (tokens[i].is_("prep", "в") and tokens[i + 1].is_("word", "течение", "течении")):
        return None
    # The same words after «через» reckon the end.
    found = reckoned(tokens.replaced(i + 1, "prep", "через"), i + 1, now)
    if found is None:
        return None
    until, j = found
    return Open(now, until.first if isinstance(until, Days) else until.at, "minute"), j


def _coming_hours(tokens: Tokens, i: int, now: datetime) -> IntervalAt | None:
    """«ближайшие два часа», «следующие 30 минут»."""
    unit = tokens[i + 2]
    if not (
        tokens[i].is_("shift", "next", "near") and tokens[i + 1].cat == "num" and unit.is_("unit", "hour", "minute")
    ):
        return None
    minutes = int(tokens[i + 1].value) * (HOUR if unit.value == "hour" else 1)
    return (Open(now, now + timedelta(minutes=minutes), "minute"), i + 3) if minutes <= 1000 * HOUR else None


# --- from … to … -----------------------------------------------------------------------------------------------


def _between(tokens: Tokens, i: int, now: datetime, bare: bool) -> IntervalAt | None:
    start = i + 1 if tokens[i].is_("word", "начиная") else i
    opening = ""
    if tokens[start].is_("prep", *_OPENING, "между"):
        opening = str(tokens[start].value)
        start += 1
    elif tokens[start].cat not in ("num", "weekday"):
        return None
    return _between_days(tokens, start, now.date(), opening) or _between_clocks(tokens, start, opening, bare)


def _separator(tokens: Tokens, i: int, opening: str) -> tuple[str, int]:
    """The word or sign between the two ends, empty if there is none, and the index after it."""
    token = tokens[i]
    if token.is_("word", "и") and tokens[i + 1].is_("prep", "до", "по") and opening:
        return str(tokens[i + 1].value), i + 2
    if token.is_("prep", "до", "по") or token.is_("sign", "-") or token.is_("sign", "/") and token.glued:
        return str(token.value), i + 1
    if opening == "между" and token.is_("word", "и"):
        return "и", i + 1
    return "", i


def _between_days(tokens: Tokens, i: int, today: date, opening: str) -> IntervalAt | None:
    left, left_number, j = _day_or_number(tokens, i, today)
    if j == i:
        return None
    sep, j = _separator(tokens, j, opening)
    if not sep or sep in ("до", "по") and not opening and left is None:
        return None
    if tokens[j].is_("prep", "на", "к"):
        return None
    right, right_number, end = _day_or_number(tokens, j, today)
    if end == j:
        return None
    if left is None and right is None:
        dates_said = opening and (sep == "по" or max(left_number, right_number) > 24)
        if not dates_said or tokens.governed(end) or tokens[end].is_("unit", "hour"):
            return None
        left = one(calendar.coming_day_of_month(left_number, today), "number")
    if left is None and right is not None:
        left = _same_month_before(left_number, right)
    elif right is None and left is not None and left.first is not None:
        if tokens.governed(end) or sep == "/":
            return None
        right = one(calendar.coming_day_of_month(right_number, left.first), "number")
    return _joined(left, right, today, end) if left is not None and right is not None else None


def _day_or_number(tokens: Tokens, i: int, today: date) -> tuple[Days | None, int, int]:
    """A day, or a lone number that may be one («13 – 15 июля», «14./15.10.»); the index after, `i` if neither."""
    found = day(tokens, i, today)
    if found is not None:
        return found[0], 0, found[1]
    token = tokens[i]
    if token.cat != "num" or not 1 <= int(token.value) <= 31 or token.typed and len(token.text.split("-")[0]) > 4:
        return None, 0, i
    j = i + 1
    ahead = tokens[j + 1]
    if (
        tokens[j].is_("sign", ".")
        and tokens[j].glued
        and (not ahead.glued and not ahead.typed or ahead.is_("sign", "/", "-"))
    ):
        j += 1
    return None, int(token.value), j


def _same_month_before(number: int, right: Days) -> Days | None:
    if right.first is None:
        return right
    if right.grain != "day" or right.stretch or right.origin == "weekday":
        return None
    month = right.first if number <= right.first.day else calendar.shift_months(right.first, -1)
    return one(calendar.make_date(month.year, month.month, number))


def _joined(left: Days, right: Days, today: date, j: int) -> IntervalAt | None:
    if left.first is None or right.first is None:
        return replace(left if left.first is None else right, stretch=True), j
    if left.stretch or right.stretch:
        return None
    first, last, after = left.first, right.first, right.after
    if right.origin == "weekday":
        last = first + ((last.weekday() - first.weekday()) % 7) * DAY
        after = last + DAY
    if left.origin == "yearless" and right.origin == "":
        first = calendar.min_existing(last.year, first.month, first.day)
        if first > last:
            first = calendar.min_existing(last.year - 1, first.month, first.day)
    elif last < first and right.origin == "yearless":
        last = calendar.min_existing(last.year + 1, last.month, last.day)
        after = last + DAY
    if after is None or last < first:
        return None
    return Days(first, after, left.grain, stretch=True), j


def _between_clocks(tokens: Tokens, i: int, opening: str, bare: bool) -> IntervalAt | None:
    found = clock(tokens, i, "с" if opening else "alone") or _dashed_hour(tokens, i)
    if found is None:
        return None
    left, j = found
    sep, j = _separator(tokens, j, opening)
    if not sep or sep == "по" and not opening:
        return None
    ended = clock(tokens, j, "до")
    if ended is None:
        return None
    right, end = ended
    hinted = opening or bare or left.grain == "minute" or left.sure or right.sure or tokens[end - 1].is_("unit", "hour")
    if not hinted or left.problem or right.problem:
        return None
    start, stop = _settled(left, right)
    if start >= stop:
        return None
    return Clocks(start, stop, "minute" if "minute" in (left.grain, right.grain) else "hour"), end


def _dashed_hour(tokens: Tokens, i: int) -> tuple[Clock, int] | None:
    """«10» of «10-12»."""
    token = tokens[i]
    if token.typed and not token.ordinal and len(token.text) <= 2 and int(token.value) <= 24:
        if tokens[i + 1].is_("sign", "-") and tokens[i + 2].typed and not tokens[i + 3].is_("sign", "-"):
            return Clock(int(token.value), sure=token.text[0] == "0"), i + 1
    return None


def _settled(left: Clock, right: Clock) -> tuple[int, int]:
    """Both ends in minutes: the end follows the start, and unsure hours fall into the working day."""
    stop = right.minutes
    if stop <= left.said and not right.sure and stop + 12 * HOUR <= 24 * HOUR:
        stop += 12 * HOUR
    start = left.said
    if not left.sure and left.hour < _STARTS_WORKDAY and start + 12 * HOUR < stop:
        start += 12 * HOUR
    return start, stop


# --- open on one side ------------------------------------------------------------------------------------------


def _open(tokens: Tokens, i: int, now: datetime) -> IntervalAt | None:
    """«после 14», «до пятницы», «не позже 11», «с понедельника», «до конца недели»."""
    prep, j = _open_preposition(tokens, i)
    if prep not in _EDGES:
        return None
    is_end, near = _EDGES[prep]
    if prep == "до":
        whole = _to_edge(tokens, j, now.date())
        if whole is not None:
            return whole
    if prep == "до" and tokens[j].is_("part_of", calendar.EVENING):
        return Clocks(None, _EVENING_BEGINS), j + 1
    found = _open_day(tokens, j, now.date(), prep)
    if found is not None and prep == "с" and tokens[found[1]].is_("prep", "на"):
        return found  # «перенесите с пятницы на понедельник»
    if found is not None:
        return _cut_day(tokens, found[0], found[1], is_end, near)
    if prep == "по":
        return None
    at = clock(tokens, j, prep)
    if at is None or at[0].problem or _is_range_of_things(tokens, at[1]):
        return None
    minutes, grain = at[0].minutes, at[0].grain
    return Clocks(None, minutes, grain) if is_end else Clocks(minutes, None, grain), at[1]


def _is_range_of_things(tokens: Tokens, i: int) -> bool:
    """«с 1 по 5 класс»: a second number follows and the two were no range of time."""
    return tokens[i].is_("prep", "по", "до") and tokens[i + 1].cat == "num"


def _open_preposition(tokens: Tokens, i: int) -> tuple[str, int]:
    token, ahead = tokens[i], tokens[i + 1]
    if token.is_("word", "начиная") and ahead.is_("prep", "с", "со"):
        return "с", i + 2
    if token.is_("prep", "не") and ahead.cat == "prep":
        return f"не {ahead.value}", i + 2
    return (str(token.value), i + 1) if token.cat == "prep" else ("", i)


def _open_day(tokens: Tokens, i: int, today: date, prep: str) -> tuple[Days, int] | None:
    found = day(tokens, i, today)
    if found is not None:
        every = prep == "по" and tokens[found[1] - 1].text.lower().endswith(("ам", "ям"))
        return None if every else found
    token = tokens[i]
    if token.cat == "num" and 24 < int(token.value) <= 31 and len(token.text) < 20 and not tokens.governed(i + 1):
        if not tokens[i + 1].is_("sign", ":", ".", "-", "/"):
            return one(calendar.coming_day_of_month(int(token.value), today), "number"), i + 1
    return None


def _cut_day(tokens: Tokens, days: Days, j: int, is_end: bool, near: bool) -> IntervalAt | None:
    if days.first is None or days.after is None:
        return replace(days, stretch=True), j
    if tokens[j].is_("word", "включительно"):
        near, j = not is_end, j + 1
    edge = days.first if near else days.after
    return (Open(None, edge, days.grain) if is_end else Open(edge, None, days.grain)), j


def _to_edge(tokens: Tokens, i: int, today: date) -> IntervalAt | None:
    """«до конца дня», «до конца месяца», «до начала декабря»."""
    if tokens[i].cat != "edge" or tokens[i].value == "middle":
        return None
    to_end = tokens[i].value == "end"
    j = i + 2 if str(tokens[i + 1].value).startswith("рабоч") else i + 1
    unit = tokens[j]
    if unit.is_("unit", "day"):
        return Open(None, today + DAY if to_end else today, "hour"), j + 1
    found = day(tokens, j, today)
    if found is None and unit.is_("unit", "week", "month", "year"):
        found = whole_unit(str(unit.value), 0, today), j + 1
    if found is None or found[0].first is None:
        return None
    return Open(None, found[0].after if to_end else found[0].first, found[0].grain), found[1]
