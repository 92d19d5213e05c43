"""The score: readability and what the rules find, weighed as measured against hand-rated texts (docs/plain-language.md)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.plain.finding import Finding, Kind
from bot.plain.genitives import genitives
from bot.plain.length import brackets, long_sentences, long_words, participles
from bot.plain.negation import negative
from bot.plain.officialese import officialese
from bot.plain.overlaps import settled
from bot.plain.readability import readability
from bot.plain.sentences import Passage, Sentence, passage
from bot.plain.symbols import shouting, symbols
from bot.plain.terms import abbreviations, terms
from bot.plain.tone import cold
from bot.plain.verbs import split_predicates, verbal_nouns
from bot.plain.voice import passive

PLAIN, FAIR = 80, 60
"""Scores from which a text is plain, and from which it could be simpler; below speaks an office."""
EASY, HARD = 60.0, -25.0
"""Readability that costs nothing and that costs `LENGTH_COST`. Everyday answers lie between 20 and 70."""
HARDEST = 1.2
"""Times `LENGTH_COST` that readability may cost at most."""
ENOUGH_WORDS = 14
"""Fewer words say little by their length: the formula counts in part."""
PER_WORDS = 40
"""In longer texts a finding weighs less: this many words bear its whole weight."""
LENGTH_COST = 56.0
"""What long words and sentences cost at `HARD`, in hundredths of `e`: 100 leaves a third of the score."""
WEIGHTS: Mapping[Kind, float] = {
    "officialese": 9, "split": 10, "nominal": 11, "passive": 5, "genitives": 11, "long_sentence": 11, "long_word": 10,
    "brackets": 10, "participles": 11, "negative": 8, "symbols": 10, "shouting": 10, "abbreviation": 8, "term": 8, "tone": 13,
}  # fmt: skip
"""What one finding costs in a short text, in the same measure. `python -m benchmarks.plain --fit` proposes them."""

_OF_SENTENCE: tuple[Callable[[Sentence], Iterator[Finding]], ...] = (
    split_predicates, passive, officialese, cold, negative, genitives, symbols, shouting, verbal_nouns, participles, brackets,
    long_words, long_sentences,
)  # fmt: skip
_OF_TEXT: tuple[Callable[[Passage], Iterator[Finding]], ...] = (terms, abbreviations)


@dataclass(frozen=True)
class Assessment:
    """`score` from 0 (nobody understands) to 100 (plain); findings in the order of the text. `readability` is Flesch's figure."""

    score: int
    findings: tuple[Finding, ...]
    readability: float
    words: int
    sentences: int

    @property
    def verdict(self) -> str:
        """The score in a word."""
        return verdict(self.score)


def verdict(score: int) -> str:
    """«понятно», «можно проще» or «канцелярит»."""
    if score >= PLAIN:
        return "понятно"
    return "можно проще" if score >= FAIR else "канцелярит"


def assess(text: str) -> Assessment:
    """Judge a text. An empty one is plain. Some 3 ms for 500 characters; the first call loads a dictionary and textstat."""
    cut = passage(text)
    if not cut.sentences or all(word.text.isdigit() for word in cut.words):
        return Assessment(100, (), 100.0, len(cut.words), len(cut.sentences))
    findings = settled(_all(cut))
    ease = readability(cut)
    score = 100.0 * math.exp(-sum(costs(findings, ease, len(cut.words)).values()) / 100)
    return Assessment(round(score), findings, ease, len(cut.words), len(cut.sentences))


def costs(findings: tuple[Finding, ...], ease: float, words: int) -> dict[str, float]:
    """What is lost by rule, and by «length»; the score is 100 · exp(−sum / 100), so the tenth fault costs less than the first."""
    hardness, weight = features(findings, ease, words)
    return {"length": LENGTH_COST * hardness} | {kind: WEIGHTS[kind] * count for kind, count in weight.items()}


def features(findings: tuple[Finding, ...], ease: float, words: int) -> tuple[float, dict[Kind, float]]:
    """What the weights are multiplied with: hardness of reading from 0 to 1, and findings by rule, fewer in a long text."""
    hardness = min(HARDEST, max(0.0, (EASY - ease) / (EASY - HARD))) * min(1.0, words / ENOUGH_WORDS)
    share = min(1.0, PER_WORDS / words)
    counted: dict[Kind, float] = {}
    for finding in findings:
        counted[finding.kind] = counted.get(finding.kind, 0.0) + share
    return hardness, counted


def _all(cut: Passage) -> Iterator[Finding]:
    for look in _OF_TEXT:
        yield from look(cut)
    for rule in _OF_SENTENCE:
        for sentence in cut.sentences:
            yield from rule(sentence)
