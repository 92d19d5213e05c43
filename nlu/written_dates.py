"""Dates written or said in full: «12.03.1958», «12 марта 58 года», «двенадцатого третьего пятьдесят восьмого»."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from nlu import calendar_ru as calendar
from nlu.time_tokens import Token, Tokens

DAY = timedelta(days=1)
_NOT_BEFORE_DATE = frozenset(
    "п пункт пункта пунктом ст статья статьи статье часть закон приказ форма версия дом д кв №".split()
)
_STREETS = ("улиц", "переул", "проспект", "площад", "сквер", "парк")
_STREETS_SHORT = frozenset({"ул", "пер", "пр", "просп", "пл"})


@dataclass(frozen=True)
class Days:
    """A day, a week, a month or a stretch of days."""

    first: date | None
    """None for a date the calendar does not have."""
    after: date | None
    """The day after the last."""
    grain: str = "day"
    origin: str = ""
    """How it was said: `weekday`, `week`, `month`, `weeks_away`, `number`, `yearless`; decides what may refine it."""
    stretch: bool = False
    """Several days, none of them meant more than another: «на выходных»."""
    problem: str | None = None
    """`impossible` (31 February) or `weekday` (the named weekday is another one)."""


DaysAt = tuple[Days, int]
IMPOSSIBLE = Days(None, None, problem="impossible")


def one(first: date | None, origin: str = "") -> Days:
    """A single day; None gives the impossible date."""
    return IMPOSSIBLE if first is None else Days(first, plus(first, DAY), origin=origin)


def plus(day_: date, delta: timedelta) -> date:
    """The date so much later, held inside the calendar's range."""
    try:
        return day_ + delta
    except OverflowError:
        return date.max if delta > timedelta() else date.min


def in_digits(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«12.03.1958», «12/03/1958», «12-03-1958», «2026-11-24», «12 03 1958», «15.2», «10.12.»."""
    a, sign, b = tokens[i], tokens[i + 1], tokens[i + 2]
    if not a.typed or a.ordinal or _inside_a_code(tokens, i):
        return None
    if b.typed and not b.ordinal and sign.is_("sign", ".", "/", "-") and sign.glued and b.glued:
        last, year = tokens[i + 3], tokens[i + 4]
        if last.is_("sign", str(sign.value)) and last.glued and year.typed and year.glued:
            return _day_month_year(a, b, year, i + 5, tokens, today)
        if sign.value == "." and not (last.glued and last.typed):
            return _day_month(a, b, i + 3, tokens, today)
        return None
    if sign.typed and b.typed and len(b.text) == 4 and 1900 <= int(b.value) <= 2100 and len(a.text) <= 2:
        if not (len(sign.text) <= 2 and 1 <= int(sign.value) <= 12 and 1 <= int(a.value) <= 31):
            return None
        return one(calendar.make_date(int(b.value), int(sign.value), int(a.value))), _skip_year_word(tokens, i + 3)
    return None


def _inside_a_code(tokens: Tokens, i: int) -> bool:
    """A number run on from a sign or another number: «5.7.1», «42'29.4», «№10.12»."""
    before = tokens[i - 1]
    if not tokens[i].glued or before.is_("sign", "(", ",", "«", '"'):
        return False
    if before.is_("sign", "/"):
        return tokens[i - 2].cat == "num"
    return before.cat in ("num", "sign") and not before.is_("sign", "-")


def _day_month_year(a: Token, b: Token, c: Token, j: int, tokens: Tokens, today: date) -> DaysAt | None:
    if len(a.text) == 4 and len(b.text) <= 2 and len(c.text) <= 2:
        return one(calendar.make_date(int(a.value), int(b.value), int(c.value))), j
    if len(a.text) > 2 or len(b.text) > 2 or len(c.text) not in (2, 4):
        return None
    if tokens[j].glued and tokens[j].is_("sign", ".", "-", "/") and tokens[j + 1].glued and tokens[j + 1].typed:
        return None
    if len(c.text) == 2 and not (1 <= int(a.value) <= 31 and 1 <= int(b.value) <= 12):
        return None
    year = calendar.full_year(int(c.value), today) if len(c.text) == 2 else int(c.value)
    return one(calendar.make_date(year, int(b.value), int(a.value))), _skip_year_word(tokens, j)


def _day_month(a: Token, b: Token, j: int, tokens: Tokens, today: date) -> DaysAt | None:
    before = tokens[j - 4]
    if before.is_("prep", "в", "во") and len(b.text) == 2 or str(before.value) in _NOT_BEFORE_DATE:
        return None
    if before.is_("sign", ".") and str(tokens[j - 5].value) in _NOT_BEFORE_DATE:
        return None
    number, month = int(a.value), int(b.value)
    if len(a.text) > 2 or len(b.text) > 2 or not (1 <= number <= 31 and 1 <= month <= 12):
        return None
    if tokens.measured(j):
        return None
    if tokens[j].is_("sign", ".") and tokens[j].glued and tokens[j + 1].cat != "end":
        j += 1
    return _yearless(number, month, today), j


def _yearless(number: int, month: int, today: date) -> Days:
    return replace(one(calendar.nearest(number, month, today)), origin="yearless")


def with_month(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«12 марта», «12-го марта 58 года», «двенадцатого марта две тысячи двадцать шестого»."""
    number, month = tokens[i], tokens[i + 1]
    if number.cat == "num" and month.is_("word", "или", "либо", "и") and tokens[i + 2].cat == "num":
        other = with_month(tokens, i + 2, today)  # «25 или 26 ноября»: this one first, the other in its turn
        if other is None or other[0].first is None or not 1 <= int(number.value) <= 31:
            return None
        return one(calendar.make_date(other[0].first.year, other[0].first.month, int(number.value))), i + 1
    if number.cat != "num" or month.cat not in ("month", "month_short") or not 1 <= int(number.value) <= 39:
        return None
    if _in_street_name(tokens, i):
        return None
    j = skip_dot(tokens, i + 2) if month.cat == "month_short" else i + 2
    year, j = year_at(tokens, j, today)
    if year is None:
        return _yearless(int(number.value), int(month.value), today), j
    return one(calendar.make_date(year, int(month.value), int(number.value))), j


def birthday_alone(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """A whole message that is a date without signs: «17 03 82», «08091985», «семнадцать ноль три восемьдесят два»."""
    if i or any(tokens[k].cat != "num" or tokens[k].ordinal for k in range(len(tokens))):
        return None
    if len(tokens) == 1 and len(tokens[0].text) == 8 and tokens[0].typed:
        text = tokens[0].text
        found = calendar.make_date(int(text[4:]), int(text[2:4]), int(text[:2]))
        return (one(found), 1) if found is not None and 1900 <= found.year <= 2100 else None
    numbers = [int(tokens[k].value) for k in range(len(tokens))]
    if len(numbers) > 3 and numbers[0] == 0:
        numbers = numbers[1:]
    if len(numbers) == 4 and numbers[1] == 0:
        del numbers[1]
    if len(numbers) != 3 or not (31 < numbers[2] < 100 or 1900 <= numbers[2] <= 2100):
        return None
    found = calendar.make_date(calendar.full_year(numbers[2], today), numbers[1], numbers[0])
    return (one(found), len(tokens)) if found is not None else None


def _in_street_name(tokens: Tokens, i: int) -> bool:
    """«улица 8 Марта», «ул. 9 Мая»."""
    before = tokens[i - 2] if tokens[i - 1].is_("sign", ".") else tokens[i - 1]
    word = str(before.value)
    return before.cat == "word" and (word in _STREETS_SHORT or word.startswith(_STREETS))


def in_ordinals(tokens: Tokens, i: int, today: date) -> DaysAt | None:
    """«двенадцатого третьего пятьдесят восьмого», «двенадцатое ноль третье», «двадцать пятого двенадцатого»."""
    number = tokens[i]
    j = i + 2 if tokens[i + 1].is_("num", 0) else i + 1
    month = tokens[j]
    if not (numbers_day(number) and month.cat == "num" and month.ordinal and not month.typed):
        return None
    if not 1 <= int(month.value) <= 12 or not is_genitive_or_neuter(month):
        return None
    year, j = year_at(tokens, j + 1, today, loose=True)
    if year is None:
        return _yearless(int(number.value), int(month.value), today), j
    return one(calendar.make_date(year, int(month.value), int(number.value))), j


def year_at(tokens: Tokens, i: int, today: date, loose: bool = False) -> tuple[int | None, int]:
    """The year at `i` and the index after it; None when there is none. `loose` takes any two digits."""
    token, ahead = tokens[i], tokens[i + 1]
    if token.cat != "num" or token.glued:
        return None, i
    value = int(token.value)
    if ahead.is_("unit", "year"):
        return calendar.full_year(value, today) if value < 100 or 1000 < value < 9999 else None, _skip_year_word(
            tokens, i + 1
        )
    if 1900 <= value <= 2100:
        return value, i + 1
    if value < 100 and (value > 31 or loose) and not tokens.governed(i + 1) and not ahead.is_("sign", ":"):
        return calendar.full_year(value, today), i + 1
    return None, i


def _skip_year_word(tokens: Tokens, i: int) -> int:
    if not tokens[i].is_("unit", "year"):
        return i
    return skip_dot(tokens, i + 1) if len(tokens[i].text) < 3 else i + 1


def skip_dot(tokens: Tokens, i: int) -> int:
    """The index after the full stop of a shortened word, if there is one at `i`."""
    return i + 1 if tokens[i].is_("sign", ".") and tokens[i].glued else i


def numbers_day(token: Token) -> bool:
    return token.cat == "num" and token.ordinal and 1 <= int(token.value) <= 39 and is_genitive_or_neuter(token)


def is_genitive_or_neuter(token: Token) -> bool:
    return token.text.lower().endswith(("го", "ому", "ему", "му", "ое", "ье", "е", "ым", "им", "м"))
