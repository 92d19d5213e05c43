"""What a caller may have said of the content: its words and phrases and its streets, in the forms they are said in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.services.content import Content
from bot.services.phrases import analyser, lemma, tokens
from voice.dictation.lexicon import Entry
from voice.dictation.sounds import sound

_SHORTEST_WORD = 5
"""Letters; shorter words have too many neighbours."""
_SHORTEST_PHRASE = 8
"""Sounds of a phrase worth knowing whole."""
_LONGEST_PHRASE = 4
"""Words."""
_VERB_SIZE = 6
"""For how many sounds a verb counts, however long it is."""
KINDS = {
    "улица": ("улица", "улице", "улицу", "улицы"),
    "проспект": ("проспект", "проспекте", "проспекту", "проспекта"),
    "площадь": ("площадь", "площади"),
    "переулок": ("переулок", "переулке", "переулка"),
    "бульвар": ("бульвар", "бульваре", "бульвара"),
    "проезд": ("проезд", "проезде", "проезда"),
}
"""Kinds of streets in the forms that stand beside a name."""
_GENDERS = {"улица": "femn", "площадь": "femn"}


def known(names: Iterable[str]) -> frozenset[str]:
    """Words that are right as they are: all of the names, in every form."""
    said = {token.text for name in names for token in tokens(name)}
    return frozenset(
        form.word.replace("ё", "е") for word in said for parse in analyser().parse(word) for form in parse.lexeme
    )


def words(names: Iterable[str]) -> Iterator[Entry]:
    """Every case form of the longer nouns and adjectives of the names; of a verb what is said there."""
    said = {token.text for name in names for token in tokens(name) if len(token.text) >= _SHORTEST_WORD}
    for word in sorted(filter(str.isalpha, said)):
        kind = analyser().parse(word)[0].tag
        if {"NOUN", "ADJF"} & kind.grammemes:
            for form in _cases(word) | {word}:
                yield _entry(form, lemma(word), 0 if form in said else 1)
        elif {"VERB", "INFN", "PRTF", "PRTS"} & kind.grammemes:
            # Verbs are near to other verbs, and it is the noun that tells what is wanted.
            yield Entry(word, lemma(word), 0, _VERB_SIZE)


def phrases(names: Iterable[str]) -> Iterator[Entry]:
    """Names of several words as they are written."""
    for name in names:
        said = [token.text for token in tokens(name)]
        text = " ".join(said)
        if 2 <= len(said) <= _LONGEST_PHRASE and len(sound(text)) >= _SHORTEST_PHRASE and all(map(str.isalpha, said)):
            yield _entry(text, _meaning(said))


def streets(content: Content) -> Iterator[Entry]:
    """«Садовая», «на Садовой», «улице Ленина» and the like for every street of the region."""
    for street in content.region.streets:
        said = street.title.split()
        kind = next((word for word in said if word in KINDS), "улица")
        names = [word for word in said if word not in KINDS]
        whole = " ".join(names)
        # A genitive after its kind is never bent: «улице Ленина»; an adjective is.
        bent = (whole,) if said[0] == kind else _bent(whole, _GENDERS.get(kind, "masc"))
        for form in bent:
            texts = [form, f"на {form}", f"по {form}", *(f"{k} {form}" for k in KINDS[kind])]
            if said[0] != kind:
                texts += [f"{form} {k}" for k in KINDS[kind]]
            for text in texts:
                yield Entry(
                    text, _meaning([t.text for t in tokens(whole)]), 0, len(sound(form.replace(" ", ""))), street=True
                )


def names_of(content: Content) -> list[str]:
    """Titles and aliases of services, centres and districts."""
    names = [name for service in content.services for name in (service.title, *service.aliases)]
    names += [name for centre in content.centres for name in (centre.title, *centre.aliases)]
    return names + [name for district in content.region.districts for name in (district.title, *district.aliases)]


def _cases(word: str) -> frozenset[str]:
    """Case forms: «польготнее» is none, and near to much that people say."""
    own = (parse for parse in analyser().parse(word) if parse.normal_form.replace("ё", "е") == lemma(word))
    return frozenset(
        form.word.replace("ё", "е") for parse in own for form in parse.lexeme if {"NOUN", "ADJF"} & form.tag.grammemes
    )


def _bent(name: str, gender: str) -> tuple[str, ...]:
    """An adjective in the cases of an address: «Садовая», «Садовой», «Садовую»."""
    parsed = next((p for p in analyser().parse(name.lower()) if "ADJF" in p.tag), None)
    if parsed is None:
        return (name,)
    cases = (parsed.inflect({case, "sing", gender}) for case in ("nomn", "gent", "datv", "accs", "loct"))
    return tuple(dict.fromkeys((name, *(c.word.capitalize() for c in cases if c is not None))))


def _entry(text: str, meaning: str, rank: int = 0) -> Entry:
    return Entry(text, meaning, rank, len(sound("".join(text.split()))))


def _meaning(said: Iterable[str]) -> str:
    return " ".join(lemma(word) for word in said if len(word) > 2 and lemma(word) not in KINDS)
