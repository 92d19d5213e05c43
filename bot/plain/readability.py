"""Flesch's reading ease of a Russian text: textstat's formula with Oborneva's coefficients, over our sentences and syllables."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

from bot.plain.sentences import Passage

_VOWELS = frozenset("аеёиоуыэюяaeiouy")
SYLLABLE = 60.1
"""What one more syllable per word costs in textstat's Russian formula (И. В. Оборнева, 2006)."""


def syllables_of(word: str) -> int:
    """Vowels; an abbreviation without any («мфц») is spelled out, and a number is read aloud."""
    if word.isdigit():
        return 2 if len(word) < 3 else 3
    return sum(c in _VOWELS for c in word) or (len(word) if 1 < len(word) < 6 else 1)


def readability(passage: Passage) -> float:
    """206.835 − 1.3 · words per sentence − 60.1 · syllables per word: 100 and more for a child's book, below 0 for a statute.

    textstat takes hyphenation points for syllables and ends a sentence at every full stop («ул.»). So it gets our sentences, and
    the difference in syllables is put right; docs/plain-language.md compares both. The first call imports the library (a second, on
    a cold disk more): make it off the event loop.
    """
    if not any(not w.text.isdigit() for w in passage.words):
        return 100.0
    library = bare()
    cut = ". ".join(" ".join(word.text for word in sentence.words) for sentence in passage.sentences)
    syllables = sum(syllables_of(word.text) for word in passage.words)
    wrong = library.syllable_count(cut) - syllables
    return round(float(library.flesch_reading_ease(cut) + SYLLABLE * wrong / len(passage.words)), 1)


@lru_cache(maxsize=1)
def bare() -> Any:
    """textstat, set to Russian. Its language is one for the whole process; nothing else here uses the library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import textstat

    textstat.set_lang("ru")
    return textstat
