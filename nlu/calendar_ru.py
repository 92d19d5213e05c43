"""The Russian words of the calendar and the clock, and the calendar arithmetic behind them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from nlu.lemmas import forms, is_word

Meaning = tuple[str, "int | str"]
"""What a word is (`weekday`, `month`, `unit`, …) and its value there."""

MORNING, DAYTIME, EVENING, NIGHT = "morning", "daytime", "evening", "night"

_WEEKDAYS = "понедельник вторник среда четверг пятница суббота воскресенье".split()
_WEEKDAYS_SHORT = "пн пон понед|вт втор|ср|чт чет четв|пт пят пятн|сб суб субб|вс вск воскр".split("|")
_MONTHS = "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь".split()
_MONTHS_SHORT = "янв|фев февр|мар|апр||июн|июл|авг|сен сент|окт|ноя нояб|дек".split("|")
_DAYS_AWAY = {
    "позапозавчера": -3, "позавчера": -2, "вчера": -1, "сегодня": 0, "седня": 0, "севодня": 0, "сегодгя": 0,
    "завтра": 1, "завтро": 1, "зафтра": 1, "завра": 1, "послезавтра": 2, "послезавтро": 2, "послепослезавтра": 3,
}  # fmt: skip
_DAYS_AWAY_ADJECTIVES = {"вчерашний": -1, "сегодняшний": 0, "завтрашний": 1, "послезавтрашний": 2}
_UNITS = {
    "секунда": "second", "минута": "minute", "минутка": "minute", "час": "hour", "часик": "hour", "часок": "hour",
    "день": "day", "денек": "day", "сутки": "day", "неделя": "week", "неделька": "week", "месяц": "month",
    "год": "year", "годик": "year",
}  # fmt: skip
_UNITS_SHORT = {
    "сек": "second", "мин": "minute", "ч": "hour", "дн": "day", "нед": "week", "мес": "month",
    "г": "year", "гг": "year", "лет": "year",
}  # fmt: skip
_SHIFTS = {
    "следующий": "next", "следущий": "next", "будущий": "next", "ближайший": "near", "этот": "this",
    "текущий": "this", "нынешний": "this", "прошлый": "last", "прошедший": "last", "предыдущий": "last",
    "последний": "recent", "позапрошлый": "last2", "тот": "that",
}  # fmt: skip
_PARTS = {
    "утром": MORNING, "утречком": MORNING, "утро": MORNING, "поутру": MORNING, "спозаранку": MORNING,
    "днем": DAYTIME, "вечером": EVENING, "вечерком": EVENING, "вечер": EVENING, "ночью": NIGHT,
}  # fmt: skip
_PARTS_OF = {
    "утра": MORNING, "утру": MORNING, "дня": DAYTIME, "пополудни": DAYTIME, "вечера": EVENING, "вечеру": EVENING,
    "ночи": NIGHT,
}  # fmt: skip
_PARTS_ADJECTIVES = {"утренний": MORNING, "дневной": DAYTIME, "вечерний": EVENING, "ночной": NIGHT}
_LANDMARKS = {"полдень": "noon", "полночь": "midnight", "обед": "lunch", "работа": "work", "половина": "half"}
_EDGES = {"начало": "start", "середина": "middle", "конец": "end"}
_PREPOSITIONS = frozenset(
    "в во на к ко с со до после по от около между через без за не раньше позже ранее позднее".split()
)
_GUESSED_FROM = 5
"""Shortest word whose one wrong letter is forgiven."""


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, Meaning]:
    """Every word form the date grammar knows; built once, about 0.05 s."""
    table: dict[str, Meaning] = {}
    for index, (full, short) in enumerate(zip(_WEEKDAYS, _WEEKDAYS_SHORT, strict=True)):
        table.update({form: ("weekday", index) for form in (*forms(full), *short.split())})
    table["воскресение"] = table["воскресения"] = ("weekday", 6)
    for index, (full, short) in enumerate(zip(_MONTHS, _MONTHS_SHORT, strict=True), start=1):
        table.update({form: ("month_short", index) for form in short.split()})
        table.update({form: ("month", index) for form in forms(full)})
    table.update({word: ("days_away", days) for word, days in _DAYS_AWAY.items()})
    for cat, words in (
        ("day_adjective", _DAYS_AWAY_ADJECTIVES),
        ("unit", _UNITS),
        ("shift", _SHIFTS),
        ("part_adjective", _PARTS_ADJECTIVES),
        ("landmark", _LANDMARKS),
        ("edge", _EDGES),
    ):
        for word, value in words.items():
            table.update({form: (cat, value) for form in forms(word)})
    table.update({word: ("unit", unit) for word, unit in _UNITS_SHORT.items()})
    table.update({form: ("weekend", 0) for form in forms("выходной")})
    table.update({form: ("holidays", 0) for form in forms("праздник")})
    table.update({form: ("dates", 0) for form in forms("число")})
    table.update({form: ("pair", 2) for form in ("пару", "пара", "пары", "парочку")})
    table.update({"след": ("shift", "next"), "назад": ("ago", 0), "спустя": ("ago", 1), "полчаса": ("half", "hour")})
    table.update({"полчасика": ("half", "hour"), "полгода": ("half", "year")})
    table.update({"четверть": ("quarter", 0), "четверти": ("quarter", 0)})
    table.update({word: ("part", part) for word, part in _PARTS.items()})
    table.update({word: ("part_of", part) for word, part in _PARTS_OF.items() if word != "дня"})
    table.update({word: ("prep", word) for word in _PREPOSITIONS})
    return table


@lru_cache(maxsize=20_000)
def meaning(word: str) -> Meaning | None:
    """What a word in lower case (е for ё) means in the grammar; one wrong letter inside a long word is forgiven."""
    known = vocabulary().get(word)
    if known is not None or len(word) < _GUESSED_FROM:
        return known
    for right in _guessable().get((word[0], word[-1], len(word)), ()):
        if _one_slip(word, right):
            return None if is_word(word) else vocabulary()[right]
    return None


@lru_cache(maxsize=1)
def _guessable() -> dict[tuple[str, str, int], list[str]]:
    """Forms that a slip may hide, by first letter, last letter and length of the wrong word."""
    cats = ("weekday", "month", "days_away")
    table: dict[tuple[str, str, int], list[str]] = {}
    for word, (cat, _) in vocabulary().items():
        if cat in cats and len(word) > _GUESSED_FROM:
            for length in (-1, 0, 1):
                table.setdefault((word[0], word[-1], len(word) + length), []).append(word)
    return table


def _one_slip(wrong: str, right: str) -> bool:
    """Whether one letter is changed, lost, added or swapped with its neighbour."""
    start = 0
    while start < min(len(wrong), len(right)) and wrong[start] == right[start]:
        start += 1
    a, b = wrong[start:], right[start:]
    return a[1:] == b[1:] or a == b[1:] or a[1:] == b or (a[:2] == b[1::-1] and a[2:] == b[2:])


_YEARS = range(1800, 2201)
"""Years a citizen may mean; any other is no date."""


def make_date(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has none (31 February) or nobody means it (the year 9999)."""
    if year not in _YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def shift_months(day: date, months: int) -> date:
    """The same day `months` later (earlier if negative), the month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = min(max(index // 12, 1), 9998), index % 12 + 1
    return min_existing(year, month, day.day)


def min_existing(year: int, month: int, day: int) -> date:
    """The date, or the last existing one of that month."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def monday(day: date) -> date:
    """The Monday of the week `day` is in."""
    return day - timedelta(days=day.weekday())


def coming(weekday: int, today: date) -> date:
    """The next such weekday (0 is Monday), never today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def full_year(number: int, today: date) -> int:
    """«58» → 1958, «26» → 2026: two digits reach ten years ahead."""
    if number >= 100:
        return number
    century = today.year // 100 * 100
    return century + number if number <= today.year % 100 + 10 else century - 100 + number


JUST_PAST = timedelta(days=60)
"""A date without a year that passed so recently is meant as past: «10 ноября» said on 24 November."""


def nearest(day: int, month: int, today: date) -> date | None:
    """The date without a year: this year's if ahead or just past, else the next; None if neither year has it."""
    candidates = [make_date(today.year + years, month, day) for years in (-1, 0, 1)]
    for candidate in candidates:
        if candidate is not None and candidate >= today - JUST_PAST:
            return candidate
    return None


def nearest_month(month: int, today: date) -> date:
    """The first day of a month without a year: this year's if running, ahead or just past, else the next."""
    first = date(today.year - 1, month, 1)
    while shift_months(first, 1) < today - JUST_PAST:
        first = shift_months(first, 12)
    return first


def coming_day_of_month(day: int, today: date) -> date | None:
    """The next date with that number, today included; None for 32 and up."""
    for months in range(13):
        first = shift_months(today.replace(day=1), months)
        found = make_date(first.year, first.month, day)
        if found is not None and found >= today:
            return found
    return None


# Non-working holidays of the Russian calendar (Labour Code, article 112): month, first day, last day.
_HOLIDAYS = ((1, 1, 8), (2, 23, 23), (3, 8, 8), (5, 1, 1), (5, 9, 9), (6, 12, 12), (11, 4, 4))


def new_year_holidays(today: date) -> tuple[date, date]:
    """First day of the running or next New Year holidays and the day after their last one."""
    _, first, last = _HOLIDAYS[0]
    year = today.year if today <= date(today.year, 1, last) else today.year + 1
    return date(year, 1, first), date(year, 1, last) + timedelta(days=1)


def coming_holidays(today: date) -> tuple[date, date]:
    """First day of the running or next public holidays and the day after their last one."""
    for year in (today.year, today.year + 1):
        for month, first, last in _HOLIDAYS:
            after = date(year, month, last) + timedelta(days=1)
            if after > today:
                return date(year, month, first), after
    raise AssertionError("every year has holidays")
