"""Finds an editor's words and phrases in a citizen's text in every case form; used by crisis, tickets and the persona.

How a phrase is written: «не хочу жить» (words in order), «хочу * умереть» (up to two words between), «муж + бить»
(any order, near each other), «пожар|задымление» (either word), «=жить» (this very form only), «самоуби~» (beginning).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import pymorphy3

T = TypeVar("T")

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+")
_NEAR = 6
"""Words between which the parts of a «муж + бить» phrase may be spread."""
_GAP = 2
"""Words that one `*` may stand for."""


@dataclass(frozen=True)
class Token:
    """A word of the text in lower case with е for ё, and where it stands in characters."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Found(Generic[T]):
    """A phrase met in the text: what it means, and its first and last token."""

    value: T
    first: int
    last: int
    phrase: str


@dataclass(frozen=True)
class _Word:
    forms: frozenset[str]
    prefixes: tuple[str, ...]

    def fits(self, token: str) -> bool:
        return token in self.forms or (bool(self.prefixes) and token.startswith(self.prefixes))


_Chain = tuple[_Word | None, ...]
"""Words in order; None is a gap."""


def tokens(text: str, limit: int = 400) -> list[Token]:
    """Words of the text; of a longer one the first two thirds and the last third of `limit`, for the wish comes last."""
    plain = text.lower().replace("ё", "е")
    found = [Token(m[0], m.start(), m.end()) for m in _WORD.finditer(plain)]
    if len(found) > limit:
        head = limit * 2 // 3
        found = found[:head] + found[head - limit :]
    return found


@lru_cache(maxsize=1)
def analyser() -> pymorphy3.MorphAnalyzer:
    """The dictionary (about 0.2 s and 15 MB to load), shared because it never changes."""
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """The dictionary form of one word, in lower case, with е for ё."""
    word = word.lower()
    if len(word) > 40:
        return word.replace("ё", "е")
    return str(analyser().parse(word)[0].normal_form).replace("ё", "е")


@lru_cache(maxsize=20_000)
def forms(word: str) -> frozenset[str]:
    """Every form of the word, in lower case, with е for ё. A word given in its dictionary form is read as such."""
    parses = analyser().parse(word.lower())
    own = [p for p in parses if p.normal_form.replace("ё", "е") == word.lower().replace("ё", "е")]
    # A form that two words share («стали») belongs to the likelier one, but all parts of speech of one lemma count.
    chosen = own or parses[:1]
    found = {f.word.replace("ё", "е") for p in chosen for f in p.lexeme}
    return frozenset(found | {word.lower().replace("ё", "е")})


class PhraseBook(Generic[T]):
    """Many phrases, each with what it means, looked up at once: the cost grows with the text, not with the book."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        self._entries: list[tuple[str, T, tuple[_Chain, ...]]] = []
        self._by_form: dict[str, list[int]] = {}
        self._by_prefix: list[tuple[str, int]] = []
        for text, value in phrases:
            parts = tuple(_chain(part) for part in text.replace("ё", "е").split("+"))
            number = len(self._entries)
            self._entries.append((text, value, parts))
            first = parts[0][0]
            if first is None:
                raise ValueError(f"фраза не может начинаться со звёздочки: {text}")
            for form in first.forms:
                self._by_form.setdefault(form, []).append(number)
            self._by_prefix.extend((prefix, number) for prefix in first.prefixes)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, words: Sequence[Token]) -> list[Found[T]]:
        """All phrases met in the text, in the order of their first word."""
        found = []
        for at, word in enumerate(words):
            numbers = self._by_form.get(word.text, ())
            prefixed = [n for prefix, n in self._by_prefix if word.text.startswith(prefix)]
            for number in (*numbers, *prefixed):
                text, value, parts = self._entries[number]
                if span := _span(words, at, parts):
                    found.append(Found(value, span[0], span[1], text))
        return found


def _chain(text: str) -> _Chain:
    chain = tuple(None if piece == "*" else _word(piece) for piece in text.split())
    if not chain:
        raise ValueError("пустая фраза")
    return chain


def _word(piece: str) -> _Word:
    words: set[str] = set()
    prefixes = []
    for one in piece.lower().split("|"):
        if one.startswith("="):
            words.add(one[1:])
        elif one.endswith("~"):
            prefixes.append(one[:-1])
        else:
            words |= forms(one)
    return _Word(frozenset(words), tuple(prefixes))


def _span(words: Sequence[Token], at: int, parts: tuple[_Chain, ...]) -> tuple[int, int] | None:
    last = _end(words, at, parts[0])
    if last is None:
        return None
    first = at
    for part in parts[1:]:
        hit = next(
            (
                (start, end)
                for start in range(max(0, at - _NEAR), min(len(words), at + _NEAR + 1))
                if (end := _end(words, start, part)) is not None
            ),
            None,
        )
        if hit is None:
            return None
        first, last = min(first, hit[0]), max(last, hit[1])
    return first, last


def _end(words: Sequence[Token], at: int, chain: _Chain) -> int | None:
    """The index of the last word when the chain is met from `at` on."""
    head = chain[0]
    if at >= len(words) or head is None or not head.fits(words[at].text):
        return None
    position, gap = at, 0
    for piece in chain[1:]:
        if piece is None:
            gap += _GAP
            continue
        reach = range(position + 1, min(len(words), position + 2 + gap))
        following = next((i for i in reach if piece.fits(words[i].text)), None)
        if following is None:
            return None
        position, gap = following, 0
    return position
