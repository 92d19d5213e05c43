"""Names of the content (services, centres, streets) found by sound where Whisper wrote a word that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from bot.services.content import Content
from bot.services.phrases import analyser, forms, lemma, tokens

_WORD = re.compile(r"[А-Яа-яЁё]+")
_SHORTEST = 7
"""Letters; shorter words have too many neighbours."""
_LONG = 9
"""Sounds from which one wrong sound is forgiven."""
_ALIKE = 0.8
"""How many of the letters have to agree as well, 0 to 1."""
_NEAR_CHOICE, _FAR_CHOICE = 0.82, 0.7
"""How alike the meant choice must sound, and how unlike every other."""
_CHOICE_WORDS = 7

# What the ear does not tell apart, in the order of application.
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"ё"), "е"),
    (re.compile(r"ть?ся|т?ц+а"), "ца"),
    (re.compile(r"[сзж]ч|тч|щ"), "ч"),
    (re.compile(r"(?<=[оеи])г(?=о$)"), "в"),
    (re.compile(r"стн"), "сн"),
    (re.compile(r"[ьъ]"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"й$"), ""),
)
_VOICED = str.maketrans("бвгджз", "пфктшс")
_VOWELS = str.maketrans({"о": "а", "е": "и", "э": "и", "я": "и", "ы": "и", "ю": "у"})


def sound(text: str) -> str:
    """A key equal for words that sound alike."""
    plain = text.lower()
    for pattern, written in _SOUNDS:
        plain = pattern.sub(written, plain)
    return plain.translate(_VOWELS).translate(_VOICED)


class Mender:
    """Mends words that no dictionary knows towards the names it was given; known words it never touches."""

    def __init__(self, names: Iterable[str]) -> None:
        """`names` are titles and aliases; every case form of their longer words is learnt."""
        said = {token.text for name in names for token in tokens(name) if len(token.text) >= _SHORTEST}
        self._known = frozenset(form for word in said for form in (word, *forms(lemma(word))))
        self._by_sound: dict[str, list[str]] = {}
        for form in sorted(self._known):
            self._by_sound.setdefault(sound(form), []).append(form)
        self._by_length: dict[int, list[str]] = {}
        for key in self._by_sound:
            if len(key) >= _LONG:
                self._by_length.setdefault(len(key), []).append(key)
        self._cache: dict[str, str] = {}

    @classmethod
    def of(cls, content: Content) -> Mender:
        """A mender for the services, centres, streets and districts of the region."""
        names = [name for service in content.services for name in (service.title, *service.aliases)]
        names += [name for centre in content.centres for name in (centre.title, *centre.aliases)]
        names += [name for district in content.region.districts for name in (district.title, *district.aliases)]
        return cls([*names, *(street.title for street in content.region.streets)])

    def mend(self, text: str) -> str:
        """The text with its misheard words put right; capitals and everything else as they were."""
        return _WORD.sub(lambda found: _cased(self._word(found[0].lower()), found[0]), text)

    def _word(self, written: str) -> str:
        word = written.replace("ё", "е")
        if len(word) < _SHORTEST or word in self._known or _is_word(written) or _is_word(word):
            return written
        if word not in self._cache:
            if len(self._cache) > 5_000:
                self._cache.clear()
            self._cache[word] = self._nearest(word) or written
        return self._cache[word]

    def _nearest(self, word: str) -> str | None:
        key = sound(word)
        near = list(self._by_sound.get(key, ()))
        if not near and len(key) >= _LONG:
            same_size = (k for n in (-1, 0, 1) for k in self._by_length.get(len(key) + n, ()) if _one_apart(key, k))
            near = [form for k in same_size for form in self._by_sound[k]]
        # Forms of one word may be near together; two words may not.
        if not near or len({lemma(form) for form in near}) > 1:
            return None
        best = max(near, key=lambda form: (_likeness(word, form), form))
        return best if _tail(best) == _tail(word) and _likeness(word, best) >= _ALIKE else None


def nearest_choice(text: str, choices: Sequence[str]) -> str | None:
    """The one choice that a misheard answer sounds like; None unless it is clear and the answer holds a word that is none."""
    said = _WORD.findall(text.lower())
    if not said or len(said) > _CHOICE_WORDS or re.search(r"\d", text) or all(_is_word(word) for word in said):
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


def _tail(word: str) -> str:
    """The ending: a mended word keeps its case form."""
    return word.replace("цы", "ци")[-2:]


def _likeness(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b).ratio()


def _is_word(word: str) -> bool:
    return bool(analyser().word_is_known(word))


def _cased(mended: str, written: str) -> str:
    if mended == written.lower():
        return written
    return mended.capitalize() if written[0].isupper() else mended


def _one_apart(a: str, b: str) -> bool:
    """Whether one letter put in, left out, replaced, or two swapped, turn one into the other. The first one holds."""
    if a == b or a[0] != b[0]:
        return a == b
    if len(a) > len(b):
        a, b = b, a
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[at:] == b[at + 1 :]
    swapped = a[at : at + 2] == b[at : at + 2][::-1]
    return a[at + 1 :] == b[at + 1 :] or (swapped and a[at + 2 :] == b[at + 2 :])
