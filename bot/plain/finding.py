"""What the plain-language rules find in a text, and the Russian names of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "officialese", "split", "nominal", "passive", "genitives", "long_sentence", "long_word", "brackets", "participles",
    "negative", "symbols", "shouting", "abbreviation", "term", "tone",
]  # fmt: skip
KINDS: Mapping[Kind, str] = {
    "officialese": "канцелярит",
    "split": "расщеплённое сказуемое",
    "nominal": "отглагольные слова",
    "passive": "страдательный залог",
    "genitives": "цепочка родительных",
    "long_sentence": "длинное предложение",
    "long_word": "длинное слово",
    "brackets": "скобки",
    "participles": "причастные обороты",
    "negative": "отрицание",
    "symbols": "особые знаки",
    "shouting": "крик",
    "abbreviation": "сокращение",
    "term": "термин",
    "tone": "холодный тон",
}
"""Every rule's name for editors and operators."""


@dataclass(frozen=True)
class Finding:
    """Something to change: characters `start` to `end` of the text, a hint in Russian, and better words if some fit as they are."""

    kind: Kind
    start: int
    end: int
    quote: str
    hint: str
    better: str = ""


def found(kind: Kind, text: str, start: int, end: int, hint: str, better: str = "") -> Finding:
    """A finding at a place of the text."""
    return Finding(kind, start, end, text[start:end], hint, better)
