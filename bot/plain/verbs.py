"""Deeds hidden in nouns: split predicates and sentences full of verbal nouns."""

from __future__ import annotations

from collections.abc import Iterator

from bot.plain.deeds import ALONE, DEEDS, LIGHT, PLAIN_NOUNS, Deed
from bot.plain.finding import Finding, found
from bot.plain.grammar import can_be, like, normal, noun_phrase, parses, recased, verb_like
from bot.plain.sentences import Sentence

MANY = 3
"""Verbal nouns in one sentence."""
_NEAR = 3
"""Words after a light verb among which its noun is looked for."""


def split_predicates(sentence: Sentence) -> Iterator[Finding]:
    """«Осуществить проверку документов» for «проверить документы».

    Source: handbooks of official style call it «расщепление сказуемого» («произвести уборку» — «убрать»); NARA Style Guide, 1.3.3
    («don't hide the verb»).
    """
    words, text = sentence.words, sentence.text
    for at, word in enumerate(words):
        aspect = LIGHT.get(normal(word.text))
        if aspect is None:
            continue
        for place in range(at + 1, min(at + 1 + _NEAR, len(words))):
            noun = normal(words[place].text)
            if (deed := DEEDS.get(noun)) is None or not can_be(words[place].text, "NOUN"):
                continue
            end, verb = _plain(sentence, at, place, deed, aspect)
            plain = verb or (deed.doing if aspect == "impf" else deed.done)
            quote = text[word.start : words[end].end]
            hint = f"Одним глаголом короче: «{plain}»."
            yield found("split", text, word.start, words[end].end, hint, like(quote, verb))
            break


def _plain(sentence: Sentence, at: int, place: int, deed: Deed, aspect: str) -> tuple[int, str]:
    """Place of the last replaced word, and the plain words; "" when they would not be grammatical for certain."""
    words = sentence.words
    noun = parses(words[place].text)[0]
    if not aspect or not deed.takes or place != at + 1 or noun.tag.number != "sing" or not sentence.together(at, place):
        return place, ""
    verb = verb_like(words[at].text, deed.doing if aspect == "impf" else deed.done)
    if not verb:
        return place, ""
    after = place + 1
    if after >= len(words) or not sentence.together(place, after) or not _object(words[after].text):
        return place, verb if noun.normal_form.replace("ё", "е") in ALONE else ""
    if deed.takes == "datv":
        return place, verb if can_be(words[after].text, "datv") else ""
    end = noun_phrase(sentence, after, "gent")
    if end < 0 or _goes_on(sentence, end):
        return place, ""
    written = [sentence.written(n, n) for n in range(after, end + 1)]
    turned = recased(written, "gent", deed.takes)
    return (end, f"{verb} {turned}") if turned else (place, "")


def _goes_on(sentence: Sentence, end: int) -> bool:
    """Whether a second thing follows («проверку документов и выдачу …»): the verb would not fit it."""
    following = sentence.words[end + 1 : end + 2]
    if not following:
        return False
    if following[0].text in ("и", "или"):
        return True
    return (
        "," in sentence.text[sentence.words[end].end : following[0].start]
        and parses(following[0].text)[0].tag.POS == "NOUN"
    )


def _object(word: str) -> bool:
    return parses(word)[0].tag.POS not in ("PREP", "CONJ", "ADVB", "PRCL", "VERB", "INFN", None)


def verbal_nouns(sentence: Sentence) -> Iterator[Finding]:
    """Three and more deeds as nouns in one sentence: nobody does anything in it.

    Source: «Пиши, сокращай» («Выдача загранпаспортов осуществляется…»); Inclusive Design Research Centre («don't turn
    verbs into nouns»).
    """
    deeds = [word for word in sentence.words if _is_deed(word.text)]
    if len(deeds) >= MANY:
        listed = ", ".join(f"«{w.text}»" for w in deeds[:3])
        hint = f"Много отглагольных слов: {listed}. Скажите глаголами, кто что делает."
        yield found("nominal", sentence.text, deeds[0].start, deeds[-1].end, hint)


def _is_deed(word: str) -> bool:
    if len(word) < 7:
        return False
    noun = normal(word)
    return noun.endswith(("ние", "тие")) and len(noun) > 6 and noun not in PLAIN_NOUNS
