"""How plainly a Russian text speaks: a score from 0 to 100, and what to change, with places; for operators and editors.

Readability is Flesch's formula with I. V. Oborneva's coefficients for Russian (И. В. Оборнева, «Автоматизация оценки качества
восприятия текста», 2005, and her dissertation of 2006): 206.835 − 1.3 · words per sentence − 60.1 · syllables per word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

from bot.plain.words import COLD, DEEDS, LIGHT_VERBS, PASSIVE_VERBS, PLAIN_NOUNS, SHORTENED, STAMPS
from bot.plain.sentences import Sentence, sentences_of, syllables_of, together
from bot.services.phrases import Found, PhraseBook, analyser, tokens

T = TypeVar("T")
Kind = Literal["long_sentence", "officialese", "nominal", "passive", "genitives", "tone", "abbreviation", "shouting"]

LONG_SENTENCE = 20
"""Words; more than that is hard to keep in mind at one reading."""
CHAIN = 3
"""Genitives in a row: «порядок рассмотрения заявлений граждан»."""
MANY_NOMINAL = 3
"""Deeds as nouns in one sentence."""
WIDE = 40
"""Characters; a longer finding is about a whole sentence."""
ENOUGH_WORDS = 14
"""Fewer words say little by their length: the formula counts in part."""
EASY, HARD = 50.0, -25.0
"""Readability that is worth 100 and 0. Everyday answers about services lie between 20 and 60: «госпошлина» cannot be shortened."""

_WEIGHT: dict[Kind, float] = {
    "long_sentence": 8, "officialese": 7, "nominal": 7, "passive": 6, "genitives": 7, "tone": 9, "abbreviation": 4, "shouting": 5,
}  # fmt: skip
_PER_WORDS = 40
"""In longer texts a finding weighs less: this many words bear its whole weight."""


@dataclass(frozen=True)
class Finding:
    """Something to change: characters `start` to `end` of the text, a hint in Russian, and words to put there, if any fit."""

    kind: Kind
    start: int
    end: int
    quote: str
    hint: str
    better: str = ""


@dataclass(frozen=True)
class Assessment:
    """`score` from 0 (nobody understands) to 100 (plain); findings in the order of the text. `readability` is Oborneva's figure."""

    score: int
    findings: tuple[Finding, ...]
    readability: float
    words: int
    sentences: int


def assess(text: str) -> Assessment:
    """Judge a text. An empty one is plain. Takes about 10 ms for 500 characters once the dictionary is loaded."""
    words = tokens(text, limit=len(text) + 1)
    spoken = [w for w in words if not w.text.isdigit()]
    sentences = list(sentences_of(text, words))
    if not spoken or not sentences:
        return Assessment(100, (), 100.0, len(words), len(sentences))
    syllables = sum(syllables_of(w.text) for w in spoken)
    readability = 206.835 - 1.3 * len(words) / len(sentences) - 60.1 * syllables / len(spoken)
    findings = _without_overlap(
        finding for look in _LOOKS for sentence in sentences for finding in look(text, sentence)
    )
    easy = min(1.0, max(0.0, (readability - HARD) / (EASY - HARD)))
    share = min(1.0, len(words) / ENOUGH_WORDS)
    lost = sum(_WEIGHT[f.kind] for f in findings) * min(1.0, _PER_WORDS / len(words))
    score = 100 * (1 - share * (1 - easy) * 0.6) - 2 * lost
    return Assessment(round(min(100, max(0, score))), findings, round(readability, 1), len(words), len(sentences))


def _long(text: str, sentence: Sentence) -> Iterator[Finding]:
    count = len(sentence.words)
    if count > LONG_SENTENCE:
        first, last = sentence.words[0], sentence.words[-1]
        hint = f"Длинное предложение, слов: {count}. Разделите на два."
        yield _finding("long_sentence", text, first.start, last.end, hint)


def _stamps(text: str, sentence: Sentence) -> Iterator[Finding]:
    for found in _longest(_stamp_book().find(sentence.words)):
        first, last = sentence.words[found.first], sentence.words[found.last]
        phrase, plain = found.value
        exact = plain if phrase.startswith("=") and "|" not in phrase else ""
        quote = text[first.start : last.end]
        yield _finding(
            "officialese", text, first.start, last.end, f"Канцелярит. Проще: «{plain}».", _like(quote, exact)
        )


def _cold(text: str, sentence: Sentence) -> Iterator[Finding]:
    for found in _longest(_cold_book().find(sentence.words)):
        first, last = sentence.words[found.first], sentence.words[found.last]
        yield _finding("tone", text, first.start, last.end, f"Звучит холодно. {found.value}")


def _nominal(text: str, sentence: Sentence) -> Iterator[Finding]:
    """«Осуществить оплату», and sentences full of deeds made into nouns."""
    words = sentence.words
    deeds = []
    for at, word in enumerate(words):
        if _normal(word.text) in LIGHT_VERBS:
            for other in words[at + 1 : at + 4]:
                noun = _normal(other.text)
                if noun in _DEEDS:
                    hint = f"Одним глаголом короче: «{_DEEDS[noun]}»."
                    yield _finding("nominal", text, word.start, other.end, hint)
                    break
        if _is_deed(word.text):
            deeds.append(word)
    if len(deeds) >= MANY_NOMINAL:
        listed = ", ".join(f"«{w.text}»" for w in deeds[:3])
        hint = f"Много отглагольных слов: {listed}. Скажите глаголами, кто что делает."
        yield _finding("nominal", text, deeds[0].start, deeds[-1].end, hint)


def _passive(text: str, sentence: Sentence) -> Iterator[Finding]:
    """«Было принято решение», «рассматривается»: nobody does anything."""
    words = sentence.words
    for at, word in enumerate(words):
        if word.text in ("был", "была", "было", "были", "будет", "будут"):
            for other in words[at + 1 : at + 3]:
                if _is_passive_participle(other.text):
                    hint = "Скажите, кто это сделал: «мы решили», «ведомство отправило»."
                    yield _finding("passive", text, word.start, other.end, hint)
                    break
        elif word.text.endswith(("ся", "сь")) and _normal(word.text) in PASSIVE_VERBS:
            yield _finding("passive", text, word.start, word.end, "Скажите, кто это делает: «мы рассматриваем».")


def _genitives(text: str, sentence: Sentence) -> Iterator[Finding]:
    words, at = sentence.words, 0
    while at < len(words):
        end, nouns, last = at, 0, at
        while end < len(words) and (kind := _genitive(words[end].text)) and together(text, words, at, end):
            nouns += kind == "noun"
            last = end if kind == "noun" else last
            end += 1
        if nouns >= CHAIN:
            begin = at - 1 if at and together(text, words, at - 1, at) else at
            hint = "Цепочка родительных падежей. Скажите глаголом или разделите."
            yield _finding("genitives", text, words[begin].start, words[last].end, hint)
        at = max(end, at + 1)


def _shortened_words(text: str, sentence: Sentence) -> Iterator[Finding]:
    """Abbreviations that have to be spelled out, and words in capitals."""
    for word in sentence.words:
        written = text[word.start : word.end]
        if len(written) < 2 or not written.isupper():
            continue
        if plain := SHORTENED.get(written):
            yield _finding("abbreviation", text, word.start, word.end, f"Расшифруйте: «{plain}».", plain)
        elif len(written) >= 5 and analyser().word_is_known(written.lower()):
            hint = "Заглавные буквы читаются как крик."
            yield _finding("shouting", text, word.start, word.end, hint, written.lower())


def _bangs(text: str, sentence: Sentence) -> Iterator[Finding]:
    for found in re.finditer(r"[!?]*!{2,}|!\?|\?{3,}", text[sentence.start : sentence.end]):
        start = sentence.start + found.start()
        hint = "Одного знака хватит: больше — уже крик."
        yield _finding("shouting", text, start, start + len(found[0]), hint, found[0][-1])


_LOOKS: tuple[Callable[[str, Sentence], Iterator[Finding]], ...] = (
    _stamps, _cold, _nominal, _passive, _genitives, _shortened_words, _bangs, _long,
)  # fmt: skip
_DEEDS = {noun.replace("ё", "е"): verb for noun, verb in DEEDS.items()}


def _finding(kind: Kind, text: str, start: int, end: int, hint: str, better: str = "") -> Finding:
    return Finding(kind, start, end, text[start:end], hint, better)


def _like(quote: str, plain: str) -> str:
    """Plain words with a capital where the replaced ones had it."""
    return plain[:1].upper() + plain[1:] if quote[:1].isupper() else plain


def _longest(found: Sequence[Found[T]]) -> list[Found[T]]:
    kept: list[Found[T]] = []
    for one in sorted(found, key=lambda f: (f.first - f.last, f.first)):
        if all(one.last < other.first or one.first > other.last for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.first)


def _without_overlap(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    """The first look that saw a place keeps it; whole sentences and lists of deeds may hold others."""
    kept: list[Finding] = []
    for one in findings:
        narrow = (other for other in kept if not _is_wide(other))
        if _is_wide(one) or all(one.end <= other.start or one.start >= other.end for other in narrow):
            kept.append(one)
    return tuple(sorted(kept, key=lambda f: (f.start, _is_wide(f))))


def _is_wide(finding: Finding) -> bool:
    return finding.end - finding.start > WIDE


@lru_cache(maxsize=1)
def _stamp_book() -> PhraseBook[tuple[str, str]]:
    return PhraseBook([(phrase, (phrase, plain)) for phrase, plain in STAMPS.items()])


@lru_cache(maxsize=1)
def _cold_book() -> PhraseBook[str]:
    return PhraseBook(COLD.items())


@lru_cache(maxsize=20_000)
def _normal(word: str) -> str:
    return str(analyser().parse(word)[0].normal_form).replace("ё", "е")


@lru_cache(maxsize=20_000)
def _is_deed(word: str) -> bool:
    noun = _normal(word)
    return noun.endswith(("ние", "тие")) and len(noun) > 6 and noun not in PLAIN_NOUNS


@lru_cache(maxsize=20_000)
def _is_passive_participle(word: str) -> bool:
    parse = analyser().parse(word)[0]
    return "PRTS" in parse.tag or "PRTF" in parse.tag and "pssv" in parse.tag and "ablt" in parse.tag


@lru_cache(maxsize=20_000)
def _genitive(word: str) -> Literal["noun", "adjective", ""]:
    """Whether a word can only be read as a genitive here; what has a likelier other reading is none."""
    parses = analyser().parse(word)
    best = parses[0]
    if best.tag.POS == "NOUN" and any(p.tag.POS == "NOUN" and p.tag.case == "gent" and p.score > 0.2 for p in parses):
        return "noun"
    if best.tag.POS in ("ADJF", "PRTF") and any(p.tag.case == "gent" for p in parses):
        return "adjective"
    return ""
