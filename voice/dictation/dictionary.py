"""What the dictionary says of a word that was heard: whether it is one, whether it is a name, whether it is a slip of another."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from bot.services.phrases import analyser
from voice.dictation.sounds import sound


@lru_cache(maxsize=5_000)
def slip_of_another(word: str, meant: str) -> bool:
    """Whether one letter too many, or vowels and voices as they are heard, make a word that is not the one meant."""
    vowels = [at for at, letter in enumerate(word) if letter in _SAME][:_VOWELS_TRIED]
    others = {word[:at] + word[at + 1 :] for at in range(len(word))}
    for spelt in product(*(_SAME[word[at]] for at in vowels)):
        letters = list(word)
        for at, letter in zip(vowels, spelt, strict=True):
            letters[at] = letter
        others.add("".join(letters))
    others |= {word[:at] + _VOICES[c] + word[at + 1 :] for at, c in enumerate(word) if c in _VOICES}
    return any(sound(other) != meant and is_word(other) and not is_name(other) for other in others)


_SAME = {"о": "оа", "а": "ао", "е": "еи", "и": "ие"}
"""Vowels that are spelt one way or the other."""
_VOWELS_TRIED = 5
_VOICES = dict(zip("бвгджзпфктшс", "пфктшсбвгджз", strict=True))


@lru_cache(maxsize=20_000)
def is_word(word: str) -> bool:
    return bool(analyser().word_is_known(word))


@lru_cache(maxsize=5_000)
def is_name(word: str) -> bool:
    """Whether the dictionary holds the word as a name of a person or a place before all."""
    tags = [p.tag for p in analyser().parse(word) if p.score >= 0.2]
    return any(name in tag for tag in tags for name in ("Name", "Surn", "Geox", "Patr"))
