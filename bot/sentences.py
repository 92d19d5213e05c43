"""Cuts a Russian text into sentences and counts syllables, for `bot/plain_language.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.services.phrases import Token

_VOWELS = frozenset("аеёиоуыэюяaeiouy")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_END = re.compile(r"[.!?…]+[»\")]*(?=\s|$)|\n+")
_SHORT = frozenset(
    "ул г д кв пр пер пл обл стр корп руб коп т тел им см ст п пп ч мин сек тыс млн млрд напр р просп бул ш пос дер".split()
)

_UNITS = frozenset("руб коп мин сек тыс млн млрд".split())
"""A capital letter after these begins a sentence: «300 руб. Приходите»."""


@dataclass(frozen=True)
class Sentence:
    """Words of a sentence, and its characters `start` to `end` of the text."""

    start: int
    end: int
    words: tuple[Token, ...]


def syllables_of(word: str) -> int:
    """Vowels; an abbreviation without any («мфц») is spelled out."""
    return sum(c in _VOWELS for c in word) or (len(word) if 1 < len(word) < 6 else 1)


def sentences_of(text: str, words: Sequence[Token]) -> Iterator[Sentence]:
    """A line is a sentence of its own; «ул.», «д. 5» and initials end none."""
    ends = [m.end() for m in _END.finditer(text) if "\n" in m[0] or not _shortened(text, m.start(), m.end())]
    start, at = 0, 0
    for end in (*ends, len(text)):
        inside = []
        while at < len(words) and words[at].start < end:
            inside.append(words[at])
            at += 1
        if inside:
            yield Sentence(start, end, tuple(inside))
        start = end


def _shortened(text: str, dot: int, end: int) -> bool:
    before = _WORD.findall(text[max(0, dot - 12) : dot])
    if text[dot:end] != "." or not before or not text[:dot].endswith(before[-1]):
        return False
    last = before[-1]
    following = text[end:].lstrip()[:1]
    if last.lower() in _UNITS and following.isupper():
        return False
    return (len(last) == 1 and last.isupper()) or (last.lower() in _SHORT and bool(following))


def together(text: str, words: Sequence[Token], first: int, last: int) -> bool:
    """Whether only spaces and quotes stand between the words at two places."""
    return not re.search(r"[.,;:!?()\n—–]", text[words[first].end : words[last].start])
