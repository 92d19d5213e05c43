"""Sums of money in roubles."""

from __future__ import annotations

import re

from nlu.entities.morph import parses
from nlu.entities.spans import Found
from nlu.entities.view import View

_AMOUNT = r"(?P<amount>\d{1,3}(?:[\s\u00a0.]\d{3})+(?!\d)|\d+(?:[.,]\d{1,2})?)"
_SCALE = r"(?:\s*(?P<scale>тысяч\w*|тыщ\w*|тыс\b\.?|т\b\.?|к\b|миллион\w*|млн\b\.?|млрд\b\.?))?"
_UNIT = r"\s*(?:рубл\w*|руб\b\.?|р\b\.?|₽|рубчик\w*|целковы\w*)"
_KOPECKS = r"(?:\s*(?:и\s*)?\d{1,2}\s*коп\w*\.?)?"
_WITH_UNIT = re.compile(rf"(?<![\w/.,-]){_AMOUNT}{_SCALE}\.?{_UNIT}{_KOPECKS}(?!\w)")
_FACTORS = {"ты": 1_000, "т": 1_000, "к": 1_000, "ми": 1_000_000, "мл": 1_000_000, "млрд": 1_000_000_000}
_THOUSANDS = re.compile(r"тысяч|тыщ|тыс|миллион|млн|тыр")


def sums(text: str, view: View, expected: str | None = None) -> list[Found]:
    """Sums as whole roubles, kopecks dropped; «полторы тысячи» counts without «рублей», thousands of people do not."""
    found = []
    for match in _WITH_UNIT.finditer(view.text):
        start, end = view.span(*match.span())
        found.append(Found("money", start, end, _roubles(match.group("amount"), match.group("scale"))))
    for number in view.numbers:
        round_thousands = number.spelled and _THOUSANDS.match(number.word) is not None and number.value >= 1000
        asked = expected == "money" and not number.ordinal
        if (asked or round_thousands) and not _counts_something(text[number.end :]):
            found.append(Found("money", number.start, number.end, int(number.value)))
    return found


def _roubles(amount: str, scale: str | None) -> int:
    if re.fullmatch(r"\d{1,3}(?:[\s\u00a0.]\d{3})+", amount):
        value = float(re.sub(r"\D", "", amount))
    else:
        value = float(amount.replace(",", "."))
    factor = 1
    if scale:
        factor = max((f for start, f in _FACTORS.items() if scale.startswith(start)), default=1)
        factor = _FACTORS["млрд"] if scale.startswith("млрд") else factor
    return int(round(value * factor, 2))


def _counts_something(after: str) -> bool:
    """«Пять тысяч человек», «две тысячи двадцать шестого»: thousands, but not of roubles."""
    match = re.match(r"\s*([а-яё]+)", after.lower())
    if not match:
        return False
    return any(
        p.pos == "NOUN" and {"gent", "plur"} <= p.grammemes and p.score > 0.1 and p.normal != "рубль"
        for p in parses(match.group(1))
    )
