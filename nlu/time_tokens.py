"""Cuts a text into the tokens the date grammar reads: numbers, words with their calendar meaning, signs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from nlu.calendar_ru import meaning
from nlu.lemmas import part_of_speech
from nlu.numbers import NumberSpan, spans


@dataclass(frozen=True)
class Token:
    """One piece of the text."""

    cat: str
    """`num`, a category of `calendar_ru.vocabulary`, `word` for any other word, `sign`; `end` after the last."""
    value: int | str
    """The number, the word's value in its category, else the text itself in lower case."""
    text: str
    start: int
    end: int
    glued: bool = False
    """No space before it."""
    typed: bool = False
    """A number in digits."""
    ordinal: bool = False

    def is_(self, cat: str, *values: int | str) -> bool:
        """Whether the token is of that category and, if given, has one of the values."""
        return self.cat == cat and (not values or self.value in values)


END = Token("end", "", "", 0, 0)

_PIECE = re.compile(r"\d+|[а-яёa-z]+|[^\w\s]", re.I)
_SUFFIX = re.compile(r"-?(?:[оеыи]?го|[оеыи]?му|[оеыи][емйх]|[еймхя]|ая|ую|ые)(?![а-яёa-z\d])", re.I)
_LONGEST_NUMBER = 9
_MEASURES = frozenset({"кг", "км", "м", "см", "мм", "кв", "га", "л", "т", "р", "руб"})
_MEASURE_STEMS = ("литр", "килог", "килом", "метр", "рубл", "процент", "балл", "градус", "соток", "тонн", "балов")
_NOT_GOVERNED = frozenset({"запись", "прием"})


class Tokens:
    """The tokens of a text; an index outside gives `END`, so rules may look ahead and behind freely."""

    def __init__(self, items: list[Token]) -> None:
        self._items = items

    def replaced(self, index: int, cat: str, value: int | str) -> Tokens:
        """A copy in which one token means something else."""
        items = list(self._items)
        items[index] = replace(items[index], cat=cat, value=value)
        return Tokens(items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> Token:
        return self._items[index] if 0 <= index < len(self._items) else END

    def governed(self, index: int) -> bool:
        """Whether the word at `index` is what a number before it counts or names: «9 кабинет», «14 лет», «5 этаж»."""
        token = self[index]
        if (token.is_("word", "или", "и") or token.is_("sign", "-")) and self[index + 1].cat == "num":
            return self[index + 2].cat == "word" and self.governed(index + 2)  # «в двух или трех местах»
        if token.cat in ("num", "unit", "pair"):
            return not token.glued or token.cat == "unit"
        if token.is_("sign", "%", "№", "₽", "$"):
            return True
        if token.cat != "word" or str(token.value) in _NOT_GOVERNED:
            return False
        return part_of_speech(str(token.value)) in ("NOUN", "ADJF", "PRTF")

    def measured(self, index: int) -> bool:
        """Whether the token at `index` makes the decimal before it an amount: «2.5 литра», «10.30%»."""
        token = self[index]
        word = str(token.value)
        return token.is_("sign", "%") or token.cat == "amount" or word in _MEASURES or word.startswith(_MEASURE_STEMS)


def read(text: str) -> Tokens:
    """Tokens of `text` in order; offsets are characters of `text`."""
    spelled = {
        number.start: number for number in spans(text) if number.spelled and isinstance(number.value, (int, float))
    }
    items: list[Token] = []
    position = 0
    while True:
        piece = _PIECE.search(text, position)
        if piece is None:
            return Tokens(items)
        number = spelled.get(piece.start())
        token = _spelled(number, text) if number else _piece(piece, text)
        glued = bool(items) and items[-1].end == token.start
        items.append(replace(token, glued=True) if glued else token)
        position = token.end


def _spelled(number: NumberSpan, text: str) -> Token:
    value = number.value if number.value == int(number.value) else -1
    part = text[number.start : number.end]
    if part[0].isdigit() or value < 0:  # «5 тысяч», «полтора»: an amount
        return Token("amount", str(number.value), part, number.start, number.end)
    return Token("num", int(value), part, number.start, number.end, ordinal=number.ordinal)


def _piece(piece: re.Match[str], text: str) -> Token:
    raw = piece.group()
    start, end = piece.span()
    if raw.isdigit():
        suffix = _SUFFIX.match(text, end)
        end = suffix.end() if suffix else end
        # A longer run is a reference or a phone number, no part of a date.
        value = int(raw) if len(raw) <= _LONGEST_NUMBER else 10**_LONGEST_NUMBER
        return Token("num", value, text[start:end], start, end, typed=True, ordinal=suffix is not None)
    if not raw[0].isalpha():
        return Token("sign", "-" if raw in "–—−‐‑" else raw, raw, start, end)
    word = raw.lower().replace("ё", "е")
    known = meaning(word)
    cat, value_of = known if known is not None else ("word", word)
    return Token(cat, value_of, raw, start, end)
