"""The Russian words that stand for digits when somebody dictates: numbers in every case, nouns of digits, counts, signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.services.phrases import forms


@dataclass(frozen=True)
class NumberWord:
    """What one word is worth when dictated."""

    value: int
    ordinal: bool = False
    thousands: int = 0
    """Zeros a multiplier adds: 3 for «тысяч», 6 for «миллионов», 0 for any other word."""
    counted: bool = False
    """A form that follows a count: «(два) нуля», «(три) пятёрки»."""


_CARDINALS = {
    "ноль": 0, "нуль": 0, "один": 1, "два": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6, "семь": 7, "восемь": 8,
    "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12, "тринадцать": 13, "четырнадцать": 14,
    "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19, "двадцать": 20,
    "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80,
    "девяносто": 90, "сто": 100, "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500, "шестьсот": 600,
    "семьсот": 700, "восемьсот": 800, "девятьсот": 900,
}  # fmt: skip
_ORDINALS = {
    "нулевой": 0, "первый": 1, "второй": 2, "третий": 3, "четвертый": 4, "пятый": 5, "шестой": 6, "седьмой": 7,
    "восьмой": 8, "девятый": 9, "десятый": 10, "одиннадцатый": 11, "двенадцатый": 12, "тринадцатый": 13,
    "четырнадцатый": 14, "пятнадцатый": 15, "шестнадцатый": 16, "семнадцатый": 17, "восемнадцатый": 18,
    "девятнадцатый": 19, "двадцатый": 20, "тридцатый": 30, "сороковой": 40, "пятидесятый": 50, "шестидесятый": 60,
    "семидесятый": 70, "восьмидесятый": 80, "девяностый": 90, "сотый": 100, "двухтысячный": 2000,
}  # fmt: skip
_DIGIT_NOUNS = {
    "единица": 1, "единичка": 1, "двойка": 2, "двоечка": 2, "тройка": 3, "троечка": 3, "четверка": 4, "пятерка": 5,
    "шестерка": 6, "семерка": 7, "восьмерка": 8, "девятка": 9, "нолик": 0,
}  # fmt: skip
_COUNTED_ZEROS = ("нуля", "ноля", "нулей", "нолей")
_MISHEARD = {
    "писят": 50, "пийсят": 50, "шисят": 60, "шесят": 60, "шейсят": 60, "двацать": 20, "тридцацать": 30,
    "тыща": 1000, "одинадцать": 11, "чотыре": 4, "читыре": 4, "восем": 8, "пядь": 5, "нол": 0, "дин": 1,
    "тристо": 300, "двесте": 200,
}  # fmt: skip
TIMES = {"дважды": 2, "двойной": 2, "двойная": 2, "двойное": 2, "трижды": 3, "тройной": 3, "четырежды": 4}
"""«дважды два» is 22, «двойной ноль» is 00: nobody multiplies while dictating a number."""

SLASH = re.compile(r"дроб[ьию]?|дробью|тробь|drop|drob|косая|слеш|слэш|слэж|slash|черт[ау]")
DASH = re.compile(r"тире|дефис|черточк[ау]|минус|tire")
PLUS = re.compile(r"плюс|plus")
FILLERS = frozenset(
    "так э ээ эээ эм мм ммм ну номер номера цифра цифры дальше далее потом затем еще и там значит вот это код точка "
    "запятая пробел сейчас секунду секундочку минутку минуту подождите посмотрю как его как-то же а опять снова "
    "снилс телефон".split()
)
"""Words inside a dictated number that are no part of it and do not end it."""
UNDO = frozenset("нет ой точнее вернее извините простите тьфу ошибся ошиблась".split())
"""What comes next takes the place of what was said last."""


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, NumberWord]:
    """Every inflected number word in lower case with «е» for «ё»; built once, about 0.1 s."""
    table: dict[str, NumberWord] = {}
    for words, ordinal in ((_CARDINALS, False), (_ORDINALS, True)):
        for word, value in words.items():
            for form in forms(word):
                table.setdefault(form, NumberWord(value, ordinal))
    for word, value in _DIGIT_NOUNS.items():
        for form in forms(word):
            table.setdefault(form, NumberWord(value, counted=form != word))
    for form in _COUNTED_ZEROS:
        table[form] = NumberWord(0, counted=True)
    for zeros, word in ((3, "тысяча"), (6, "миллион")):
        for form in forms(word):
            table[form] = NumberWord(0, thousands=zeros)
    for torn in ("ста", "сот", "сти"):
        table.setdefault(torn, NumberWord(100))
    for word, value in _MISHEARD.items():
        table.setdefault(word, NumberWord(value))
    return table
