"""Flesch's reading ease of a Russian text: textstat's formula with Oborneva's coefficients, over our sentences and syllables."""

from __future__ import annotations

import warnings
from functools import lru_cache
from types import ModuleType

from bot.plain.sentences import Passage

_VOWELS = frozenset("аеёиоуыэюяaeiouy")
SYLLABLE = 60.1
"""What one more syllable per word costs in textstat's Russian formula (И. В. Оборнева, 2006)."""


def syllables_of(word: str) -> int:
    """Vowels; an abbreviation without any («мфц») is spelled out."""
    return sum(c in _VOWELS for c in word) or (len(word) if 1 < len(word) < 6 else 1)


def readability(passage: Passage) -> float:
    """206.835 − 1.3 · words per sentence − 60.1 · syllables per word: 100 and more for a child's book, below 0 for a statute.

    The first call imports textstat (1 s, several on a cold disk), so make it off the event loop.
    textstat drops sentences of up to two words and ends one at every full stop («ул.»), and counts hyphenation points for
    syllables; so it gets one line a sentence, and the difference in syllables is put right. docs/plain-language.md compares both.
    """
    words = [w.text for w in passage.words if not w.text.isdigit()]
    if not words:
        return 100.0
    library = bare()
    counted = library.syllable_count(" ".join(words)) / len(words)
    vowels = sum(syllables_of(w) for w in words) / len(words)
    per_sentence = len(passage.words) / len(passage.sentences)
    # One long sentence per line with as many words as ours have on average: only numbers reach the library's cache.
    ease = library.flesch_reading_ease(" ".join(words) + ".") + 1.3 * len(words)
    return round(float(ease - 1.3 * per_sentence + SYLLABLE * (counted - vowels)), 1)


@lru_cache(maxsize=1)
def bare() -> ModuleType:
    """textstat, set to Russian. Its language is one for the whole process; nothing else here uses the library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import textstat

    textstat.set_lang("ru")
    return textstat
