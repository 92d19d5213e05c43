"""Where a message names a street: with «улица» beside it, or by the name alone with a sign that it is a place."""

from __future__ import annotations

from nlu.entities import unknown_streets
from nlu.entities.houses import house_follows
from nlu.entities.morph import parses
from nlu.entities.scene import Draft, Scene
from nlu.entities.spans import Word
from nlu.entities.streets import KIND_OF, Street, StreetIndex

ASKED_PLACE = frozenset({"address", "street", "location", "problem_address", "place"})
"""Slots that ask for a place; a bare street name is then enough."""
_SHORT_ANSWER = 6
"""Words. In a longer message a bare name is not taken for an answer."""
_PLACE_WORDS = frozenset({
    "на", "по", "с", "у", "около", "возле", "вдоль", "угол", "напротив", "до", "от", "между",
})  # fmt: skip
_CASES = frozenset({"nomn", "gent", "datv", "accs", "ablt", "loct"})
_GENDERS = frozenset({"masc", "femn", "neut"})


def street_at(scene: Scene, at: int, streets: StreetIndex, expected: str | None) -> tuple[Draft, int] | None:
    """The street at word `at` and the index of the word after it."""
    kind = _kind(scene, at)
    hit = (_after_kind(scene, at, kind, streets) if kind else None) or _before_kind(scene, at, streets)
    return hit or _bare(scene, at, streets, expected)


def _kind(scene: Scene, at: int) -> str | None:
    """The kind of street word `at` stands for; «ш», «б-р» and other short forms only with a full stop."""
    word = scene.words[at]
    kind = KIND_OF.get(word.form)
    if kind and len(word.form) <= 2 and word.form not in ("ул", "пл") and scene.seen[word.end : word.end + 1] != ".":
        return None
    return kind


def _after_kind(scene: Scene, at: int, kind: str, streets: StreetIndex) -> tuple[Draft, int] | None:
    """«Улица Ленина»."""
    word = scene.words[at]
    if at + 1 >= len(scene.words) or not scene.near(word, scene.words[at + 1]):
        return None
    known = streets.match(scene.words, at + 1, kind)
    if known:
        return _known(scene, at, at + known[1], known[0]), at + known[1] + 1
    unknown = unknown_streets.name_after(scene, at + 1, kind)
    if not unknown:
        return None
    name, size = unknown
    return Draft(word.start, scene.words[at + size].end, name, kind=kind), at + size + 1


def _before_kind(scene: Scene, at: int, streets: StreetIndex) -> tuple[Draft, int] | None:
    """«Садовая улица», «невский проспект»; in «Садовая, улица Ленина» the kind belongs to what follows."""
    known = streets.match(scene.words, at)
    behind = at + (known[1] if known else 1)
    kind = _kind(scene, behind) if behind < len(scene.words) else None
    if not kind or not scene.near(scene.words[behind - 1], scene.words[behind]):
        return None
    goes_on = behind + 1 < len(scene.words) and scene.near(scene.words[behind], scene.words[behind + 1])
    if goes_on and streets.match(scene.words, behind + 1, kind):
        return None
    known = streets.match(scene.words, at, kind)
    if known:
        return _known(scene, at, behind, known[0]), behind + 1
    name = unknown_streets.name_before(scene, at, kind) if behind == at + 1 else None
    if not name:
        return None
    return Draft(scene.words[at].start, scene.words[behind].end, name, kind=kind), behind + 1


def _bare(scene: Scene, at: int, streets: StreetIndex, expected: str | None) -> tuple[Draft, int] | None:
    """«На Садовой», «Ленина 5»: a name with no kind of street."""
    asked = expected in ASKED_PLACE
    known = streets.match(scene.words, at)
    if known is None:
        draft = unknown_streets.guess(scene, at, asked)
        return (draft, at + 1) if draft else None
    last = at + known[1] - 1
    answer = asked and len(scene.words) <= _SHORT_ANSWER
    if not answer and not _is_place(scene, at, last, known[0]):
        return None
    return _known(scene, at, last, known[0]), last + 1


def _is_place(scene: Scene, at: int, last: int, street: Street) -> bool:
    """Whether a known name at words `at`…`last` is meant as a street: ordinary words are names of streets too."""
    if house_follows(scene.seen, scene.words[last].end):
        return True
    follower = scene.words[last + 1] if last + 1 < len(scene.words) else None
    beside = follower is not None and scene.near(scene.words[last], follower)
    if follower and beside and street.adjective and _modifies(scene.words[last], follower):
        return False
    if at == 0:
        return False
    return scene.words[at - 1].form in _PLACE_WORDS or (street.adjective and scene.is_capital(scene.words[at]))


def _modifies(word: Word, follower: Word) -> bool:
    """True if an adjective and the next word agree and so are one phrase («на школьной площадке»)."""
    shapes = [p.grammemes & (_CASES | _GENDERS) for p in parses(word.form) if p.pos == "ADJF" and "sing" in p.grammemes]
    return any(
        p.grammemes & (_CASES | _GENDERS) in shapes
        for p in parses(follower.form)
        if p.pos in ("NOUN", "ADJF") and "sing" in p.grammemes and p.score >= 0.05
    )


def _known(scene: Scene, first: int, last: int, street: Street) -> Draft:
    """The draft of a street of the region named at words `first`…`last`; its name as the region's list spells it."""
    parts = street.title.split()
    name = " ".join(p for p in parts if KIND_OF.get(p.lower().rstrip(".").replace("ё", "е")) != street.kind)
    return Draft(scene.words[first].start, scene.words[last].end, name, street.id, street.kind)
