"""A message as the finders of places read it: its view, its words, and what stands next to what."""

from __future__ import annotations

from dataclasses import dataclass

from nlu.entities.morph import inflect, parses
from nlu.entities.spans import Word, words
from nlu.entities.view import View

ABBREVIATED = frozenset({
    "ул", "пр", "пр-т", "пр-кт", "просп", "пер", "бул", "пл", "пр-д", "наб", "мкр", "мкрн", "гор", "дер", "пос",
    "хут", "им",
})  # fmt: skip
"""Short forms that a full stop may follow without ending anything."""
_STOP_POS = {"PREP", "CONJ", "PRCL", "NPRO", "VERB", "INFN", "ADVB", "INTJ", "PRED", "GRND", "NUMR"}


@dataclass(frozen=True)
class Draft:
    """An address being read; `start` and `end` are in the view, `street_id` is set for a street of the region."""

    start: int
    end: int
    street: str | None = None
    street_id: str | None = None
    kind: str | None = None
    house: str | None = None
    building: str | None = None
    flat: str | None = None
    settlement: str | None = None
    settlement_kind: str | None = None


class Scene:
    """One message: `text` as written, `view` and `seen` (its text) with digits for spoken numbers, `words` of it."""

    def __init__(self, text: str, view: View) -> None:
        self.text = text
        self.view = view
        self.seen = view.text
        self.words = words(view.text)

    def near(self, one: Word, other: Word) -> bool:
        """True if nothing ends between two neighbours; a full stop may stand after an abbreviation only."""
        between = self.seen[one.end : other.start]
        if len(one.form) == 1 or one.form in ABBREVIATED:
            between = between.removeprefix(".")
        return len(between) <= 3 and not between.strip(' \u00a0«"')

    def is_capital(self, word: Word) -> bool:
        """Capitalised by choice: not as the first word of the message, and not in a message all in capitals."""
        start, _ = self.view.span(word.start, word.end)
        return start > 0 and self.text[start].isupper() and not self.text[start:].isupper()


def stops(word: Word) -> bool:
    """True for words that cannot be part of a name: prepositions, verbs, adverbs…"""
    first = parses(word.form)[0]
    return first.pos in _STOP_POS and first.known and first.score > 0.4


def title(form: str) -> str:
    if form == "лет" or form[0].isdigit():
        return form
    return "-".join(piece[:1].upper() + piece[1:] for piece in form.split("-"))


def adjective_name(form: str, gender: str) -> str:
    for parse in parses(form):
        if parse.pos == "ADJF" and "sing" in parse.grammemes and gender in parse.grammemes:
            return title(inflect(parse, {"nomn", "sing", gender}))
    return title(form)
