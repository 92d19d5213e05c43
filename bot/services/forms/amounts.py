"""Numbers and sums as people write and say them: «двое», «пятнадцать тысяч пятьсот», «15 000 руб.», «20к»."""

from __future__ import annotations

import re

from bot.services.phrases import lemma

_UNITS = {
    **{"ноль": 0, "один": 1, "два": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6, "семь": 7, "восемь": 8},
    **{"девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12, "тринадцать": 13, "четырнадцать": 14},
    **{"пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19, "двадцать": 20},
    **{"тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80},
    **{"девяносто": 90, "сто": 100, "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500, "шестьсот": 600},
    **{"семьсот": 700, "восемьсот": 800, "девятьсот": 900},
    **{"двое": 2, "трое": 3, "четверо": 4, "пятеро": 5, "шестеро": 6, "семеро": 7, "восьмеро": 8},
    **{"одна": 1, "одного": 1, "одной": 1, "двоих": 2, "троих": 3, "полтора": 1.5, "полторы": 1.5},
}
_SCALES = {"тысяча": 1000, "тыс": 1000, "т": 1000, "к": 1000, "миллион": 1_000_000, "млн": 1_000_000}
_NOTHING = {"нет", "никто", "никого", "нисколько", "ничего", "нету", "бездетный", "бездетная"}
_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[а-яё]+")
_SPACED = re.compile(r"(?<=\d)[\s\u00a0\u202f'](?=\d{3}(?!\d))")


def amounts(text: str) -> list[float]:
    """Every number of the text in its order; words of one number are put together."""
    found: list[float] = []
    total: float | None = None
    group = 0.0
    last = float("inf")
    for token in _TOKEN.findall(_SPACED.sub("", text.lower())):
        scale = _scale(token)
        if scale and (total is not None or group):
            total = (total or 0) + (group or 1) * scale
            group, last = 0.0, float("inf")
            continue
        value = scale or _value(token)
        if value is None:
            # «15 тысяч рублей 50 копеек»: another word ends the number.
            if total is not None or last != float("inf"):
                found.append((total or 0) + group)
            total, group, last = None, 0.0, float("inf")
        elif value < last and (last == float("inf") or last >= 20 and (value < 10 or last >= 100)):
            group, last = group + value, value
        else:
            found.append((total or 0) + group)
            total, group, last = None, float(value), value
    if total is not None or last != float("inf"):
        found.append((total or 0) + group)
    return found


def is_nothing(text: str) -> bool:
    """Whether the text says that there is none at all."""
    words = re.findall(r"[а-яё]+", text.lower())
    return bool(words) and any(word in _NOTHING for word in words) and not amounts(text)


def _scale(token: str) -> int | None:
    return _SCALES.get(token) or _SCALES.get(lemma(token) if token.isalpha() else "")


def _value(token: str) -> float | None:
    if token[0].isdigit():
        return float(token.replace(",", "."))
    return _UNITS.get(token, _UNITS.get(lemma(token)))
