"""Signs that are hard to read aloud, and letters that shout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.plain.finding import Finding, found
from bot.plain.grammar import parses
from bot.plain.sentences import Sentence
from bot.services.phrases import analyser

_SIGNS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"\bи\s*/\s*или\b", re.IGNORECASE), "или", "Хватит одного союза."),
    (re.compile(r"§§?\s*\d*"), "", "Скажите «раздел» или «глава»."),
    (re.compile(r"№№\s*"), "номера ", "Скажите словом."),
    (re.compile(r"(?<=\s)&(?=\s)"), "и", "Скажите словом."),
    (re.compile(r"(?<=[^\W\d])\*+(?=[\s.,;:)]|$)"), "", "Сноску человек не найдёт. Скажите это сразу."),
    (
        re.compile(r"(?<![\w/.:])[^\W\d_]{3,}(?:\s?/\s?[^\W\d_]{3,})+(?![\w/])"),
        "",
        "Вместо черты скажите «или» либо «и».",
    ),
    (re.compile(r"(?<=[^\W\d])\([а-яё]{1,3}\)"), "", "Скобка внутри слова. Выберите одну форму."),
    (re.compile(r"(?:\b(?:п|пп|ст|ч|абз)\.\s?\d+[\d.,\s]*){2,}"), "", "Номера статей уберите в конец или в ссылку."),
    (re.compile(r"[<>]\s?=?(?=\s?\d)"), "", "Скажите словами: «больше», «меньше»."),
)
_BANGS = re.compile(r"[!?]*!{2,}|!\?|\?{3,}")
LOUD = 5
"""Letters; shorter words in capitals are taken for abbreviations."""


def symbols(sentence: Sentence) -> Iterator[Finding]:
    """«и/или», «§», «№№», «&», footnotes, «родитель/опекун», «документ(ы)», heaps of articles and clauses.

    Source: Inclusive Design Research Centre, text simplification («don't use slashes: write X, or Y, or both»). The other
    signs are ours: a voice cannot say them.
    """
    text, start = sentence.text, sentence.start
    inside = text[start : sentence.end]
    for pattern, plain, hint in _SIGNS:
        for hit in pattern.finditer(inside):
            yield found("symbols", text, start + hit.start(), start + hit.end(), hint, plain)


def shouting(sentence: Sentence) -> Iterator[Finding]:
    """«СРОЧНО», «!!!».

    Source: NWT Literacy Council, writing guidelines («use upper and lower case, not all capital letters»); Rosarchiv's model
    instruction for office work, clause 17 (no exclamations).
    """
    text = sentence.text
    for word in sentence.words:
        written = text[word.start : word.end]
        if len(written) >= LOUD and written.isupper() and is_word(written):
            hint = "Заглавные буквы читаются как крик."
            yield found("shouting", text, word.start, word.end, hint, _quiet(sentence, word.start, written))
    for hit in _BANGS.finditer(text[sentence.start : sentence.end]):
        start = sentence.start + hit.start()
        hint = "Одного знака хватит: больше — уже крик."
        yield found("shouting", text, start, start + len(hit[0]), hint, hit[0][-1])


def is_word(written: str) -> bool:
    """Whether it is a word in capitals, no abbreviation."""
    return bool(analyser().word_is_known(written.lower())) and "Abbr" not in parses(written.lower())[0].tag


def _quiet(sentence: Sentence, at: int, written: str) -> str:
    opens = sentence.words[0].start == at
    return written.capitalize() if opens else written.lower()
