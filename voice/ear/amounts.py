"""Amounts with a unit: money, percent, «1,5 км», «35×45 мм», «30 мин»; the unit's word is put in the right form."""

from __future__ import annotations

import re

from voice.ear.context import case_of, counted, governed
from voice.ear.morphology import counted as form_of
from voice.ear.morphology import form
from voice.ear.numerals import LARGEST, cardinal, fraction

_UNITS: dict[str, tuple[str, str]] = {
    "₽": ("рубль", "m"), "руб": ("рубль", "m"), "р": ("рубль", "m"), "коп": ("копейка", "f"), "€": ("евро", "m"),
    "$": ("доллар", "m"), "%": ("процент", "m"), "км": ("километр", "m"), "м": ("метр", "m"), "см": ("сантиметр", "m"),
    "мм": ("миллиметр", "m"), "м²": ("квадратный метр", "m"), "м2": ("квадратный метр", "m"), "кв. м": ("квадратный метр", "m"),
    "кв.м": ("квадратный метр", "m"), "м³": ("кубический метр", "m"), "м3": ("кубический метр", "m"),
    "куб. м": ("кубический метр", "m"), "га": ("гектар", "m"), "кг": ("килограмм", "m"), "г": ("грамм", "m"), "т": ("тонна", "f"),
    "л": ("литр", "m"), "мл": ("миллилитр", "m"), "мин": ("минута", "f"), "ч": ("час", "m"), "час": ("час", "m"),
    "сек": ("секунда", "f"),
    "с": ("секунда", "f"), "дн": ("день", "m"), "мес": ("месяц", "m"), "нед": ("неделя", "f"), "шт": ("штука", "f"),
    "чел": ("человек", "m"), "экз": ("экземпляр", "m"), "стр": ("страница", "f"), "тыс": ("тысяча", "f"), "млн": ("миллион", "m"),
    "млрд": ("миллиард", "m"), "кВт": ("киловатт", "m"), "В": ("вольт", "m"), "МБ": ("мегабайт", "m"), "Мб": ("мегабайт", "m"),
    "КБ": ("килобайт", "m"), "ГБ": ("гигабайт", "m"), "°C": ("градус", "m"), "°С": ("градус", "m"), "°": ("градус", "m"),
    "км/ч": ("километр в час", "m"),
}  # fmt: skip
"""Unit as written → its word and gender."""
_NUMBER = r"(?<![\d/,.])(\d{1,3}(?: \d{3})+(?!\d)|\d+)(?:,(\d{1,3}))?"
_NAMES = "|".join(
    re.escape(u) for u in sorted(_UNITS, key=len, reverse=True) if u not in ("с", "г", "т", "р", "В", "стр")
)
_END = r"(?![А-Яа-яЁёA-Za-z\d])"
_SIZE = re.compile(rf"(?<![\d/])(\d+)\s?[×xхXХ*]\s?(\d+)(?:\s?[×xхXХ]\s?(\d+))?(?:\s?(мм|см|м){_END})?")
_UNIT_SPAN = re.compile(rf"{_NUMBER}\s?[–—-]\s?{_NUMBER}\s?({_NAMES}|г|т|р)\.?{_END}(?!-)")
_UNIT = re.compile(rf"{_NUMBER}\s?({_NAMES}){_END}(?!-)(\.?)")
_SHORT_UNIT = re.compile(rf"{_NUMBER}\s([гтрВ]){_END}(\.?)(?!\s?[А-ЯЁ][а-яё])|{_NUMBER}\s?(с)(?=\s*[.,;!?)]|\s*$)(\.?)")
_DECIMAL = re.compile(r"(?<![\d/.,])(\d+)[,](\d{1,6})(?![\d,/])|(?<![\d/.,])(\d+)\.(\d{1,6})(?![\d.,/])")
_MINUS = re.compile(r"(^|\s)[-–](?=\d+(?:,\d+)?\s?(?:°|%|град))")
_WORKING_DAYS = re.compile(r"(?<![\d,.])(\d+)\s(раб|кал)\.\s?(?:(дней|дня|день)\b|дн\b\.?)")
_COPECKS = re.compile(rf"{_NUMBER}\s?(?:₽|руб\.|рублей|рубля|рубль){_END}")


def say(line: str) -> str:
    """The line with every amount that has a unit, and every decimal, in words."""
    line = _WORKING_DAYS.sub(_working_days, _MINUS.sub(r"\1минус ", line))
    line = _SIZE.sub(_size, line)
    line = _COPECKS.sub(_money, line)
    line = _UNIT_SPAN.sub(_unit_span, line)
    line = _UNIT.sub(_unit, line)
    line = _SHORT_UNIT.sub(_short_unit, line)
    return _DECIMAL.sub(_decimal, line)


def _working_days(m: re.Match[str]) -> str:
    kind = "рабочий" if m[2] == "раб" else "календарный"
    if not m[3]:
        return amount(_whole(m[1]), None, f"{kind} день", "m", _case(m))
    one = m[1][-1] == "1" and not m[1].endswith("11")
    return f"{m[1]} {form(kind, ('nomn' if m[3] == 'день' else 'gent'), plural=not one)} {m[3]}"


def amount(whole: int, decimals: str | None, word: str, gender: str, case: str) -> str:
    """«полтора километра», «два с половиной», «ноль целых пять десятых процента», «тысяча пятьсот рублей»."""
    unit, _, tail = word.partition(" в ")
    rest = f" в {tail}" if tail else ""
    parts = (decimals or "").rstrip("0")
    if not parts:
        return f"{cardinal(whole, case, gender)} {form_of(unit, whole, case)}{rest}"
    if parts == "5" and whole == 1 and unit != "процент":
        plain = case in ("nomn", "accs")
        start = ("полторы" if gender == "f" else "полтора") if plain else "полутора"
        return f"{start} {form(unit, 'gent') if plain else form(unit, case, plural=True)}{rest}"
    if parts == "5" and whole > 1 and unit != "процент":
        return f"{cardinal(whole, case, gender)} с половиной {form_of(unit, whole, case)}{rest}"
    return f"{fraction(whole, decimals or '0', case)} {form(unit, 'gent')}{rest}"


def _whole(text: str) -> int:
    return int(text.replace(" ", "")) % LARGEST


def _case(m: re.Match[str]) -> str:
    """Without a noun's form to look at, the preposition decides."""
    cases = governed(m.string[: m.start()])
    if not cases:
        return "nomn"
    if "accs" in cases:
        return "accs"
    return cases[0]


def _money(m: re.Match[str]) -> str:
    """«1 500,50 ₽»: copecks are copecks, not hundredths."""
    if not m[2] or len(m[2]) != 2:
        return m[0]
    case, roubles, copecks = _case(m), _whole(m[1]), int(m[2])
    said = amount(roubles, None, "рубль", "m", case)
    return f"{said} {amount(copecks, None, 'копейка', 'f', case)}" if copecks else said


def _size(m: re.Match[str]) -> str:
    sides = [int(g) for g in m.groups()[:3] if g]
    said = " на ".join(cardinal(side % LARGEST) for side in sides)
    return f"{said} {form_of(_UNITS[m[4]][0], sides[-1], 'nomn')}" if m[4] else said


def _unit_span(m: re.Match[str]) -> str:
    word, gender = _UNITS[m[5]]
    first, last = _whole(m[1]), _whole(m[3])
    if m[2] or m[4]:
        return (
            f"от {fraction(first, m[2], 'gent') if m[2] else cardinal(first, 'gent', gender)} "
            f"до {amount(last, m[4], word, gender, 'gent')}"
        )
    if governed(m.string[: m.start()]):
        case = _case(m)
        return f"{cardinal(first, case, gender)}-{amount(last, None, word, gender, case)}"
    return f"от {cardinal(first, 'gent', gender)} до {amount(last, None, word, gender, 'gent')}"


def _stop(m: re.Match[str], dot: str) -> str:
    """The dot of «мин.» ends the sentence only when a new one begins after it."""
    return "." if dot and re.match(r"\s*$|\s+[«„\"]?[А-ЯЁ]", m.string[m.end() :]) else ""


def _unit(m: re.Match[str]) -> str:
    return _with_unit(m, m[1], m[2], m[3]) + _stop(m, m[4])


def _short_unit(m: re.Match[str]) -> str:
    at = 1 if m[1] else 5
    if m[at + 2] == "г" and len(m[at]) == 4:
        return m[0]
    return _with_unit(m, m[at], m[at + 1], m[at + 2]) + _stop(m, m[at + 3])


def _with_unit(m: re.Match[str], number: str, decimals: str | None, unit: str) -> str:
    word, gender = _UNITS[unit]
    whole = _whole(number)
    return amount(whole, decimals, word, gender, _case(m))


def _decimal(m: re.Match[str]) -> str:
    whole, decimals = _whole(m[1] or m[3]), m[2] or m[4]
    before, after = m.string[: m.start()], m.string[m.end() :]
    if m[4] and re.search(
        r"(?:част[ьи]|пункт[а-я]*|стать[а-я]+|верси[а-я]+|раздел[а-я]*|номер)\s*$", before, re.IGNORECASE
    ):
        return f"{cardinal(whole)} точка {cardinal(int(decimals))}"
    noun = counted(after)
    cases = governed(before)
    case = "nomn" if not cases or "accs" in cases else cases[0]
    if decimals == "5" and noun.readings:
        case = case_of(2, before, noun)
        if whole == 1:
            plain = case in ("nomn", "accs")
            return ("полторы" if noun.gender == "f" else "полтора") if plain else "полутора"
        if whole:
            return f"{cardinal(whole, case, noun.gender)} с половиной"
    return fraction(whole, decimals, case)
