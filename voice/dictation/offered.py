"""The choice on offer that a misheard answer sounds like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from voice.dictation.dictionary import is_word
from voice.dictation.sounds import sound

_WORD = re.compile(r"[А-Яа-яЁё]+")
_NEAR_CHOICE, _FAR_CHOICE = 0.82, 0.7
"""How alike the meant choice must sound, and how unlike every other."""
_CHOICE_WORDS = 7


def nearest_choice(text: str, choices: Sequence[str]) -> str | None:
    """The one choice that a misheard answer sounds like; None unless it is clear and the answer holds a word that is none."""
    said = _WORD.findall(text.lower())
    if not said or len(said) > _CHOICE_WORDS or re.search(r"\d", text) or all(is_word(word) for word in said):
        return None
    key = sound("".join(said))
    scored = sorted(
        ((SequenceMatcher(None, key, sound("".join(_WORD.findall(c.lower())))).ratio(), c) for c in choices),
        reverse=True,
    )
    if not scored or scored[0][0] < _NEAR_CHOICE or (len(scored) > 1 and scored[1][0] > _FAR_CHOICE):
        return None
    best = scored[0][1]
    # One little word turns a choice into its opposite.
    negated = [bool(re.search(r"\b(?:не|нет|без)\b", t, re.I)) for t in (text, best)]
    return best if negated[0] == negated[1] else None
