"""Numbers in Russian text: digits, words in every case, ordinals, dictated groups.

Forms, references and phone dictation use `spans` and `dictated_digits`; the date grammar builds on `spans` too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nlu.lemmas import forms


@dataclass(frozen=True)
class NumberSpan:
    """One number found in a text."""

    start: int
    end: int
    """Character offsets, `end` exclusive."""
    value: int | float
    digits: str
    """What would be dialled or copied: typed digits with their leading zeros, else the value in digits."""
    ordinal: bool
    """«пятого», «5-го»: a place in a row, not an amount."""
    spelled: bool
    """Written in words."""
    word: str
    """The last word or suffix in lower case, which shows case and gender: «пятого», «го», or empty."""


@dataclass(frozen=True)
class _Word:
    """A number word: what it is worth and where it may stand inside a number."""

    value: int | float
    rank: int
    """0 zero, 1 units, 2 tens (10–19 take the units' place too), 3 hundreds; 6, 9 multipliers; -1 stands alone."""
    ordinal: bool


_UNITS = "один два три четыре пять шесть семь восемь девять".split()
_TEENS = (
    "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
).split()
_TENS = "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split()
_HUNDREDS = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split()
_ORD_UNITS = "первый второй третий четвертый пятый шестой седьмой восьмой девятый".split()
_ORD_TEENS = (
    "десятый одиннадцатый двенадцатый тринадцатый четырнадцатый пятнадцатый шестнадцатый семнадцатый восемнадцатый "
    "девятнадцатый"
).split()
_ORD_TENS = ("двадцатый тридцатый сороковой пятидесятый шестидесятый семидесятый восьмидесятый девяностый").split()
_ORD_HUNDREDS = (
    "сотый двухсотый трехсотый четырехсотый пятисотый шестисотый семисотый восьмисотый девятисотый"
).split()
_ONES = ("единица", "двойка", "тройка", "четверка", "пятерка", "шестерка", "семерка", "восьмерка", "девятка")
_MISHEARD = {
    "пядесят": "пятьдесят", "писят": "пятьдесят", "пятьдесять": "пятьдесят",
    "шесят": "шестьдесят", "шиисят": "шестьдесят", "шестьдесять": "шестьдесят", "семьдесять": "семьдесят",
    "восемьдесять": "восемьдесят", "двацать": "двадцать", "тридцаць": "тридцать", "тритцать": "тридцать",
    "одинадцать": "одиннадцать", "адин": "один", "чотыре": "четыре", "пядь": "пять", "двацатого": "двадцатого",
    "тридцатово": "тридцатого", "двацатое": "двадцатое", "тыс": "тысяч", "тыр": "тысяч",
    "млн": "миллионов", "млрд": "миллиардов",
}  # fmt: skip
# Forms that are another, commoner word unless a number stands beside them.
_DOUBTFUL = frozenset({"семью", "сороки", "сороке", "сороку", "сорокой", "стами", "тройка", "тройку", "двойку"})
_SIMPLE_FRACTIONS = {"полтора": 1.5, "полторы": 1.5, "полутора": 1.5}

_ORDINAL_SUFFIX = "ого|его|ому|ему|ыми|ими|ым|им|ых|их|ая|яя|ую|юю|ое|ее|ые|ие|ый|ий|ой|ом|ем|го|му|ми|м|е|й|я|ю|х"
_TOKEN = re.compile(
    rf"(?P<typed>\d{{1,3}}(?:[ \u00a0]\d{{3}})+(?![ \u00a0]?\d)"
    rf"|(?<!\d[.,])\d+[.,]\d{{1,2}}(?!\d|[.,]\d)|\d+)"
    rf"(?:(?P<suffix>-?(?:{_ORDINAL_SUFFIX}))(?![а-яёa-z\d]))?|(?P<word>[а-яёa-z]+)",
    re.I,
)
_BETWEEN_WORDS = re.compile(r"[ \u00a0]*-?[ \u00a0]*")
_LONGEST_TYPED = 40


def spans(text: str) -> list[NumberSpan]:
    """Every number of `text`, left to right.

    Words join while they read as one number («сто тридцать четыре тысячи шестьсот шестьдесят»); where they cannot,
    a new number starts («сорок пять | шестьдесят семь»). Groups of thousands typed with spaces are one number.
    """
    found: list[NumberSpan] = []
    building = _Builder(text)
    for token in _TOKEN.finditer(text):
        if token.group("word"):
            raw = token.group("word").lower().replace("ё", "е")
            word = _vocabulary().get(raw)
            if word is not None and not _is_part_of_compound(text, token.start()):
                if not building.take(word, raw, token.start(), token.end()):
                    found.extend(building.finish())
                    building.take(word, raw, token.start(), token.end())
                continue
            if raw == "половиной" and building.add_half(text, token.end()):
                continue
            if raw == "с" and building.words and _HALF_AHEAD.match(text, token.end()):
                continue
        found.extend(building.finish())
        if token.group("typed"):
            building.take_typed(token)
    found.extend(building.finish())
    return _drop_doubtful(found)


def dictated_digits(text: str) -> str:
    """All numbers of `text` run together as a citizen dictates them: «пять четыре три» → «543».

    «дробь», «слеш» give «/»; «тире», «дефис», «минус» give «-»; the same signs typed between digits stay.
    «два ноля» and «три пятерки» repeat the digit. Other words are skipped.
    """
    parts: list[str] = []
    numbers = spans(text)
    repeat = 0
    last = 0
    for index, number in enumerate(numbers):
        parts.append(_separator(text[last : number.start], bool(parts)))
        last = number.end
        ahead = numbers[index + 1] if index + 1 < len(numbers) else None
        if ahead is not None and _counts(number, ahead):
            repeat = int(number.value)
            continue
        parts.append(number.digits * (repeat or 1))
        repeat = 0
    return "".join(parts).strip("-/")


class _Builder:
    """Number words gathered so far, while they still read as one number."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._reset()

    def _reset(self) -> None:
        self.words: list[str] = []
        self._start = self._end = 0
        self._total: int | float = 0
        self._group: int | float = 0
        self._rank = 99
        self._scale = 99
        self._ordinal = False
        self._typed = ""
        self._suffix = ""

    @property
    def _empty(self) -> bool:
        return not self.words and not self._typed

    def take(self, word: _Word, raw: str, start: int, end: int) -> bool:
        """Adds a word; false when it cannot continue the number (nothing is changed then)."""
        if not self._empty:
            if self._ordinal or not _BETWEEN_WORDS.fullmatch(self._text, self._end, start):
                return False
            if word.rank >= 6:
                if word.rank >= self._scale or self._group == 0:
                    return False
            elif self._typed or self._rank == 0 or not 0 < word.rank < self._rank:
                return False
        else:
            self._start = start
        if word.rank >= 6:
            self._total += (self._group or 1) * word.value
            self._group, self._rank, self._scale = 0, 99, word.rank
            self._typed = ""
        else:
            self._group += word.value
            self._rank = 1 if 10 <= word.value <= 19 or word.rank < 0 else word.rank
        self._ordinal = word.ordinal
        self.words.append(raw)
        self._end = end
        return True

    def take_typed(self, token: re.Match[str]) -> None:
        typed, suffix = token.group("typed"), token.group("suffix")
        self._start, self._end = token.start(), token.end()
        self._typed = re.sub(r"\s", "", typed)
        number = self._typed[:_LONGEST_TYPED].replace(",", ".")
        self._group = float(number) if "." in number else int(number)
        self._rank = 1
        self._ordinal = suffix is not None
        self._suffix = (suffix or "").lstrip("-").lower()

    def add_half(self, text: str, end: int) -> bool:
        """«два с половиной» → 2.5."""
        if self._empty or not re.fullmatch(r"\s*с\s+половиной", text[self._end : end], re.I):
            return False
        self._group += 0.5
        self.words.append("половиной")
        self._end = end
        return True

    def finish(self) -> list[NumberSpan]:
        """The number gathered, if any; the builder is empty after."""
        if self._empty:
            return []
        value = self._total + self._group
        if isinstance(value, float) and value.is_integer() and not self._typed:
            value = int(value)
        number = NumberSpan(
            start=self._start,
            end=self._end,
            value=value,
            digits=self._typed or str(value),
            ordinal=self._ordinal,
            spelled=bool(self.words),
            word=self.words[-1] if self.words else self._suffix,
        )
        self._reset()
        return [number]


_HALF_AHEAD = re.compile(r"\s+половиной\b", re.I)


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, _Word]:
    """Every inflected number word; built once, about 0.05 s."""
    table: dict[str, _Word] = {}

    def add(words: list[str] | tuple[str, ...], values: range | list[int], rank: int, ordinal: bool = False) -> None:
        for word, value in zip(words, values, strict=True):
            for form in forms(word):
                table.setdefault(form, _Word(value, rank, ordinal))

    add(_UNITS, range(1, 10), 1)
    add(_TEENS, range(10, 20), 1)
    add(_TENS, range(20, 100, 10), 2)
    add(_HUNDREDS, range(100, 1000, 100), 3)
    add(_ORD_UNITS, range(1, 10), 1, ordinal=True)
    add(_ORD_TEENS, range(10, 20), 1, ordinal=True)
    add(_ORD_TENS, range(20, 100, 10), 2, ordinal=True)
    add(_ORD_HUNDREDS, range(100, 1000, 100), 3, ordinal=True)
    add(["ноль"], [0], 0)
    add(["нуль"], [0], 0)
    add(["нулевой"], [0], 0, ordinal=True)
    add(["тысяча", "миллион", "миллиард"], [1000, 1_000_000, 1_000_000_000], 6)
    for rank, word in ((6, "тысяча"), (9, "миллион"), (12, "миллиард")):
        for form in forms(word):
            table[form] = _Word(table[form].value, rank, False)
    add(["тысячный"], [1000], 6, ordinal=True)
    add(["двухтысячный"], [2000], -1, ordinal=True)
    add(_ONES, range(1, 10), -1)
    for word, fraction in _SIMPLE_FRACTIONS.items():
        table[word] = _Word(fraction, 1, False)
    for slip, word in _MISHEARD.items():
        if word in table:
            table.setdefault(slip, table[word])
    return table


def _is_part_of_compound(text: str, start: int) -> bool:
    """«во-первых», «по-первому»: not a number."""
    return bool(re.search(r"(?:^|[^а-яё])(?:во|в|по)-$", text[max(0, start - 5) : start], re.I))


def _drop_doubtful(found: list[NumberSpan]) -> list[NumberSpan]:
    """Leaves out «семью» and the like («мою семью») unless a number stands right beside."""
    kept = []
    for index, number in enumerate(found):
        if number.word in _DOUBTFUL and number.value < 100:
            near = [found[i] for i in (index - 1, index + 1) if 0 <= i < len(found)]
            if not any(abs(other.start - number.end) <= 1 or abs(number.start - other.end) <= 1 for other in near):
                continue
        kept.append(number)
    return kept


_SLASH = re.compile(r"дробь|сл[еэ]ш|черт[аеу]|/", re.I)
_DASH = re.compile(r"тире|дефис|минус|черточк", re.I)


def _separator(between: str, inside: bool) -> str:
    """The sign dictated or typed between two numbers, or nothing."""
    if not inside:
        return ""
    if _SLASH.search(between):
        return "/"
    return "-" if between == "-" or _DASH.search(between) else ""


def _counts(number: NumberSpan, ahead: NumberSpan) -> bool:
    """«два | ноля», «три | пятерки»: the first says how many times the second is said."""
    if number.end + 1 != ahead.start or not number.spelled or not 2 <= number.value <= 9:
        return False
    return ahead.word in ("ноля", "нолей", "нуля", "нулей") or ahead.word in _counted_ones()


@lru_cache(maxsize=1)
def _counted_ones() -> frozenset[str]:
    return frozenset(form for word in _ONES for form in forms(word))
