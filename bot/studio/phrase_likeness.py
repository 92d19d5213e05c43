"""Finds phrases: those with the same words in any form, those that look alike, and those that mean nearly the same."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.services.meaning import SIZE, Encoder, Vectors, cached_vectors
from bot.services.phrases import lemma, tokens
from bot.studio.phrases import Wish, plain

Why = Literal["same", "letters", "meaning"]

LETTERS = 0.72
"""Share of common letter groups from which two phrases look alike."""
MEANING = 0.82
"""Cosine from which two phrases mean nearly the same."""
AKIN = 0.4
"""Cosine from which a phrase is worth showing to somebody who searches."""
_PIECE = 16
"""Phrases encoded at once: the live robot waits for the same encoder."""
_PAUSE = 0.002
_MOST = 40_000
"""Phrases remembered, of all drafts; then everything is read anew."""


@dataclass(frozen=True)
class Near:
    """A phrase that is the same or nearly so; `share` from 0 to 1."""

    wish: str
    phrase: str
    why: Why
    share: float


class Likeness:
    """Remembers every phrase it was ever shown, so that a draft with ten new ones costs ten. Calls block; from any thread."""

    def __init__(self, encoder: Encoder, cache: Path) -> None:
        """Vectors of the published phrases are kept in `cache`; it is made when missing."""
        self._encoder, self._cache = encoder, cache
        self._lock, self._preparing = threading.Lock(), threading.Lock()
        self.prepared = False
        """Whether meaning is compared already; letters and words always are."""
        self._forget()

    def prepare(self, published: Sequence[Wish]) -> None:
        """Read the vectors of the published phrases from disk, or make them: some 10 s. The second call does nothing."""
        with self._preparing:
            if self.prepared:
                return
            encoder = _Gently(self._encoder)
            for one in published:
                with self._lock:
                    ids = self._ids(one.phrases)
                vectors = cached_vectors(encoder, one.phrases, self._cache, one.name)
                with self._lock:
                    self._place(ids, vectors)
            self.prepared = True

    def near(self, everything: Sequence[Wish], text: str, besides: str = "", most: int = 5) -> list[Near]:
        """Phrases of any wish that are the same as `text`, look like it or mean it, the nearest first. `besides` is left out."""
        with self._lock:
            owners = self._owners(everything)
            letters, meaning = self._letters(text), self._meaning(text, owners)
            found = []
            for one, wish in owners.items():
                close, alike = float(letters[one]), float(meaning[one]) if meaning is not None else 0.0
                if (close >= LETTERS or alike >= MEANING) and self._texts[one] != besides:
                    found.append(Near(wish, self._texts[one], _why(self._texts[one], text, close), max(close, alike)))
        return sorted(found, key=lambda n: (n.why == "same", n.share), reverse=True)[:most]

    def search(self, everything: Sequence[Wish], query: str, most: int = 200) -> tuple[list[Near], list[Near]]:
        """Phrases with all the words of the query in any form, and others that are about the same (none before `prepared`)."""
        asked = [(t.text, lemma(t.text)) for t in tokens(query)]
        if not asked:
            return [], []
        with self._lock:
            owners = self._owners(everything)
            worded = set(owners).intersection(*(self._worded(word, base) for word, base in asked))
            exact = [Near(owners[one], self._texts[one], "same", 1.0) for one in owners if one in worded]
            meaning = self._meaning(query, owners)
            if meaning is None:
                return exact[:most], []
            akin = sorted((n for n in owners if n not in worded and meaning[n] >= AKIN), key=lambda n: -meaning[n])
            return exact[:most], [Near(owners[n], self._texts[n], "meaning", float(meaning[n])) for n in akin[:most]]

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One row a text, made in small pieces: the live robot waits for the same encoder."""
        return _Gently(self._encoder).encode(texts)

    def nearest(self, everything: Sequence[Wish], vectors: Vectors, most: int = 5) -> list[list[tuple[str, float]]]:
        """For each row the wishes of the phrases that mean most nearly the same, with cosines; [] each before `prepared`."""
        if not self.prepared or not len(vectors):
            return [[] for _ in vectors]
        with self._lock:
            owners = self._owners(everything)
            self._meaning("", owners)
            numbers, wishes = list(owners), list(owners.values())
            cosines = vectors @ self._vectors[numbers].T
        best = np.argsort(-cosines, axis=1)[:, :most]
        return [[(wishes[at], float(cosines[row, at])) for at in best[row]] for row in range(len(vectors))]

    def _forget(self) -> None:
        self._texts: list[str] = []
        self._number: dict[str, int] = {}
        self._grams: dict[str, list[int]] = defaultdict(list)
        self._sizes = np.zeros(1024, dtype=np.float32)
        self._by_lemma: dict[str, set[int]] = defaultdict(set)
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._vectors = np.zeros((1024, SIZE), dtype=np.float32)
        self._has_vector = np.zeros(1024, dtype=bool)

    def _owners(self, everything: Sequence[Wish]) -> dict[int, str]:
        """Wish of each phrase of an edition, by the phrase's number here."""
        if len(self._texts) > _MOST:
            self._forget()
            self.prepared = False
        return {number: one.name for one in everything for number in self._ids(one.phrases)}

    def _ids(self, phrases: Iterable[str]) -> list[int]:
        return [self._number[p] if p in self._number else self._learn(p) for p in phrases]

    def _learn(self, phrase: str) -> int:
        number = self._number[phrase] = len(self._texts)
        self._texts.append(phrase)
        if number >= len(self._sizes):
            self._sizes = np.concatenate((self._sizes, np.zeros_like(self._sizes)))
            self._vectors = np.concatenate((self._vectors, np.zeros_like(self._vectors)))
            self._has_vector = np.concatenate((self._has_vector, np.zeros_like(self._has_vector)))
        grams = _grams(phrase)
        self._sizes[number] = len(grams)
        for gram in grams:
            self._grams[gram].append(number)
        for word in {t.text for t in tokens(phrase)}:
            self._by_word[word].add(number)
            self._by_lemma[lemma(word)].add(number)
        return number

    def _worded(self, word: str, base: str) -> set[int]:
        """Phrases with a word in any form; the word may not be typed to its end yet."""
        found = set(self._by_lemma.get(base, ()))
        if len(word) >= 3:
            found.update(*(numbers for known, numbers in self._by_word.items() if known.startswith(word)))
        return found

    def _letters(self, text: str) -> NDArray[np.float32]:
        """Dice coefficient of letter groups with every phrase."""
        grams, count = _grams(text), len(self._texts)
        hits = [number for gram in grams for number in self._grams.get(gram, ())]
        common = np.bincount(np.asarray(hits, dtype=np.int64), minlength=count).astype(np.float32)
        shares: NDArray[np.float32] = np.divide(2 * common, self._sizes[:count] + max(len(grams), 1), dtype=np.float32)
        return shares

    def _meaning(self, text: str, owners: dict[int, str]) -> NDArray[np.float32] | None:
        """Cosine with every phrase; None while the vectors are not prepared."""
        if not self.prepared:
            return None
        bare = [number for number in owners if not self._has_vector[number]]
        vectors = _Gently(self._encoder).encode([text, *(self._texts[number] for number in bare)])
        self._place(bare, vectors[1:])
        cosines: NDArray[np.float32] = self._vectors[: len(self._texts)] @ vectors[0]
        return cosines

    def _place(self, numbers: list[int], vectors: Vectors) -> None:
        self._vectors[numbers] = vectors
        self._has_vector[numbers] = True


class _Gently(Encoder):
    """Encodes in small pieces, so that whoever needs the same encoder meanwhile gets it at once."""

    def __init__(self, encoder: Encoder) -> None:
        self._inner, self.name = encoder, encoder.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`."""
        found = [np.zeros((0, SIZE), dtype=np.float32)]
        for start in range(0, len(texts), _PIECE):
            if start:
                time.sleep(_PAUSE)
            found.append(self._inner.encode(texts[start : start + _PIECE]))
        return np.concatenate(found)


def _why(phrase: str, text: str, close: float) -> Why:
    if plain(phrase) == plain(text):
        return "same"
    return "letters" if close >= LETTERS else "meaning"


def _grams(phrase: str) -> set[str]:
    padded = f" {plain(phrase)} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
