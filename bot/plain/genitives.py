"""Chains of genitives."""

from __future__ import annotations

from collections.abc import Iterator

from bot.plain.finding import Finding, found
from bot.plain.grammar import genitive
from bot.plain.sentences import Sentence

CHAIN = 3
"""Genitives in a row: «порядок рассмотрения заявлений граждан»."""


def genitives(sentence: Sentence) -> Iterator[Finding]:
    """«Порядок рассмотрения заявлений жителей города».

    Source: textbooks of Russian style (chains of genitives are hard to read; say nouns in -ние as verbs); NARA Style Guide,
    1.4.2 («avoid noun strings»).
    """
    words, at = sentence.words, 0
    while at < len(words):
        end, nouns, last = at, 0, at
        while (
            end < len(words) and (kind := genitive(words[end].text)) and (end == at or sentence.together(end - 1, end))
        ):
            nouns += kind == "noun"
            last = end if kind == "noun" else last
            end += 1
        if nouns >= CHAIN:
            begin = at - 1 if at and sentence.together(at - 1, at) else at
            hint = "Цепочка родительных падежей. Скажите глаголом или разделите."
            yield found("genitives", sentence.text, words[begin].start, words[last].end, hint)
        at = max(end, at + 1)
