"""Makes misspelt copies of training phrases, so that the classifier has met typing slips before citizens make them."""

from __future__ import annotations

import random

_KEYS = "йцукенгшщзхъфывапролджэячсмитьбю"
_SHARE = 0.22
"""The share of words that get a slip."""


def misspelt(text: str, rng: random.Random) -> str:
    """A copy of the text in which about every fifth longer word has one slip of a hurried hand."""
    return " ".join(_slip(w, rng) if len(w) > 3 and rng.random() < _SHARE else w for w in text.split())


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    kind = rng.random()
    if kind < 0.35:
        return word[:at] + word[at + 1 :]
    if kind < 0.55:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.75:
        return word[:at] + rng.choice(_KEYS) + word[at + 1 :]
    if kind < 0.9:
        return word.replace("о", "а") if rng.random() < 0.5 else word.replace("ться", "ца").replace("тся", "ца")
    return word[:at] + word[at] + word[at:]
