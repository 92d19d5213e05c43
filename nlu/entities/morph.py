"""Word analysis that entity finders share: readings of a Russian word, remembered, since one costs ~0.15 ms to make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from nlu.lemmas import analyser

_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Parse:
    """One reading of a word: dictionary form, grammemes, the analyser's estimate of probability (0–1)."""

    word: str
    normal: str
    pos: str
    grammemes: frozenset[str]
    score: float
    known: bool


@lru_cache(maxsize=20_000)
def parses(word: str) -> tuple[Parse, ...]:
    """The readings of a lower-case word, the most probable first; never empty for a non-empty word."""
    word = word[:_LONGEST]
    try:
        found = analyser().parse(word)
    except ValueError:
        # pymorphy3 takes «²» and «①» for digits and fails to convert them.
        return (Parse(word, word, "", frozenset(), 1.0, False),)
    return tuple(
        Parse(word, p.normal_form.replace("ё", "е"), str(p.tag.POS or ""), p.tag.grammemes, p.score, p.is_known)
        for p in found
    )


def inflect(parse: Parse, grammemes: set[str]) -> str:
    """The word of a reading in another form, with «е» for «ё»; unchanged if it has no such form."""
    for again in analyser().parse(parse.word):
        if again.tag.grammemes == parse.grammemes and again.normal_form.replace("ё", "е") == parse.normal:
            inflected = again.inflect(grammemes)
            return inflected.word.replace("ё", "е") if inflected else parse.word
    return parse.word


def is_known(word: str) -> bool:
    """True if the dictionary holds the word in some form."""
    return any(p.known for p in parses(word))


def best_pos(word: str) -> str:
    """Part of speech of the most probable reading (OpenCorpora names), "" if there is none."""
    found = parses(word)
    return found[0].pos if found else ""
