"""Towns and villages: those of the region by name, others by «деревня», «г.» and the like before a name."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.entities.morph import is_known, parses
from nlu.entities.scene import Draft, Scene, adjective_name, stops, title
from nlu.entities.spans import Found, Word
from nlu.entities.streets import KIND_OF

SETTLEMENT_OF = {
    form: kind
    for kind, forms in {
        "город": "город города городе г гор",
        "деревня": "деревня деревни деревне деревню дер д",
        "село": "село села селе с",
        "посёлок": "поселок поселка поселке пос п",
        "посёлок городского типа": "пгт",
        "хутор": "хутор хутора хуторе х хут",
        "станица": "станица станицы станице ст-ца",
        "СНТ": "снт днт",
    }.items()
    for form in forms.split()
}


def settlements(scene: Scene, known: Sequence[Found]) -> list[Draft]:
    """Settlements of a message: `known` ones of the region, whose values are official names, and any other."""
    drafts = [_known(scene, item) for item in known]
    for at in range(len(scene.words) - 1):
        name = scene.words[at + 1]
        if any(draft.start <= name.start < draft.end for draft in drafts):
            continue
        kind = _announced(scene, at)
        if kind:
            drafts.append(_unknown(scene, at, kind))
    return drafts


def _known(scene: Scene, item: Found) -> Draft:
    start, end = scene.view.at(item.start), scene.view.at(item.end)
    # «Деревня» before the name belongs to the address.
    for word in scene.words:
        if word.form in SETTLEMENT_OF and 0 <= start - word.end <= 2:
            start = word.start
    kind, _, name = str(item.value).partition(" ")
    if not name or kind.lower().replace("ё", "е") not in (*SETTLEMENT_OF, "станция"):
        return Draft(start, end, settlement=str(item.value))
    return Draft(start, end, settlement=name, settlement_kind=kind)


def _announced(scene: Scene, at: int) -> str | None:
    """The kind of settlement word `at` stands for if a name follows it; «с» and «п» only as «с. Дичня», «п. Искра»."""
    word, name = scene.words[at], scene.words[at + 1]
    kind = SETTLEMENT_OF.get(word.form)
    if not kind or not scene.near(word, name) or name.form[0].isdigit():
        return None
    capital = scene.is_capital(name)
    if len(word.form) <= 3:
        dotted = scene.seen[word.end : word.end + 1] == "." and word.form != "д"
        return kind if capital and (dotted or word.form in ("пгт", "снт", "днт")) else None
    return kind if capital or _is_settlement_name(name, kind) else None


def _unknown(scene: Scene, at: int, kind: str) -> Draft:
    name = scene.words[at + 1]
    second = scene.words[at + 2] if at + 2 < len(scene.words) else None
    # «Село Красная Горка», but not «посёлок Юбилейный Курского района».
    phrase = second is not None and parses(name.form)[0].pos == "ADJF" and parses(second.form)[0].pos == "NOUN"
    if second and phrase and scene.near(name, second) and scene.is_capital(second) and second.form not in KIND_OF:
        shown = f"{title(name.form)} {_settlement_name(second.form, kind)}"
        return Draft(scene.words[at].start, second.end, settlement=shown, settlement_kind=kind)
    shown = _settlement_name(name.form, kind)
    return Draft(scene.words[at].start, name.end, settlement=shown, settlement_kind=kind)


def _is_settlement_name(word: Word, kind: str) -> bool:
    if stops(word):
        return False
    if any("Geox" in p.grammemes for p in parses(word.form)):
        return True
    # A word the dictionary does not know, behind «деревня», is its name.
    return not is_known(word.form) and len(word.form) > 3 and kind != "город"


def _settlement_name(form: str, kind: str) -> str:
    """The name in the nominative where the analyser knows it as a place or an adjective; else as said."""
    for parse in parses(form):
        if "Geox" in parse.grammemes and "plur" not in parse.grammemes:
            return title(parse.normal)
    gender = {"деревня": "femn", "станица": "femn", "село": "neut"}.get(kind, "masc")
    return adjective_name(form, gender) if parses(form)[0].pos == "ADJF" else title(form)
