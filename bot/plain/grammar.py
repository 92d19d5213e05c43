"""Forms of Russian words for the plain-language rules: what a word may be, and the same words in another case or verb."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from bot.plain.sentences import Sentence
from bot.services.phrases import analyser

CASES = frozenset(("nomn", "gent", "datv", "accs", "ablt", "loct", "gen2", "loc2"))
_LIKELY = 0.2
"""Readings less likely than this are not taken for a genitive chain."""


@lru_cache(maxsize=20_000)
def parses(word: str) -> tuple[Any, ...]:
    """All readings of a word, likeliest first (pymorphy3's `Parse`)."""
    return tuple(analyser().parse(word))


def normal(word: str) -> str:
    """The dictionary form of the likeliest reading, with е for ё."""
    return str(parses(word)[0].normal_form).replace("ё", "е")


def is_infinitive(word: str) -> bool:
    """Whether the word is an infinitive."""
    return bool(parses(word)[0].tag.POS == "INFN")


def can_be(word: str, *grammemes: str) -> bool:
    """Whether some reading has all these grammemes."""
    return any(set(grammemes) <= p.tag.grammemes for p in parses(word))


@lru_cache(maxsize=20_000)
def genitive(word: str) -> str:
    """«noun» or «adjective» for a word that is most likely a genitive here; "" for any other."""
    readings = parses(word)
    best = readings[0]
    if best.tag.POS == "NOUN":
        likely = any(p.tag.POS == "NOUN" and p.tag.case in ("gent", "gen2") and p.score > _LIKELY for p in readings)
        return "noun" if likely and "Abbr" not in best.tag else ""
    if best.tag.POS in ("ADJF", "PRTF") and any(p.tag.case == "gent" for p in readings):
        return "adjective"
    return ""


def like(quote: str, plain: str) -> str:
    """Plain words with a capital where the replaced ones had it."""
    return plain[:1].upper() + plain[1:] if quote[:1].isupper() and not quote[1:2].isupper() else plain


def same_form(word: str, lemma: str, pos: tuple[str, ...]) -> str:
    """Another word (its dictionary form) in the form that `word` has; "" when that is not certain.

    Every reading of `word` with one of these parts of speech has to lead to the same answer.
    """
    target = next((p for p in parses(lemma) if p.normal_form.replace("ё", "е") == lemma.replace("ё", "е")), None)
    readings = [p for p in parses(word) if p.tag.POS in pos]
    if target is None or not readings:
        return ""
    answers = {_inflected(target, p.tag) for p in readings}
    return answers.pop() if len(answers) == 1 else ""


def _inflected(target: Any, tag: Any) -> str:
    if tag.POS == "INFN":
        return str(target.word) if target.tag.POS == "INFN" else ""
    if tag.POS == "VERB" and tag.mood == "impr" and "incl" in tag.grammemes:
        return ""
    if tag.POS == "VERB":
        wanted = {tag.number, tag.tense, tag.person, tag.gender} | ({"impr", "excl"} if tag.mood == "impr" else set())
    else:
        wanted = {
            tag.number,
            tag.case,
            tag.gender if tag.number == "sing" else None,
            tag.animacy if tag.case == "accs" else None,
        }
    answer = target.inflect({str(g) for g in wanted if g})
    return str(answer.word) if answer else ""


def verb_like(word: str, lemma: str) -> str:
    """A verb in the form of another one: («осуществляем», «проверять») → «проверяем»; "" for participles and doubts."""
    best = parses(word)[0].tag
    if best.POS not in ("VERB", "INFN"):
        return ""
    target = next((p for p in parses(lemma) if p.tag.POS == "INFN"), None)
    return _inflected(target, best) if target is not None else ""


def noun_phrase(sentence: Sentence, at: int, case: str) -> int:
    """Place of the noun that ends «прилагательные + существительное» in this case from the word at `at`; -1 without one."""
    words, end = sentence.words, at
    while end < len(words) and (end == at or sentence.together(end - 1, end)):
        readings = [p for p in parses(words[end].text) if p.tag.case == case]
        if not readings:
            return -1
        if parses(words[end].text)[0].tag.POS == "NOUN" and any(p.tag.POS == "NOUN" for p in readings):
            return end
        if not any(p.tag.POS == "ADJF" for p in readings):
            return -1
        end += 1
    return -1


def recased(written: Sequence[str], old: str, new: str) -> str:
    """A noun phrase in another case: («новой», «пошлины») gent → accs «новую пошлину»; "" when that is not certain."""
    *adjectives, noun = written
    if not noun[1:].islower() and len(noun) > 1 or not analyser().word_is_known(noun.lower()):
        return ""
    readings = [p for p in parses(noun.lower()) if p.tag.POS == "NOUN" and p.tag.case == old]
    if not readings or {"Fixd", "Abbr"} & readings[0].tag.grammemes:
        return ""
    head = readings[0]
    turned = head.inflect({new, head.tag.number})
    if turned is None:
        return ""
    pieces = []
    for adjective in adjectives:
        piece = _agreeing(adjective, head.tag, old, new)
        if not piece:
            return ""
        pieces.append(like(adjective, piece))
    return " ".join((*pieces, like(noun, str(turned.word))))


def _agreeing(adjective: str, noun: Any, old: str, new: str) -> str:
    wanted = {noun.number, old} | ({noun.gender} if noun.number == "sing" and noun.gender else set())
    reading = next((p for p in parses(adjective.lower()) if p.tag.POS == "ADJF" and wanted <= p.tag.grammemes), None)
    if reading is None:
        return ""
    case = new
    if new == "accs" and (noun.number == "plur" or noun.gender == "masc"):
        case = "gent" if noun.animacy == "anim" else "nomn"
    elif new == "accs" and noun.gender == "neut":
        case = "nomn"
    turned = reading.inflect((wanted - {old}) | {case})
    return str(turned.word) if turned else ""
