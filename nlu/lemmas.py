"""Dictionary forms of Russian words: one pymorphy3 analyser for the process, answers cached."""

from __future__ import annotations

import re
from functools import lru_cache

import pymorphy3  # type: ignore[import-untyped]

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+")
_LONGEST_WORD = 40


@lru_cache(maxsize=1)
def analyser() -> pymorphy3.MorphAnalyzer:
    """The analyser shared by the whole process (about 0.2 s and 15 MB to load)."""
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """The dictionary form of one word, in lower case, with е for ё: «паспорта» → «паспорт»."""
    word = word.lower()
    if len(word) > _LONGEST_WORD:
        return word.replace("ё", "е")
    return str(analyser().parse(word)[0].normal_form).replace("ё", "е")


def lemmas(text: str) -> list[str]:
    """Dictionary forms of all words and digit runs of `text`, in order; punctuation is dropped."""
    return [lemma(word) for word in _WORD.findall(text)]


@lru_cache(maxsize=20_000)
def part_of_speech(word: str) -> str:
    """The likeliest part of speech, as OpenCorpora names it («NOUN», «VERB», …); empty for what is not a word."""
    if len(word) > _LONGEST_WORD:
        return ""
    return str(analyser().parse(word.lower())[0].tag.POS or "")


@lru_cache(maxsize=50_000)
def is_word(word: str) -> bool:
    """Whether the Russian dictionary has this very form (е may stand for ё)."""
    return len(word) <= _LONGEST_WORD and analyser().word_is_known(word.lower())


def forms(word: str) -> frozenset[str]:
    """All inflected forms of a dictionary word, in lower case, with е for ё.

    A word with several readings gives the forms of the first only.
    """
    parse = analyser().parse(word)[0]
    return frozenset(form.word.replace("ё", "е") for form in parse.lexeme) | {word.replace("ё", "е")}
