"""What besides dictionary words betrays a feeling: capitals, repeated signs, emoji, masked swearing, a repeated request."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.services.phrases import Token

_CAPS = re.compile(r"\b[А-ЯЁ]{2,}\b")
_LETTERS = re.compile(r"[А-Яа-яЁё]+")
_EXCLAIM = re.compile(r"!")
_QUESTIONS = re.compile(r"\?{3,}|[?!]{4,}")
_SMILES = re.compile(r"(?<=[\w\s.,!])\){2,}|[:;=]-?\)|^\){1,}$")
_FROWNS = re.compile(r"(?<![:\w])\({2,}|[\w\s.,!]\({2,}|[:=]-?\(")
_DIGIT = re.compile(r"\d")

MAX_LOOKED = 4_000
"""Characters that are looked at from each end."""


@dataclass(frozen=True)
class Seen:
    """`emotions` are (name, weight) pairs; `shouting` means written in capitals; `exclaims` counts «!»."""

    emotions: tuple[tuple[str, float], ...]
    shouting: bool
    exclaims: int


class Marks:
    """Finds the marks by the tables of `lexicon.yml`: emoji, swearing, abbreviations."""

    def __init__(self, lexicon: dict[str, Any]) -> None:
        self._abbreviations = frozenset(str(a).upper() for a in lexicon.get("abbreviations") or [])
        self._emoji = [
            (re.compile("[" + re.escape("".join(signs)) + "]"), name) for name, signs in _emoji(lexicon).items()
        ]
        swearing = lexicon.get("swearing") or {}
        self._swearing = _pattern(swearing.get("strong") or [])
        self._mild = _pattern(swearing.get("mild") or [])
        self._not_swearing = _pattern(swearing.get("except") or [])

    def of(self, text: str) -> Seen:
        """The marks of one message."""
        if len(text) > 2 * MAX_LOOKED:
            text = text[:MAX_LOOKED] + text[-MAX_LOOKED:]
        emotions: list[tuple[str, float]] = []
        for pattern, name in self._emoji:
            if count := len(pattern.findall(text)):
                emotions.append((name, min(0.45 + 0.1 * (count - 1), 0.75)))
        plain = self._not_swearing.sub(" ", _unmasked(text))
        if count := len(self._swearing.findall(plain)):
            emotions.append(("anger", min(0.55 + 0.1 * (count - 1), 0.8)))
        if self._mild.search(plain):
            emotions.append(("irritation", 0.3))
        if _QUESTIONS.search(text):
            emotions.append(("irritation", 0.32))
        if _FROWNS.search(text):
            emotions.append(("sadness", 0.35))
        elif _SMILES.search(text):
            emotions.append(("joy", 0.3))
        return Seen(tuple(emotions), self._shouts(text), len(_EXCLAIM.findall(text)))

    def _shouts(self, text: str) -> bool:
        capitals = [w for w in _CAPS.findall(text) if w not in self._abbreviations and len(w) > 2]
        if not capitals:
            return False
        letters = _LETTERS.findall(text)
        # Two loud words, or one long word alone; a lone «ЕГРЮЛ» that is on no list is not a shout.
        return len(capitals) >= 2 or (len(letters) <= 3 and len(capitals[0]) >= 5)


def _emoji(lexicon: dict[str, Any]) -> dict[str, list[str]]:
    # Without the variation selector, which follows many harmless signs too.
    return {str(name): str(signs).replace("\ufe0f", "").split() for name, signs in (lexicon.get("emoji") or {}).items()}


def _pattern(pieces: Iterable[str]) -> re.Pattern[str]:
    alternatives = "|".join(pieces)
    # An empty list must find nothing, and an empty pattern would find everything.
    return re.compile(rf"(?<!\w)(?:{alternatives})", re.IGNORECASE) if alternatives else re.compile(r"(?!)")


_LOOK_ALIKES = str.maketrans("abcehkmoptxyёABCEHKMOPTXY3@", "авсенкмортхуеАВСЕНКМОРТХУза")


def _unmasked(text: str) -> str:
    """Latin look-alikes and digits that hide a swear word become letters; asterisks stay for the patterns."""
    return text.translate(_LOOK_ALIKES)


def echo_of(words: Sequence[Token]) -> tuple[int, ...]:
    """A trace of the longer words, without digits: one byte each, so hundreds of words share a value."""
    long = {w.text[:5] for w in words if len(w.text) > 3 and not _DIGIT.search(w.text)}
    if len(long) < 3:
        return ()
    return tuple(sorted({zlib.crc32(w.encode()) & 0xFF for w in long})[:24])


def similar(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two traces come from nearly the same words (Jaccard ≥ 0.7)."""
    a, b = set(one), set(other)
    return bool(a and b) and len(a & b) / len(a | b) >= 0.7
