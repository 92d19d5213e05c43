"""Cases, genders and forms of Russian words, from pymorphy3; every answer is cached, since replies repeat their words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.services.phrases import analyser

CASES = ("nomn", "accs", "gent", "datv", "ablt", "loct")
"""The six cases under pymorphy's names, in the order of preference when nothing decides."""
_FOLDED = {"gen2": "gent", "acc2": "accs", "loc2": "loct", "voct": "nomn"}
_GENDERS = {"masc": "m", "femn": "f", "neut": "n"}


@dataclass(frozen=True)
class Reading:
    """One reading of a word form: case (pymorphy's name), gender (`m`, `f`, `n`; "" unknown), number, animacy."""

    case: str
    gender: str
    plural: bool
    animate: bool
    lemma: str
    score: float


@lru_cache(maxsize=20_000)
def nouns(word: str) -> tuple[Reading, ...]:
    """The readings of a word as a noun; empty when it is none. Unlikely ones («лет» from «лёт») are left out."""
    return _readings(word, ("NOUN",))


@lru_cache(maxsize=20_000)
def adjectives(word: str) -> tuple[Reading, ...]:
    """The readings of a word as an adjective or participle, as «рабочих» or «следующие»."""
    return _readings(word, ("ADJF", "PRTF"))


def _readings(word: str, parts: tuple[str, ...]) -> tuple[Reading, ...]:
    if not re.fullmatch(r"[А-Яа-яЁё-]{2,40}", word):
        return ()
    found = []
    for one in analyser().parse(word):
        tag = one.tag
        if tag.POS in parts and tag.case and one.score >= 0.005 and not {"Abbr", "Init"} & tag.grammemes:
            case = _FOLDED.get(str(tag.case), str(tag.case))
            gender = "" if tag.gender is None else _GENDERS.get(str(tag.gender), "")
            number = tag.number == "plur"
            found.append(Reading(case, gender, number, tag.animacy == "anim", one.normal_form, one.score))
    return tuple(found)


@lru_cache(maxsize=20_000)
def part_of_speech(word: str) -> str:
    """pymorphy's name of the likeliest part of speech: `NOUN`, `VERB`, `PREP`, …; "" when unknown."""
    return str(analyser().parse(word)[0].tag.POS or "") if word else ""


@lru_cache(maxsize=5_000)
def is_word(word: str) -> bool:
    """Whether the dictionary has the word, and not only as an abbreviation."""
    lower = word.lower()
    return analyser().word_is_known(lower) and any("Abbr" not in p.tag for p in analyser().parse(lower))


@lru_cache(maxsize=5_000)
def form(phrase: str, case: str, plural: bool = False) -> str:
    """A noun, or adjective + noun («квадратный метр»), given in the nominative singular, in another case and number."""
    wanted = {case, "plur" if plural else "sing"}
    return " ".join(_inflected(word, wanted) for word in phrase.split())


def _inflected(word: str, wanted: set[str]) -> str:
    own = [p for p in analyser().parse(word) if p.tag.case == "nomn" and p.tag.POS in ("NOUN", "ADJF")]
    own.sort(key=lambda p: p.tag.number != "sing")
    inflected = own[0].inflect(wanted) if own else None
    return str(inflected.word) if inflected else word


_ENDLESS = frozenset(("байт", "килобайт", "мегабайт", "гигабайт", "вольт", "ватт", "киловатт", "человек"))
"""Counted without an ending: «десять мегабайт»."""


def counted(phrase: str, number: int, case: str) -> str:
    """The phrase after a whole number: («рабочий день», 3, nomn) → «рабочих дня», («рубль», 5, datv) → «рублям»."""
    last, teens = abs(number) % 10, 10 < abs(number) % 100 < 20
    if last == 1 and not teens:
        return form(phrase, case)
    if case not in ("nomn", "accs"):
        return phrase if case == "gent" and phrase in _ENDLESS else form(phrase, case, plural=True)
    if phrase in _ENDLESS and (teens or last not in (2, 3, 4)):
        return phrase
    if teens or last not in (2, 3, 4):
        return form(phrase, "gent", plural=True)
    # «Два рабочих дня»: the adjective stands in the genitive plural, the noun in the singular; «две тёмные ночи» is as good.
    *before, noun = phrase.split()
    return " ".join([*(form(word, "gent", plural=True) for word in before), form(noun, "gent")])
