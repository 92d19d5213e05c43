"""Finds misspelled Russian words in a draft and says what was meant; names and places of the region count as known.

Known is what pymorphy3's dictionary (OpenCorpora, 5 million forms) or the content knows; suggestions are known words one slip away,
the more frequent first (pyspellchecker's list of spoken Russian, 20 000 words).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.services.content import Content
from bot.services.phrases import analyser

SUGGESTED = 3
"""Suggestions for one word."""
LONGEST_TEXT = 8_000
"""Characters that are read."""
_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_SKIPPED = re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\{[^{}]*\}|/\w+", re.I)
"""Links, addresses of e-mail, variables of ready answers, commands."""
_WORD = re.compile(r"[\w-]*[а-яё][\w-]*", re.I)
_RUSSIAN = re.compile(r"[а-яё]+(?:-[а-яё]+)*", re.I)
_MIDDLE = re.compile(r"[\w,;)%]\s*$")
"""What stands before a word in the middle of a sentence: a capital letter there makes a name."""
_SOUNDS = (
    ("о", "а"), ("а", "о"), ("е", "и"), ("и", "е"), ("я", "е"), ("е", "я"), ("тся", "ться"), ("ться", "тся"),
    ("ца", "тся"), ("цца", "ться"), ("здр", "здравст"), ("жы", "жи"), ("шы", "ши"), ("чя", "ча"), ("щя", "ща"),
    ("з", "с"), ("с", "з"), ("т", "д"), ("д", "т"), ("г", "к"), ("к", "г"), ("б", "п"), ("п", "б"), ("в", "ф"),
    ("ф", "в"), ("ж", "ш"), ("ш", "ж"), ("сч", "щ"), ("щ", "сч"), ("зж", "жж"), ("ова", "ого"), ("ево", "его"),
)  # fmt: skip
"""Slips of those who write as they hear: two of them in one word are still recognised."""
_ALSO_KNOWN = frozenset(
    "мфц снилс инн егрн епгу омс осаго ок смс загран онлайн офлайн чат-бот чатбот мессенджер мессенджере "
    "мессенджера вотсап телеграм телеграме вконтакте вк пуш капча логин логина госключ госключа самозанятый "
    "самозанятые самозанятых самозанятым видеопереводчик медсправка медсправку".split()
)


@dataclass(frozen=True)
class Misspelled:
    """A word nobody knows, at characters `start` to `end`, with what may be meant, likeliest first."""

    word: str
    start: int
    end: int
    suggestions: tuple[str, ...]


class Spelling:
    """A checker that knows some names besides the dictionary. Loads its dictionaries at the first check (0.3 s, 25 MB)."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """`names` are words or texts whose words count as known in every form."""
        self._names = frozenset(_words_of(names)) | _ALSO_KNOWN

    @classmethod
    def of_content(cls, content: Content) -> Spelling:
        """Knows the streets, villages, districts, centres and services of a region."""
        region = content.region
        return cls(
            (
                region.title, region.city,
                *(name for d in region.districts for name in (d.title, *d.aliases)),
                *(s.title for s in region.streets),
                *(s.title for s in region.settlements),
                *(name for c in content.centres for name in (c.title, c.address, *c.aliases)),
                *(name for s in content.services for name in (s.title, s.short)),
            )
        )  # fmt: skip

    def check(self, text: str, names: Iterable[str] = ()) -> list[Misspelled]:
        """Misspelled words in the order of the text; `names` are known besides (the citizen's own).

        Passed over: words with digits or Latin letters, links, e-mail addresses, abbreviations, names in the middle of a sentence.
        """
        text = text[:LONGEST_TEXT]
        own = frozenset(_words_of(names))
        skipped = [m.span() for m in _SKIPPED.finditer(text)]
        found = []
        for match in _WORD.finditer(text):
            word = match[0].strip("-")
            start = match.start() + match[0].index(word)
            if any(first <= start < last for first, last in skipped) or not _RUSSIAN.fullmatch(word):
                continue
            plain = word.lower()
            if len(plain) < 2 or (word.isupper() and len(word) < 7) or self._knows(plain, own):
                continue
            suggestions = _suggest(plain, self._names)
            if (
                word[0].isupper()
                and _MIDDLE.search(text[max(0, start - 20) : start])
                and not self._is_name(suggestions)
            ):
                continue
            if word[0].isupper():
                suggestions = tuple(s[:1].upper() + s[1:] for s in suggestions)
            found.append(Misspelled(word, start, start + len(word), suggestions))
        return found

    def _knows(self, word: str, own: Collection[str]) -> bool:
        if word in own or word in self._names or analyser().word_is_known(word):
            return True
        if "-" in word:
            parts = [part for part in word.split("-") if part]
            return all(self._knows(part, own) or part in ("то", "ка", "таки", "де", "по", "кое") for part in parts)
        normal = _normal(word)
        return normal in self._names or normal in own

    def _is_name(self, suggestions: Iterable[str]) -> bool:
        return any(s in self._names or _normal(s) in self._names for s in suggestions)


def _words_of(texts: Iterable[str]) -> Iterator[str]:
    """Every word in its own form and its dictionary form."""
    for text in texts:
        for word in _RUSSIAN.findall(text):
            yield word.lower()
            yield _normal(word.lower())


@lru_cache(maxsize=20_000)
def _normal(word: str) -> str:
    return str(analyser().parse(word)[0].normal_form)


@lru_cache(maxsize=1)
def _frequency() -> dict[str, int]:
    from spellchecker import SpellChecker

    return dict(SpellChecker(language="ru").word_frequency.dictionary)


@lru_cache(maxsize=4_000)
def _suggest(word: str, names: frozenset[str]) -> tuple[str, ...]:
    if len(word) > 30:
        return ()
    alike = [other for other in _sounding(word) if _counts(other, names)]
    near = [other for other in _one_slip(word) if _counts(other, names)]
    if not alike and not near and len(word) >= 6:
        near = [other for heard in _sounding(word) for other in _one_slip(heard) if _counts(other, names)]
    frequency = _frequency()
    heard = set(alike)

    def likely(other: str) -> tuple[int, float, int, str]:
        # A name of the region goes before all, a word as frequent as speech before a rare one; slips of the ear count more.
        known = other in names or _normal(other) in names
        return -int(known), -_weight(frequency.get(other, 0), other in heard), abs(len(other) - len(word)), other

    return tuple(sorted(dict.fromkeys((*alike, *near)), key=likely)[:SUGGESTED])


def _weight(frequency: int, heard: bool) -> float:
    return (frequency + 3) * (8.0 if heard else 1.0)


def _counts(word: str, names: frozenset[str]) -> bool:
    return len(word) > 1 and (word in names or bool(analyser().word_is_known(word)))


def _sounding(word: str) -> Iterator[str]:
    """The word with one or two of its sounds written otherwise, or a consonant single instead of double."""
    seen = {word}
    for at, letter in enumerate(word):
        if letter not in "аеёиоуыэюяьъй":
            yield word[:at] + letter + word[at:]
        if word[at + 1 : at + 2] == letter:
            yield word[:at] + word[at + 1 :]
    edge = [word]
    for _ in range(2):
        following = []
        for one in edge:
            for wrong, right in _SOUNDS:
                at = one.find(wrong)
                while at >= 0:
                    other = one[:at] + right + one[at + len(wrong) :]
                    if other not in seen:
                        seen.add(other)
                        following.append(other)
                        yield other
                    at = one.find(wrong, at + 1)
        edge = following[:60]


def _one_slip(word: str) -> Iterator[str]:
    """One letter missing, doubled, swapped or mistyped."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    for left, right in cuts:
        if right:
            yield left + right[1:]
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        for letter in _LETTERS:
            if right and letter != right[0]:
                yield left + letter + right[1:]
            yield left + letter + right
