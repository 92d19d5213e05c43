"""Words and phrases of the content by their sound: which one a misheard piece of speech is near to, and whether only one is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from voice.dictation.sounds import VOWELS, apart, sound

_MARGIN = 0.7
"""How much farther, in sounds, the next meaning has to be."""
_USUAL = 0.45
"""How much nearer, in sounds, another case form has to be than the one that stands in a name."""
_TRIED = 24
"""Keys compared sound by sound, after counting the pairs of sounds in common."""


@dataclass(frozen=True)
class Entry:
    """A way to say something: its text, and what it means, equal for all forms of one name."""

    text: str
    meaning: str
    rank: int
    """0 for the forms that names themselves have: they win over other case forms that sound the same."""
    size: int
    """Sounds of the part that tells it from others: of «улице Ленина» only those of «Ленина»."""
    street: bool = False


@dataclass(frozen=True)
class Near:
    """What was found and how far away it was, in sounds."""

    entry: Entry
    distance: float


Allowed = Callable[[int], float]
"""How far apart, in sounds, two may be of which one has so many."""


class Lexicon:
    """Entries looked up by sound. The cost of a look-up is a few tenths of a millisecond."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._entries[sound("".join(entry.text.split()))].append(entry)
        self._keys = list(self._entries)
        self._torn: dict[str, list[str]] = defaultdict(list)
        for key in self._keys:
            self._torn[_consonants(key)].append(key)
        pairs = {pair for key in self._keys for pair in _pairs(key)}
        # A row a pair of sounds, a column a key: counting what is in common is then one sum.
        self._rows = {pair: at for at, pair in enumerate(sorted(pairs))}
        self._has = np.zeros((len(pairs) + 1, len(self._keys)), np.uint8)
        for at, key in enumerate(self._keys):
            self._has[[self._rows[pair] for pair in _pairs(key)], at] = 1

    def nearest(self, key: str, allowed: Allowed) -> Near | None:
        """The entry that sounds near enough; None when there is none, or two meanings are about as near."""
        within = self.within(key, allowed(len(key)) + _MARGIN)
        best = min(
            (near for near in within if near.distance <= allowed(min(near.entry.size, len(key)))),
            key=lambda near: (near.distance + _USUAL * near.entry.rank, near.entry.text),
            default=None,
        )
        if best is None or any(
            near.entry.meaning != best.entry.meaning and near.distance < best.distance + _MARGIN for near in within
        ):
            return None
        return best

    def torn(self, key: str, limit: float) -> Near | None:
        """The only meaning with the same consonants and hardly another vowel; quick enough to ask for any words."""
        near = [
            Near(entry, distance)
            for other in self._torn.get(_consonants(key), ())
            if (distance := apart(key, other, limit)) <= limit
            for entry in self._entries[other]
        ]
        if len({one.entry.meaning for one in near}) != 1:
            return None
        return min(near, key=lambda one: (one.distance, one.entry.rank, one.entry.text))

    def within(self, key: str, limit: float) -> list[Near]:
        """Entries whose sound is at most `limit` from the key; of those much farther than the nearest not all."""
        pairs = _pairs(key)
        common = self._has[[self._rows[pair] for pair in pairs if pair in self._rows]].sum(axis=0, dtype=np.int16)
        likely = np.flatnonzero(common >= max(2.0, len(pairs) - 2 * limit - 1))
        likely = likely[np.argsort(-common[likely], kind="stable")[:_TRIED]]
        found = []
        for other in (self._keys[at] for at in likely):
            if (distance := apart(key, other, limit)) <= limit:
                found += [Near(entry, distance) for entry in self._entries[other]]
                limit = min(limit, distance + _MARGIN)
        return found


def _pairs(key: str) -> set[str]:
    """Neighbouring sounds, with marks for the two ends."""
    whole = f"^{key}$"
    return {whole[at : at + 2] for at in range(len(whole) - 1)}


def _consonants(key: str) -> str:
    return "".join(sound for sound in key if sound not in VOWELS)
