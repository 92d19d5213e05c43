"""Street names of the region: how a name is stored («Садовая улица») and how people say it («на садовой»)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlu.entities.morph import is_known, parses
from nlu.entities.spans import Word, words
from nlu.entities.typos import TypoIndex

# Kind of street → what people write for it. Dots are not part of a word.
KINDS: dict[str, tuple[str, ...]] = {
    "улица": ("улица", "улицы", "улице", "улицу", "улицей", "улицах", "ул", "улиц"),
    "проспект": ("проспект", "проспекта", "проспекте", "проспекту", "проспектом", "пр-т", "пр-кт", "просп", "пр-те"),
    "переулок": ("переулок", "переулка", "переулке", "переулку", "переулком", "пер"),
    "бульвар": ("бульвар", "бульвара", "бульваре", "бульвару", "б-р", "бул"),
    "шоссе": ("шоссе", "ш"),
    "площадь": ("площадь", "площади", "площадью", "пл"),
    "проезд": ("проезд", "проезда", "проезде", "проезду", "пр-д"),
    "набережная": ("набережная", "набережной", "набережную", "наб"),
    "микрорайон": ("микрорайон", "микрорайона", "микрорайоне", "мкр", "мкрн", "мкр-н"),
    "тупик": ("тупик", "тупика", "тупике"),
    "аллея": ("аллея", "аллеи", "аллее", "аллею"),
    "тракт": ("тракт", "тракта", "тракте"),
    "квартал": ("квартал", "квартала", "квартале"),
}
KIND_OF = {form: kind for kind, forms in KINDS.items() for form in forms}
_FEMININE = {"улица", "площадь", "набережная", "аллея"}
_NEUTER = {"шоссе"}


@dataclass(frozen=True)
class Street:
    """A street of the region; `title` is the official name, `kind` a key of KINDS, `forms` its folded name words."""

    id: str
    title: str
    kind: str
    forms: tuple[str, ...]
    adjective: bool


def gender_of(kind: str) -> str:
    """Grammatical gender of a kind of street, in OpenCorpora names."""
    return "femn" if kind in _FEMININE else "neut" if kind in _NEUTER else "masc"


def adjective_normals(form: str, gender: str) -> frozenset[str]:
    """Dictionary forms of a word read as a singular adjective of that gender; empty if it cannot be one."""
    return frozenset(
        p.normal for p in parses(form) if p.pos == "ADJF" and "sing" in p.grammemes and gender in p.grammemes
    )


def parse_street(street_id: str, title: str) -> Street | None:
    """A street from its official name; None if nothing but the kind of street is left of it."""
    found = [w.form for w in words(title)]
    kind = next((KIND_OF[f] for f in found if f in KIND_OF), "улица")
    # «Набережная улица»: of two words that can be the kind, the name is the one that is not the generic «улица».
    if "улица" in found:
        kind = "улица"
    names = tuple(f for f in found if KIND_OF.get(f) != kind)
    if not names:
        return None
    return Street(street_id, title, kind, names, bool(adjective_normals(names[-1], gender_of(kind))))


class StreetIndex:
    """The region's streets, ready to be found in a message word by word."""

    def __init__(self, streets: Iterable[Street]) -> None:
        self._by_adjective: dict[str, Street] = {}
        self._by_form: dict[str, list[tuple[tuple[str, ...], Street]]] = {}
        for street in streets:
            self._add(street)
        self._typos = TypoIndex({*self._by_form, *(s.forms[0] for s in self._by_adjective.values())})

    def _add(self, street: Street) -> None:
        if street.adjective and len(street.forms) == 1:
            for normal in adjective_normals(street.forms[0], gender_of(street.kind)):
                self._by_adjective.setdefault(normal, street)
            return
        spoken = {street.forms}
        if len(street.forms) > 1 and any("Surn" in p.grammemes for p in parses(street.forms[-1])):
            # «Карла Маркса» is also «К. Маркса» and plain «Маркса».
            spoken |= {street.forms[-1:], (street.forms[0][0], *street.forms[1:])}
        for forms in spoken:
            self._by_form.setdefault(forms[0], []).append((forms, street))

    def match(self, found: Sequence[Word], at: int, kind: str | None = None) -> tuple[Street, int] | None:
        """The street whose name starts at word `at`, and how many words it takes; the longest name wins.

        `kind` is the kind of street said beside the name, if any; it lets one slip of the finger pass.
        """
        form = found[at].form
        hit = self._exact(found, at, form)
        if hit is None and len(form) >= 6 and not is_known(form):
            near = self._typos.nearest(form)
            hit = self._exact(found, at, near) if near else None
        if hit and kind and hit[0].kind != kind and not {hit[0].kind, kind} <= {"улица", "переулок"}:
            # «Проспект Победы» and «площадь Победы» are two places.
            return None
        return hit

    def _exact(self, found: Sequence[Word], at: int, form: str) -> tuple[Street, int] | None:
        best: tuple[Street, int] | None = None
        for forms, street in self._by_form.get(form, ()):
            rest = tuple(w.form for w in found[at + 1 : at + len(forms)])
            if rest == forms[1:] and (best is None or len(forms) > best[1]):
                best = (street, len(forms))
        if best:
            return best
        for parse in parses(form):
            street_of = self._by_adjective.get(parse.normal) if parse.pos in ("ADJF", "NOUN") else None
            if street_of and parse.normal in adjective_normals(form, gender_of(street_of.kind)):
                return street_of, 1
        return None
