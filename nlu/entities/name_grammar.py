"""Grammar of personal names: which parts agree in case and gender, and how they sound in the nominative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.entities.morph import Parse, inflect, parses
from nlu.entities.spans import Word

ROLES = {"surname": "Surn", "name": "Name", "patronymic": "Patr"}
"""Parts of a name and their OpenCorpora grammemes."""


@dataclass(frozen=True)
class Part:
    """One word of a name and the role it plays: surname, name or patronymic; `tail` is «оглы» and the like."""

    role: str
    word: Word
    tail: str = ""


def readings(word: Word, role: str) -> list[Parse]:
    tag = ROLES[role]
    return [p for p in parses(word.form) if tag in p.grammemes and "plur" not in p.grammemes]


def likelihood(word: Word, tag: str) -> float:
    return sum(p.score for p in parses(word.form) if tag in p.grammemes and "plur" not in p.grammemes)


def has_reading(word: Word, tag: str) -> bool:
    return likelihood(word, tag) > 0


def _cases(part: Part) -> dict[tuple[str, str], float]:
    """(case, gender) → probability for one part; empty if its form says nothing."""
    table: dict[tuple[str, str], float] = {}
    if part.tail:
        return table
    for parse in readings(part.word, part.role):
        genders = {"masc", "femn"} & parse.grammemes or {"masc", "femn"}
        cases = parse.grammemes & {"nomn", "gent", "datv", "accs", "ablt", "loct"}
        for case in cases:
            for gender in genders:
                table[case, gender] = max(table.get((case, gender), 0.0), parse.score)
    return table


def agreement(parts: Sequence[Part]) -> dict[tuple[str, str], float]:
    """Cases and genders all parts can share, with a joint weight; parts of unknown form agree with anything."""
    tables = [table for part in parts if (table := _cases(part))]
    if not tables:
        return {("nomn", "masc"): 1.0}
    shared = set(tables[0]).intersection(*tables[1:])
    weights = {}
    for key in shared:
        weight = 1.0
        for table in tables:
            weight *= table[key]
        weights[key] = weight
    return weights


def best_agreement(parts: Sequence[Part]) -> tuple[str, str]:
    """The case and gender of a name: the nominative where it fits, since that is how people introduce themselves."""
    weights = agreement(parts)
    if not weights:
        return "nomn", "masc"
    nominative = {key: weight for key, weight in weights.items() if key[0] == "nomn"}
    choice = nominative or weights
    return max(sorted(choice), key=lambda key: choice[key])


def nominative(part: Part, agreed: tuple[str, str]) -> str:
    """The part in the nominative with capital letters."""
    case, gender = agreed
    form = part.word.form
    if case != "nomn" and not part.tail:
        fitting = [
            p
            for p in (readings(part.word, part.role) or parses(form))
            if case in p.grammemes and (gender in p.grammemes or "ms-f" in p.grammemes)
        ]
        if fitting:
            form = inflect(fitting[0], {"nomn", "sing"} | ({gender} & fitting[0].grammemes))
    shown = "-".join(piece.capitalize() for piece in form.split("-"))
    return f"{shown} {part.tail}" if part.tail else shown
