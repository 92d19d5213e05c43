"""Corrects misspelt words towards the words that citizens and services really use, so that features see «запись» in «запсь»."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from nlu.lemmas import is_word

_WORD = re.compile(r"[а-я]+")
_SHORTEST = 4
"""Shorter words have too many neighbours to be corrected safely."""
_LONG = 8
"""From this length on, two slips are forgiven."""

# What Russian ears do not tell apart, in the order of application: «записаца» and «записаться» sound the same.
_SOUNDS = (
    (re.compile(r"ть?ся|т?ц+а"), "ца"),
    (re.compile(r"[сзж]ч|тч|щ"), "ч"),
    (re.compile(r"(?<=[оеи])г(?=о$)"), "в"),
    (re.compile(r"стн"), "сн"),
    (re.compile(r"[ьъ]"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"[бвгджз](?=[кпстфхцчшщ]|$)"), lambda found: "пфктшс"["бвгджз".index(found[0])]),
)
_VOWELS = str.maketrans({"о": "а", "е": "и", "э": "и", "я": "и", "ы": "и", "й": "и"})


class Speller:
    """Corrections towards a vocabulary {word: how often it is used}; words the dictionary knows are left alone."""

    def __init__(self, vocabulary: dict[str, int]) -> None:
        self.vocabulary = vocabulary
        self._deletes: dict[str, list[str]] = {}
        self._by_sound: dict[str, str] = {}
        for word in sorted(vocabulary, key=lambda word: (-vocabulary[word], word)):
            if len(word) >= _SHORTEST:
                self._by_sound.setdefault(_sound(word), word)
                for key in _deletions(word, 1):
                    self._deletes.setdefault(key, []).append(word)
        self._known: dict[str, str] = {}

    @classmethod
    def learn(cls, texts: Iterable[str]) -> Speller:
        """A speller for the correctly written words of these lower-case texts."""
        counts = Counter(w for text in texts for w in _WORD.findall(text) if len(w) > 2)
        return cls({w: n for w, n in counts.items() if is_word(w)})

    def correct(self, text: str) -> str:
        """The lower-case text with its unknown words corrected where one candidate is near enough."""
        return _WORD.sub(lambda match: self._correct(match[0]), text)

    def _correct(self, word: str) -> str:
        if len(word) < _SHORTEST or word in self.vocabulary:
            return word
        if word not in self._known:
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[word] = word if is_word(word) else self._by_sound.get(_sound(word)) or self._nearest(word)
        return self._known[word]

    def _nearest(self, word: str) -> str:
        limit = 2 if len(word) >= _LONG else 1
        candidates = {c for key in _deletions(word, limit) for c in self._deletes.get(key, ())}
        best = min(
            ((distance, -self.vocabulary[c], c) for c in candidates if (distance := _distance(word, c)) <= limit),
            default=None,
        )
        return best[2] if best else word


def _sound(word: str) -> str:
    """Equal for words that sound alike: unstressed vowels, voiced ends, soft signs and double letters made one."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word.translate(_VOWELS)


def _deletions(word: str, depth: int) -> set[str]:
    found = {word}
    for _ in range(depth):
        found |= {w[:i] + w[i + 1 :] for w in found for i in range(len(w))}
    return found


def _distance(a: str, b: str) -> int:
    """Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours."""
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
