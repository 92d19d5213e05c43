"""Cuts a Russian text into words and sentences, which every rule of `bot.plain` reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.services.phrases import Token, tokens

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_END = re.compile(r"[.!?…]+[»\")]*(?=\s|$)|\n+")
_SHORT = frozenset(
    "ул г д кв пр пер пл обл стр корп руб коп м т тел им см ст п пп ч мин сек тыс млн млрд напр р просп бул ш пос дер".split()
)
_UNITS = frozenset("руб коп мин сек тыс млн млрд".split())
"""A capital letter after these begins a sentence: «300 руб. Приходите»."""
_APART = re.compile(r"[.,;:!?()/\n—–]")


@dataclass(frozen=True)
class Sentence:
    """Words of a sentence, and its characters `start` to `end` of the text."""

    text: str
    """The whole text."""
    start: int
    end: int
    words: tuple[Token, ...]

    def written(self, first: int, last: int) -> str:
        """The text from one word to another, by their places in the sentence."""
        return self.text[self.words[first].start : self.words[last].end]

    def together(self, first: int, last: int) -> bool:
        """Whether only spaces and quotes stand between the words at these places."""
        return not _APART.search(self.text[self.words[first].end : self.words[last].start])

    def opens(self, at: int) -> bool:
        """Whether the sentence begins with the word at this place."""
        return not self.text[self.start : self.words[at].start].strip(' \n•–—-*«"')


@dataclass(frozen=True)
class Passage:
    """A text as the rules see it."""

    text: str
    words: tuple[Token, ...]
    sentences: tuple[Sentence, ...]


def passage(text: str) -> Passage:
    """Cut a text."""
    words = tuple(tokens(text, limit=len(text) + 1))
    return Passage(text, words, tuple(sentences_of(text, words)))


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
            yield Sentence(text, start, end, tuple(inside))
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
