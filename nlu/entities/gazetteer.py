"""Names of the region's services, centres, districts and topics, found in a message in any case form.

Built from the editors' YAML, so that a service is found as soon as an editor has named it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from nlu.entities.content import Entry, read_content
from nlu.entities.morph import best_pos, is_known, parses
from nlu.entities.spans import Found, Word, words
from nlu.entities.streets import Street, StreetIndex, parse_street
from nlu.entities.typos import TypoIndex

_OTHER = "·"
"""Stands for every word no name contains, so that spaCy's string store does not grow with citizens' words."""
_FUNCTION_POS = {"PREP", "CONJ", "NPRO", "INTJ"}
_CLAUSE_POS = {"CONJ", "VERB", "INFN", "GRND"}
_PLACE_PREPOSITIONS = {"в", "во", "на", "из", "с", "со", "у", "около", "возле", "за", "до", "по"}
# A full stop after a short word is an abbreviation («вод. права»).
_SENTENCE_MARK = re.compile(r"[!?;\n]|\w{5}\.\s|\.\s+[А-ЯЁ]")
_UNLIKELY = 0.05
_PLAUSIBLE = 0.1


@dataclass(frozen=True)
class _Name:
    """One spoken name of an entry; `preposition` must stand before it («на Ленина»), `weak` needs a place context."""

    entity: str
    id: str
    preposition: str | None
    weak: bool


@dataclass(frozen=True)
class _Hit:
    """A name found at content words `first`…`last`; `size` is the number of its words."""

    keys: tuple[str, ...]
    first: int
    last: int
    size: int
    exact: bool


class Gazetteer:
    """All named things of the region; immutable once built, may be shared by threads that only read."""

    def __init__(self, entries: Iterable[Entry], streets: Iterable[tuple[str, str]] = ()) -> None:
        """`streets` are pairs of id and official name."""
        self.entries = tuple(entries)
        self._street_names = tuple(streets)
        parsed = (parse_street(street_id, title) for street_id, title in self._street_names)
        self.streets: tuple[Street, ...] = tuple(s for s in parsed if s)
        self.street_index = StreetIndex(self.streets)
        self.titles = {(e.entity, e.id): e.title for e in self.entries}
        self._keys = _keys(w.form for e in self.entries for p in e.phrases for w in words(p))
        self._typos = TypoIndex(self._keys)
        self._names = self._collect_names()
        self._groups_of: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for keys in self._names:
            for key in set(keys):
                self._groups_of[key].append(keys)
        self._vocab = spacy.blank("ru").vocab
        self._matcher = PhraseMatcher(self._vocab, attr="LEMMA")
        for keys in self._names:
            self._matcher.add("\n".join(keys), [self._doc(keys)])

    @classmethod
    def from_folder(cls, folder: str | Path) -> Gazetteer:
        """Reads services.yml, centres.yml, region.yml and topics.yml; a missing file or bad item is left out."""
        return cls(*read_content(folder))

    def to_dict(self) -> dict[str, Any]:
        """All that is needed to build the same gazetteer again, as plain JSON values."""
        entries = [{"entity": e.entity, "id": e.id, "title": e.title, "phrases": list(e.phrases)} for e in self.entries]
        return {"entries": entries, "streets": [list(pair) for pair in self._street_names]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Gazetteer:
        """The gazetteer that `to_dict` described."""
        entries = [Entry(e["entity"], e["id"], e["title"], tuple(e["phrases"])) for e in data.get("entries", [])]
        return cls(entries, [(str(pair[0]), str(pair[1])) for pair in data.get("streets", [])])

    def find(self, text: str, expected: str | None = None) -> list[Found]:
        """Every named thing in a normalised text; the longest name wins, equal ones become `candidates`.

        `expected` is the entity the dialogue has just asked for; it lets a bare word be a district («советский»).
        """
        all_words = words(text)
        content = [(index, word) for index, word in enumerate(all_words) if not _is_function(word.form)]
        keys = [self._key(word.form) for _, word in content]
        if not any(keys):
            return []
        near = [*self._exact(keys), *self._loose(keys)]
        hits = [hit for hit in near if _is_one_phrase(hit, keys, content, all_words, text)]
        taken: list[_Hit] = []
        result: list[Found] = []
        for hit in sorted(hits, key=lambda h: (-h.size, not h.exact, h.first)):
            if any(hit.first <= other.last and other.first <= hit.last and not _same(hit, other) for other in taken):
                continue
            names = [n for n in self._names[hit.keys] if _fits(n, hit, content, all_words, expected)]
            if names:
                taken.append(hit)
                result += _found(names, hit, content, all_words)
        return _merge(result)

    def _collect_names(self) -> dict[tuple[str, ...], list[_Name]]:
        names: dict[tuple[str, ...], list[_Name]] = defaultdict(list)
        for entry in self.entries:
            for phrase in entry.phrases:
                forms = [w.form for w in words(phrase)]
                kept = [f for f in forms if not _is_function(f)]
                if not kept:
                    continue
                preposition = forms[0] if len(kept) == 1 and forms[0] != kept[0] else None
                weak = entry.entity == "district" and len(kept) == 1 and preposition is None
                name = _Name(entry.entity, entry.id, preposition, weak)
                group = names[tuple(self._key(f) or f for f in kept)]
                if name not in group:
                    group.append(name)
        return dict(names)

    def _key(self, form: str) -> str:
        """The dictionary form of a word if some name contains it, else ""."""
        direct = self._keys.get(form)
        if direct:
            return direct
        found = parses(form)
        for parse in found:
            if parse.score >= _UNLIKELY and parse.normal in self._keys:
                return self._keys[parse.normal]
        if len(form) >= 6 and not is_known(form):
            for candidate in (form, *(p.normal for p in found)):
                near = self._typos.nearest(candidate)
                if near:
                    return self._keys[near]
        return ""

    def _doc(self, keys: Sequence[str]) -> Doc:
        spelled = [key or _OTHER for key in keys]
        return Doc(self._vocab, words=spelled, lemmas=spelled)

    def _exact(self, keys: Sequence[str]) -> list[_Hit]:
        hits = []
        for label, first, after in self._matcher(self._doc(keys)):
            name = tuple(self._vocab.strings[label].split("\n"))
            hits.append(_Hit(name, first, after - 1, len(name), True))
        return hits

    def _loose(self, keys: Sequence[str]) -> list[_Hit]:
        """Names said in another word order or with one word in between."""
        places: dict[str, list[int]] = defaultdict(list)
        for index, key in enumerate(keys):
            if key:
                places[key].append(index)
        seen: Counter[tuple[str, ...]] = Counter()
        for key in places:
            seen.update(self._groups_of.get(key, ()))
        hits = []
        for name, count in seen.items():
            if len(name) < 2 or count < len(set(name)):
                continue
            for first in (index for key in set(name) for index in places[key]):
                last = _window(keys, first, name)
                if last is not None:
                    hits.append(_Hit(name, first, last, len(name), False))
        return hits


def _is_function(form: str) -> bool:
    found = parses(form)
    return bool(found) and (found[0].pos in _FUNCTION_POS or "Apro" in found[0].grammemes)


def _keys(forms: Iterable[str]) -> dict[str, str]:
    """Maps forms and dictionary forms of all words in names to one key a word.

    A form with several plausible readings («ямы»: «яма», «ям») ties them to one key, whichever reading a message gives.
    """
    parent: dict[str, str] = {}

    def root(item: str) -> str:
        while parent.setdefault(item, item) != item:
            item = parent[item]
        return item

    for form in sorted(set(forms)):
        found = parses(form)
        normals = [p.normal for p in found if p.score >= _PLAUSIBLE and p.pos == found[0].pos] or [form]
        for normal in normals:
            parent[root(normal)] = root(normals[0])
        if all(len(p.normal) > 1 for p in found[:1]):
            parent[root(form)] = root(normals[0])
    return {item: root(item) for item in list(parent)}


def _window(keys: Sequence[str], first: int, name: tuple[str, ...]) -> int | None:
    """Index of the last word of the name if it starts at `first` with at most one foreign word inside."""
    need = Counter(name)
    ordered = list(name) if any(key.isdigit() for key in name) else None
    last = None
    for index in range(first, min(len(keys), first + len(name) + 1)):
        key = keys[index]
        if need[key] > 0:
            if ordered is not None and ordered.pop(0) != key:
                return None
            need[key] -= 1
            last = index
    return last if not +need else None


def _is_one_phrase(
    hit: _Hit, keys: Sequence[str], content: Sequence[tuple[int, Word]], all_words: Sequence[Word], text: str
) -> bool:
    """False if the words of a name are parted by the end of a sentence or, in a loose find, by a clause."""
    between = text[content[hit.first][1].start : content[hit.last][1].end]
    if _SENTENCE_MARK.search(between):
        return False
    if hit.exact:
        return True
    inside = all_words[content[hit.first][0] : content[hit.last][0] + 1]
    named = {content[i][1] for i in range(hit.first, hit.last + 1) if keys[i] in hit.keys}
    return "," not in between and not any(best_pos(w.form) in _CLAUSE_POS for w in inside if w not in named)


def _same(one: _Hit, other: _Hit) -> bool:
    return one.size == other.size and one.first == other.first and one.last == other.last


def _fits(
    name: _Name, hit: _Hit, content: Sequence[tuple[int, Word]], all_words: Sequence[Word], expected: str | None
) -> bool:
    before = content[hit.first][0] - 1
    previous = all_words[before].form if before >= 0 else ""
    if name.preposition and previous != name.preposition:
        return False
    after = content[hit.last][0] + 1
    if hit.size == 1 and _says_which(all_words, after):
        return False
    if hit.size > 1 or expected == name.entity:
        return True
    follower = parses(all_words[after].form)[0] if after < len(all_words) else None
    noun_behind = follower is not None and follower.pos == "NOUN"
    if noun_behind and parses(all_words[after - 1].form)[0].pos == "ADJF":
        # «Детские» is a name, «детские площадки» is not; so is «центральный» and «центральный рынок».
        return False
    if not (name.weak or name.preposition) or len(content) <= 2:
        return True
    # «В центре», but not «в центре занятости».
    return previous in _PLACE_PREPOSITIONS and not (noun_behind and follower and "gent" in follower.grammemes)


def _says_which(words: Sequence[Word], after: int) -> bool:
    """Whether a bare «центр» is told apart by what follows: «в центре на Заречной» is not «в центре»."""
    centre = "центр" in {parse.normal for parse in parses(words[after - 1].form)[:2]}
    return centre and after + 1 < len(words) and words[after].form == "на"


def _found(
    names: Sequence[_Name], hit: _Hit, content: Sequence[tuple[int, Word]], all_words: Sequence[Word]
) -> list[Found]:
    ids: dict[str, list[str]] = {}
    start = content[hit.first][1].start
    for name in names:
        if name.preposition:
            start = all_words[content[hit.first][0] - 1].start
        if name.id not in ids.setdefault(name.entity, []):
            ids[name.entity].append(name.id)
    end = content[hit.last][1].end
    return [Found(entity, start, end, several[0], None, tuple(several)) for entity, several in ids.items()]


def _merge(found: Iterable[Found]) -> list[Found]:
    """Joins finds of one entity at one place into one with candidates."""
    merged: dict[tuple[str, int, int], Found] = {}
    for item in found:
        at = (item.entity, item.start, item.end)
        earlier = merged.get(at)
        both = tuple(dict.fromkeys((*(earlier.candidates if earlier else ()), *item.candidates)))
        merged[at] = Found(item.entity, item.start, item.end, both[0], None, both)
    return list(merged.values())
