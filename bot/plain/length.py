"""What has to be kept in mind at once: long sentences, long words, brackets, participial phrases."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from bot.plain.finding import Finding, found
from bot.plain.grammar import can_be, parses
from bot.plain.readability import syllables_of
from bot.plain.sentences import Sentence

LONG_SENTENCE = 20
"""Words; more than that is hard to keep in mind at one reading."""
LONG_WORD = 8
"""Syllables: «зарегистрированного»."""
LONG_ASIDE = 8
"""Words in brackets."""
PILE = 2
"""Participial and verbal-adverb phrases in one sentence."""
_BRACKETS = re.compile(r"\([^()]*\)")
_NESTED = re.compile(r"\([^()]*\([^()]*\)[^()]*\)")


def long_sentences(sentence: Sentence) -> Iterator[Finding]:
    """More than twenty words.

    Source: gov.uk easy read rules (10–15 words), plain-language guides (25); the Ministry of Labour's draft on «ясный язык»
    (2025): short sentences, one thought each.
    """
    count = _said(sentence)
    if count > LONG_SENTENCE:
        hint = f"Длинное предложение, слов: {count}. Разделите на два."
        yield found("long_sentence", sentence.text, sentence.words[0].start, sentence.words[-1].end, hint)


def _said(sentence: Sentence) -> int:
    """Words; a telephone or a case number with dashes counts as one."""
    words = sentence.words
    inner = sum(
        now.text.isdigit() and before.text.isdigit() and now.start - before.end == 1
        for before, now in itertools.pairwise(words)
    )
    return len(words) - inner


def long_words(sentence: Sentence) -> Iterator[Finding]:
    """Participles, adjectives and verbal nouns of eight syllables and more.

    Source: ISO 24495-1:2023, 5.3 (familiar words); the border is ours. Names of things («видеоконсультация»)
    cannot be made shorter.
    """
    for word in sentence.words:
        if len(word.text) < 2 * LONG_WORD - 2 or "-" in word.text or syllables_of(word.text) < LONG_WORD:
            continue
        best = parses(word.text)[0]
        if best.tag.POS in ("ADJF", "PRTF") or best.normal_form.endswith("ние"):
            hint = "Длинное слово. Найдите покороче или скажите глаголом."
            yield found("long_word", sentence.text, word.start, word.end, hint)


def brackets(sentence: Sentence) -> Iterator[Finding]:
    """Brackets in brackets, a whole thought in brackets, or three pairs in one sentence.

    Source: Р. Димитриев, «Юридический текст без ошибок» («не злоупотребляйте скобками»).
    """
    text, start = sentence.text, sentence.start
    inside = text[start : sentence.end]
    if nested := _NESTED.search(inside):
        hint = "Скобки внутри скобок. Скажите это отдельным предложением."
        yield found("brackets", text, start + nested.start(), start + nested.end(), hint)
        return
    pairs = list(_BRACKETS.finditer(inside))
    if len(pairs) > 2:
        hint = f"Скобок много: {len(pairs)} пары. Разделите предложение."
        yield found("brackets", text, start + pairs[0].start(), start + pairs[-1].end(), hint)
    for pair in pairs:
        if len(pair[0].split()) > LONG_ASIDE:
            hint = "В скобках целая мысль. Скажите её отдельным предложением."
            yield found("brackets", text, start + pair.start(), start + pair.end(), hint)


def participles(sentence: Sentence) -> Iterator[Finding]:
    """Two and more participial or verbal-adverb phrases in one sentence.

    Source: the Ministry of Labour's draft recommendations on «ясный язык» (2025): no participial phrases. One is let
    pass here, since texts for everybody are no easy language.
    """
    piled = [word for at, word in enumerate(sentence.words) if _opens_phrase(sentence, at)]
    if len(piled) >= PILE:
        listed = ", ".join(f"«{w.text}»" for w in piled[:3])
        hint = f"Обороты подряд: {listed}. Разделите на короткие предложения: «который…», «когда…»."
        yield found("participles", sentence.text, piled[0].start, piled[-1].end, hint)


def _opens_phrase(sentence: Sentence, at: int) -> bool:
    """Whether a participle or a verbal adverb with words of its own stands here, not a mere «следующий день»."""
    word = sentence.words[at].text
    if len(word) < 6:
        return False
    best = parses(word)[0]
    if best.tag.POS == "GRND":
        return True
    comma = sentence.text[sentence.start : sentence.words[at].start].rstrip().endswith(",")
    if best.tag.POS != "PRTF":
        return comma and best.tag.POS == "ADJF" and can_be(word, "PRTF")
    return comma or bool(at) and parses(sentence.words[at - 1].text)[0].tag.POS == "NOUN"
