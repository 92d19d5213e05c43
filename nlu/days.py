"""Days in Russian: «в следующую пятницу», «тридцатого», «12 марта 58 года», «в конце месяца», «через неделю»."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nlu import calendar_ru as calendar
from nlu.lemmas import part_of_speech
from nlu.time_tokens import Tokens
from nlu.written_dates import (
    DAY,
    Days,
    DaysAt,
    birthday_alone,
    in_digits,
    in_ordinals,
    numbers_day,
    one,
    plus,
    skip_dot,
    with_month,
    year_at,
)

WEEK = timedelta(days=7)
_LARGEST_SHIFT = {"day": 36_500, "week": 5_000, "month": 1_200, "year": 100}
_LONGEST_HOURS = 24 * 365


@dataclass(frozen=True)
class Moment:
    """A point reckoned from now: «через два часа»."""

    at: datetime
    grain: str


def day(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """Days whose own words start at token `i` (no preposition), and the index after them."""
    for rule in _RULES_BY_CAT.get(tokens[i].cat, ()):
        found = rule(tokens, i, today)
        if found is not None:
            return found
    return None


# --- a day of the month alone ----------------------------------------------------------------------------------


def _by_number(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«25 числа», «15-го», «тридцатого», «25-го числа следующего месяца»."""
    number = tokens[i]
    if number.cat != "num" or not 1 <= int(number.value) <= 39:
        return None
    value, j = int(number.value), i + 1
    if tokens[j].cat == "dates":
        j += 1
        inside = _shifted_unit(tokens, j, today) or _named_month(
            tokens, j + 1 if tokens[j].is_("prep", "в") else j, today
        )
        if inside is not None and inside[0].grain == "month" and inside[0].first is not None:
            first = inside[0].first
            return one(calendar.make_date(first.year, first.month, value), "number"), inside[1]
    elif not _stands_alone(tokens, i):
        return None
    return one(calendar.coming_day_of_month(value, today), "number"), j


def _stands_alone(tokens: Tokens, i: int) -> bool:
    """An ordinal that names a day by itself, not «первого раза», «Александра Второго», «дом 5-го»."""
    if not numbers_day(tokens[i]) or tokens.governed(i + 1) or int(tokens[i].value) > 31:
        return False
    if tokens[i + 1].cat in ("landmark", "weekend", "shift", "part_adjective", "edge"):
        return False
    before = tokens[i - 1]
    return before.cat != "word" or part_of_speech(str(before.value)) not in ("NOUN", "ADJF", "NUMR")


# --- weekdays and days reckoned from today ---------------------------------------------------------------------


def _weekday(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«пятница», «пн.», «следующая среда», «в прошлый вторник», «пятница следующей недели»."""
    shift, j = _shift(tokens, i)
    token = tokens[j]
    if token.cat != "weekday":
        return None
    weekday, j = int(token.value), j + 1
    if len(token.text) <= 5 and tokens[j].is_("sign", ".") and tokens[j].glued and tokens[j + 1].cat != "end":
        j += 1
    week = _shifted_unit(tokens, j, today)
    if not shift and week is not None and week[0].grain == "week" and week[0].first is not None:
        return one(week[0].first + weekday * DAY), week[1]
    found = calendar.coming(weekday, today)
    if shift in ("last", "recent"):
        found = _before(weekday, today)
    elif shift == "last2":
        found = _before(weekday, today) - WEEK
    elif shift == "this":
        this_week = calendar.monday(today) + weekday * DAY
        found = this_week if this_week >= today else found
    return one(found, "" if shift else "weekday"), j


def _before(weekday: int, today: date) -> date:
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def _from_today(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«завтра», «сегодняшний день»."""
    token = tokens[i]
    if token.cat == "day_adjective":
        if not tokens[i + 1].is_("unit", "day"):
            return None
        return one(today + int(token.value) * DAY), i + 2
    return one(today + int(token.value) * DAY, "away"), i + 1


def _shift(tokens: Tokens, i: int) -> tuple[str, int]:
    """«следующий», «этот», «след.» before a day or a week, and the index after it."""
    if tokens[i].cat != "shift":
        return "", i
    return str(tokens[i].value), skip_dot(tokens, i + 1) if tokens[i].text.lower() == "след" else i + 1


def _shifted_unit(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«следующая неделя», «этот месяц», «на той неделе», «на неделе», «следующий день»."""
    if tokens[i].is_("prep", "на", "в") and tokens[i + 1].cat == "shift":
        i += 1
    shift, j = _shift(tokens, i)
    token = tokens[j]
    if token.cat != "unit":
        return None
    unit = str(token.value)
    if not shift:
        on_the_week = unit == "week" and tokens[i - 1].is_("prep", "на") and token.text.lower() == "неделе"
        if not on_the_week:
            return None
        shift = "this"
    steps = {"next": 1, "near": 1, "that": 1, "this": 0, "last": -1, "recent": -1, "last2": -2}[shift]
    if shift == "that" and unit != "week" or shift == "recent":
        return None
    if unit == "day":
        return one(today + steps * DAY), j + 1
    return whole_unit(unit, steps, today), j + 1


def whole_unit(unit: str, steps: int, today: date) -> Days:
    """The whole week, month or year `steps` away from the current one."""
    if unit == "week":
        first = calendar.monday(today) + steps * WEEK
        return Days(first, first + WEEK, "week", "week")
    if unit == "month":
        first = calendar.shift_months(today.replace(day=1), steps)
        return Days(first, calendar.shift_months(first, 1), "month", "month")
    first = date(today.year + steps, 1, 1)
    return Days(first, date(first.year + 1, 1, 1), "year", "year")


def _several(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«ближайшие 3 дня», «последние две недели», «в ближайшие дни»."""
    shift, j = _shift(tokens, i)
    if shift not in ("next", "near", "recent", "last"):
        return None
    token, unit = tokens[j], tokens[j + 1]
    if shift == "near" and token.is_("unit", "day") and token.text.lower() in ("дни", "дней", "днях"):
        return Days(today + DAY, today + 4 * DAY, stretch=True), j + 1
    if token.cat not in ("num", "pair") or token.ordinal or unit.cat != "unit" or int(token.value) < 1:
        return None
    name, count = str(unit.value), int(token.value)
    if name not in _LARGEST_SHIFT or count > _LARGEST_SHIFT[name]:
        return None
    if name == "day":
        first = plus(today, DAY) if shift in ("next", "near") else plus(today, -count * DAY)
        return Days(first, plus(first, count * DAY), stretch=True), j + 2
    steps = (1, count) if shift in ("next", "near") else (-count, -1)
    start, end = whole_unit(name, steps[0], today), whole_unit(name, steps[1], today)
    return Days(start.first, end.after, name, stretch=True), j + 2


def _on_these_days(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«на днях»."""
    if tokens[i].text.lower() == "днях" and tokens[i - 1].is_("prep", "на"):
        return Days(today + DAY, today + 4 * DAY, stretch=True), i + 1
    return None


def _weekend(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«выходные», «следующие выходные»: Saturday and Sunday."""
    shift, j = _shift(tokens, i)
    if tokens[j].cat != "weekend" or tokens[j + 1].is_("unit", "day") and not shift:
        return None
    weeks = {"next": 1, "last": -1, "recent": -1, "last2": -2}.get(shift, 0)
    saturday = calendar.monday(today) + 5 * DAY + weeks * WEEK
    return Days(saturday, saturday + 2 * DAY, stretch=True), j + 1


def _holidays(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    first, after = calendar.coming_holidays(today)
    return Days(first, after, stretch=True), i + 1


def _new_year(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«после нового года»: its holidays as a whole."""
    if not (str(tokens[i].value).startswith("нов") and tokens[i + 1].is_("unit", "year")):
        return None
    first, after = calendar.new_year_holidays(today)
    return Days(first, after, stretch=True), i + 2


# --- months and their parts ------------------------------------------------------------------------------------


def _named_month(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«в декабре», «октябрь 2014»."""
    token = tokens[i]
    if token.cat != "month":
        return None
    if tokens[i - 1].is_("unit", "year") or part_of_speech(str(tokens[i - 1].value)) == "ADJF":
        return None  # «50 лет Октября», «Красный Октябрь»
    # «марта» and «мая» alone may be people; «до мая», «с марта» are months.
    if token.text.lower() in ("марта", "мая", "августа", "май") and tokens[i - 1].cat not in (
        "prep",
        "edge",
        "dates",
        "landmark",
        "end",
    ):
        return None
    year, j = year_at(tokens, i + 1, today)
    first = calendar.nearest_month(int(token.value), today)
    if year is not None:
        first = calendar.make_date(year, int(token.value), 1) or first
    return Days(first, calendar.shift_months(first, 1), "month", "month"), j


def _edge(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«конец месяца», «начало следующей недели», «середина декабря», «первая половина декабря», «первые числа»."""
    token, j = tokens[i], i + 1
    if token.cat == "edge":
        which = str(token.value)
    elif token.cat == "num" and token.ordinal and tokens[j].is_("landmark", "half"):
        which, j = ("first_half" if token.value == 1 else "second_half"), j + 1
    elif token.cat == "num" and token.ordinal and tokens[j].cat == "dates" and token.value == 1:
        which, j = "first_days", j + 1
    elif token.is_("shift", "recent") and tokens[j].cat == "dates":
        which, j = "last_days", j + 1
    else:
        return None
    whole = _whole(tokens, j, today)
    if whole is None and which == "first_days":
        whole = whole_unit("month", 1, today), j
    elif whole is None and which == "last_days":
        whole = whole_unit("month", 0, today), j
    if whole is None:
        return None
    part = _part_of(whole[0], which)
    return (part, whole[1]) if part is not None else None


def _whole(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """What an edge is of: «месяца» is this one, «декабря», «следующей недели»."""
    found = _shifted_unit(tokens, i, today) or _named_month(tokens, i, today)
    if found is None and tokens[i].is_("unit", "week", "month", "year"):
        found = whole_unit(str(tokens[i].value), 0, today), i + 1
    return found


# First and last day of each part of a month, counted from 1; 31 stands for its end.
_MONTH_PARTS = {
    "start": (1, 10), "middle": (11, 20), "end": (21, 31), "first_half": (1, 15), "second_half": (16, 31),
    "first_days": (1, 5), "last_days": (27, 31),
}  # fmt: skip
_WEEK_PARTS = {"start": (1, 2), "middle": (3, 4), "end": (4, 7), "first_half": (1, 3), "second_half": (4, 7)}


def _part_of(whole: Days, which: str) -> Days | None:
    if whole.first is None or whole.after is None:
        return None
    if whole.grain == "year":
        months = {"start": (0, 3), "middle": (5, 8), "end": (9, 12)}.get(
            which, (0, 6) if which == "first_half" else (6, 12)
        )
        first = calendar.shift_months(whole.first, months[0])
        return Days(first, calendar.shift_months(whole.first, months[1]), stretch=True)
    table = _MONTH_PARTS if whole.grain == "month" else _WEEK_PARTS
    if which not in table:
        return None
    start, end = table[which]
    return Days(whole.first + (start - 1) * DAY, min(whole.first + end * DAY, whole.after), stretch=True)


# --- reckoned from now -----------------------------------------------------------------------------------------


def reckoned(tokens: Tokens, i: int, now: datetime) -> tuple[Days | Moment, int] | None:
    """«через неделю», «через полтора часа», «две недели назад», «через 2 дня»; the index after."""
    sign = 1
    j = i
    if tokens[i].is_("prep", "через") or tokens[i].is_("ago", 1):
        j = i + 1
    amount, unit, j = _amount(tokens, j)
    if not unit:
        return None
    if tokens[i].cat not in ("prep", "ago"):
        if tokens[j].is_("shift", "that") and tokens[j + 1].is_("ago", 0):
            j += 1
        if not tokens[j].is_("ago", 0):
            return None
        sign, j = -1, j + 1
    if unit in ("hour", "minute", "second"):
        minutes = round(amount * (60 if unit == "hour" else 1 if unit == "minute" else 1 / 60))
        if minutes > 60 * _LONGEST_HOURS:
            return None
        return Moment(now + sign * timedelta(minutes=minutes), "minute"), j
    if amount > _LARGEST_SHIFT[unit]:
        return None
    return _days_away(sign * amount, unit, now.date()), j


def _amount(tokens: Tokens, i: int) -> tuple[float, str, int]:
    """How many of which unit: «полтора часа», «пару дней», «неделю», «полчаса»; unit empty when there is none."""
    token = tokens[i]
    if token.cat == "half":
        return 0.5, str(token.value), i + 1
    if token.is_("word", "пол") and tokens[i + 1].cat == "unit":
        return 0.5, str(tokens[i + 1].value), i + 2
    if token.cat == "unit":
        short = len(token.text) < 3
        return 1, "" if short else str(token.value), i + 1
    unit = tokens[i + 1]
    if unit.cat != "unit" or token.ordinal:
        return 0, "", i
    if token.cat in ("num", "pair"):
        return float(token.value), str(unit.value), i + 2
    if token.cat == "amount":
        return float(token.value), str(unit.value), i + 2
    return 0, "", i


def _days_away(amount: float, unit: str, today: date) -> Days:
    whole = int(amount)
    if unit == "day":
        return one(plus(today, whole * DAY))
    if unit == "week":
        return one(plus(today, timedelta(days=int(7 * amount))), "weeks_away")
    if unit == "month":
        found = calendar.shift_months(today, whole)
        return one(plus(found, timedelta(days=15)) if amount != whole else found)
    return one(calendar.shift_months(today, int(12 * amount)))


_DATE_RULES = (birthday_alone, in_digits, with_month, in_ordinals, _edge, _by_number)
_RULES_BY_CAT = {
    "num": _DATE_RULES,
    "weekday": (_weekday,),
    "days_away": (_from_today,),
    "day_adjective": (_from_today,),
    "shift": (_edge, _weekday, _weekend, _several, _shifted_unit),
    "unit": (_on_these_days, _shifted_unit),
    "weekend": (_weekend,),
    "holidays": (_holidays,),
    "word": (_new_year,),
    "month": (_named_month,),
    "edge": (_edge,),
}
