"""Names of the content (services, centres, streets) found by sound where Whisper wrote words that do not exist or do not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.services.content import Content
from bot.services.phrases import lemma
from voice.dictation import vocabulary
from voice.dictation.dictionary import is_name, is_word, slip_of_another
from voice.dictation.lexicon import Entry, Lexicon, Near
from voice.dictation.person_names import PersonNames
from voice.dictation.sounds import VOWELS, apart, sound, taken

_WORD = re.compile(r"[А-Яа-яЁё]+")
_GAP = re.compile(r"[\s,–—-]*")
_MOST_WORDS, _MOST_WORDS_BOLD = 3, 4
"""How many neighbours are heard as one piece."""
_SHORTEST = 5
"""Letters of a piece; shorter ones have too many neighbours."""
_TORN, _LONG = 0.7, 9
"""How far, in sounds, words that all exist may be from a name of so many sounds that they were torn out of."""
_PART = 0.72
"""The longest piece of a torn word, of its letters."""
_START, _LOST_END = 5, 2.0
"""Sounds of a street that have to be right when its end was lost, and how far off the end may be."""
_PASSES = 3
"""A word put right may tell what its neighbour was."""
_SHORTEST_ODD, _LONGEST = 4, 40
_NO_WORD, _NAME = "no word", "name"
_KIND_FORMS = frozenset(form for kinds in vocabulary.KINDS.values() for form in kinds)
_BOLD_SLOTS = frozenset({"service", "centre", "address", "problem_address", "street", "application_form_id"})
"""Answers that can hardly be anything else than a name of the content."""
_PLACE_SLOTS = frozenset({"centre", "address", "problem_address", "street"})
_ABOUT = re.compile(
    r"\b(?:запис|замен|помен|получ|оформ|документ|сто[ия]т|подать|подач|справк|выписк|нуж|восстанов|заявлен|заказа)",
    re.I,
)
"""Speech of services."""


def _allowed(size: int) -> float:
    """How many wrong sounds are forgiven in a word or phrase of so many."""
    return 0.0 if size < 5 else 0.6 if size < 7 else 0.9 if size < 9 else min(2.0, 0.17 * size)


def _allowed_bold(size: int) -> float:
    """The same where a name is expected."""
    return 0.0 if size < 5 else 0.6 if size < 7 else 1.2 if size < 9 else min(2.6, 0.2 * size)


def _allowed_barely(size: int) -> float:
    """The same where a word that exists would have to go."""
    return 0.0 if size < 5 else 0.7


@dataclass(frozen=True)
class _Piece:
    """Words `first` to `last` of the utterance and what they were meant to be."""

    first: int
    last: int
    text: str
    wrong: float
    """Wrong sounds by sounds."""

    @property
    def cost(self) -> tuple[float, int]:
        return self.wrong, self.last - self.first


class Mender:
    """Puts misheard words right towards the names it was given. A piece of speech is touched only if one of its words is odd."""

    def __init__(self, names: Iterable[str], streets: Iterable[Entry] = (), known: Iterable[str] = ()) -> None:
        """`names` are titles and aliases, `streets` entries for the streets, `known` words that are right as they are."""
        named = list(names)
        entries = [*vocabulary.words(named), *vocabulary.phrases(named)]
        on_streets = list(streets)
        self._street_words = frozenset(w for e in on_streets for w in e.text.lower().replace("ё", "е").split())
        self._starts: dict[str, list[Entry]] = {}
        for entry in on_streets:
            if len(begin := sound(entry.text)[:_START]) == _START and " " not in entry.text:
                self._starts.setdefault(begin, []).append(entry)
        self._known = vocabulary.known(named) | frozenset(known) | self._street_words
        self._lexicon = Lexicon([*entries, *on_streets])
        self._people = PersonNames()
        self._look_up = lru_cache(maxsize=5_000)(self._meant)

    @classmethod
    def of(cls, content: Content) -> Mender:
        """A mender for the services, centres, streets and districts of the region."""
        villages = (w.lower().replace("ё", "е") for s in content.region.settlements for w in s.title.split())
        return cls(vocabulary.names_of(content), vocabulary.streets(content), villages)

    def mend(self, text: str, expected: str | None = None) -> str:
        """The text with its misheard words put right; all else as it was. `expected` is the awaited slot."""
        for _ in range(_PASSES):
            before, text = text, self._once(text, expected)
            if text == before:
                break
        return text

    def _once(self, text: str, expected: str | None) -> str:
        words, place = list(_WORD.finditer(text)), expected in _PLACE_SLOTS
        odd = [self._odd(words, at, place) for at in range(len(words))]
        bold = expected in _BOLD_SLOTS or (expected is None and bool(_ABOUT.search(text)))
        taken: list[_Piece] = []
        for piece in sorted(self._pieces(text, words, odd, bold, place), key=lambda piece: piece.cost):
            if all(piece.last < other.first or piece.first > other.last for other in taken):
                taken.append(piece)
        for piece in sorted(taken, key=lambda piece: -piece.first):
            start, end = words[piece.first].start(), words[piece.last].end()
            text = text[:start] + _cased(piece.text, text[start:end]) + text[end:]
        return text

    def mend_name(self, text: str) -> str:
        """An answer that is somebody's full name, put right where it is clear how."""
        return self._people.mend(text)

    def _pieces(
        self, text: str, words: Sequence[re.Match[str]], odd: Sequence[str], bold: bool, place: bool
    ) -> Iterable[_Piece]:
        most = _MOST_WORDS_BOLD if bold else _MOST_WORDS
        for first in range(len(words)):
            for last in range(first, min(len(words), first + most)):
                if last > first and not _GAP.fullmatch(text, words[last - 1].end(), words[last].start()):
                    break
                torn = bold and last > first and "," not in text[words[first].start() : words[last].end()]
                if any(odd[first : last + 1]) or torn:
                    said = tuple(word[0].lower().replace("ё", "е") for word in words[first : last + 1])
                    found = self._look_up(said, tuple(odd[first : last + 1]), bold, place)
                    if found is not None:
                        yield _Piece(first, last, *found)

    def _meant(self, said: tuple[str, ...], odd: tuple[str, ...], bold: bool, place: bool) -> tuple[str, float] | None:
        """What these words were meant to be and how far that is for its length; None to leave them."""
        joined = "".join(said)
        if not _SHORTEST <= len(joined) <= _LONGEST:
            return None
        key = sound(joined)
        if any(odd):
            near = self._lexicon.nearest(key, _allowed_bold if bold else _allowed)
        else:
            near = self._lexicon.torn(key, _TORN)
            near = near if near is not None and near.entry.size >= _LONG else None
        if near is None and place and odd == (_NO_WORD,):
            near = self._begun(key)
        if near is None or not _begin_alike(key, sound(near.entry.text)):
            return None
        meant = near.entry.text.lower().replace("ё", "е").split()
        lemmas = {lemma(word) for word in meant}
        good = [word for word, why in zip(said, odd, strict=True) if why != _NO_WORD]
        gone = [word for word in good if word not in meant and lemma(word) not in lemmas]
        if gone and near.distance > _allowed_barely(near.entry.size):
            return None
        if not any(odd) and not _really_torn(
            gone, [word for word in meant if lemma(word) not in {lemma(one) for one in said}]
        ):
            return None
        if _NAME in odd and not (near.entry.street and near.distance <= _allowed_barely(near.entry.size)):
            return None
        if len(said) == 1 and near.distance > 0 and slip_of_another(joined, sound(near.entry.text)):
            return None
        # Words that were heard right keep the form they were heard in.
        kept = {lemma(word): word for word in good if len(word) > 2}
        text = " ".join(kept.get(lemma(word), word) for word in near.entry.text.split())
        same = text.lower().replace("ё", "е").split() == list(said)
        return None if same else (text, near.distance / max(1, near.entry.size))

    def _begun(self, key: str) -> Near | None:
        """The only street that begins with the same sounds, where the end was lost: «садовали» for «Садовой»."""
        begun = self._starts.get(key[:_START], []) if len(key) > _START + 1 else []
        if len({entry.meaning for entry in begun}) != 1:
            return None
        near = [Near(entry, apart(key, sound(entry.text), _LOST_END)) for entry in begun]
        best = min(near, key=lambda one: (one.distance, one.entry.text))
        return best if best.distance <= _LOST_END else None

    def _odd(self, words: Sequence[re.Match[str]], at: int, place: bool) -> str:
        """Why a word is odd: it is none, or a name of somebody where a street's should be; "" when it is not."""
        written = words[at][0]
        word = written.lower()
        plain = word.replace("ё", "е")
        if len(word) < _SHORTEST_ODD or written.isupper() or plain in self._known:
            return ""
        if not is_word(word) and not is_word(plain):
            return _NO_WORD
        beside = {words[n][0].lower() for n in (at - 1, at + 1) if 0 <= n < len(words)}
        return _NAME if (place or beside & _KIND_FORMS) and is_name(word) else ""


def _really_torn(gone: Sequence[str], new: Sequence[str]) -> bool:
    """Whether words that exist came of a torn one: not of another form of it with a little word beside («паспорт мы»)."""
    longest, meant = max(map(len, gone), default=0), max(map(len, new), default=0)
    return 4 <= longest <= _PART * meant


def _begin_alike(a: str, b: str) -> bool:
    """The first sound is heard best."""
    return bool(a and b) and ({a[0], b[0]} <= VOWELS or taken(a[0], b[0]) <= 0.6)


def _cased(mended: str, written: str) -> str:
    """The first letter as it was; an abbreviation that was right stays in capitals."""
    first = written.split()[0]
    if first.isupper() and mended.casefold().split()[0] == first.casefold():
        return first + mended[len(first) :]
    return mended[:1].upper() + mended[1:] if first[:1].isupper() else mended
