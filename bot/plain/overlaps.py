"""Decides which of several hits at one place are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from bot.plain.finding import Finding
from bot.services.phrases import Found

T = TypeVar("T")
WIDE = 40
"""Characters; a longer finding is about a whole sentence and may hold others."""
OF_SENTENCES = frozenset(("long_sentence", "nominal", "participles", "brackets"))
"""Rules that speak of a whole sentence, however short."""


def longest(hits: Sequence[Found[T]]) -> list[Found[T]]:
    """Of phrases that share words the longest one."""
    kept: list[Found[T]] = []
    for one in sorted(hits, key=lambda f: (f.first - f.last, f.first)):
        if all(one.last < other.first or one.first > other.last for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.first)


def settled(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the order of the text. The rule that saw a place first keeps it; whole sentences may hold others."""
    kept: list[Finding] = []
    for one in findings:
        if is_wide(one) or all(one.end <= o.start or one.start >= o.end for o in kept if not is_wide(o)):
            kept.append(one)
    return tuple(sorted(kept, key=lambda f: (f.start, is_wide(f))))


def is_wide(finding: Finding) -> bool:
    """Whether it is about a whole sentence rather than a word; such a one has no better wording."""
    return finding.kind in OF_SENTENCES or finding.end - finding.start > WIDE and not finding.better
