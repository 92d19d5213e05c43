"""Choices and dictated digits read aloud: «один - записаться, два - узнать статус», «два, два, один три четыре»."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voice.ear.codes import aloud
from voice.ear.morphology import counted
from voice.ear.numerals import cardinal
from voice.ear.pronunciation import Pronunciation
from voice.ear.sentence import AFTER_ITEM, BEFORE_LIST, Sentence
from voice.ear.spoken import spoken

MOST = 4
"""Choices that are read; who hears more has forgotten the first."""
_KEYS = {"*": "звёздочка", "#": "решётка"}
_YES_NO = re.compile(r"^\W*(?:да|нет)\b", re.IGNORECASE)


def choices_line(titles: Sequence[str], keys: Sequence[str], *, words: Pronunciation | None = None) -> list[Sentence]:
    """What can be chosen, one sentence a choice. `keys`: the key of each title; empty when keys have no part in it.

    Beyond four choices only their number is said. Yes or no needs no list: the question was enough, so the list is empty.
    """
    offered = [(said, key) for title, key in _paired(titles, keys) if (said := _said(title, words))]
    if not offered or is_yes_no(titles):
        return []
    lead = "Можно сказать или нажать." if keys else "Можно выбрать."
    found = [Sentence(lead, BEFORE_LIST)]
    for number, (said, key) in enumerate(offered[:MOST], 1):
        text = f"{_key(key)} - {said[:1].lower()}{said[1:]}" if key else said
        found.append(Sentence(f"{text[:1].upper()}{text[1:]}.", AFTER_ITEM, number))
    if more := len(offered) - MOST:
        if more > 0:
            found.append(Sentence(f"И ещё {cardinal(more)} {counted('вариант', more, 'nomn')}, можно назвать свой."))
    return found


def is_yes_no(titles: Sequence[str]) -> bool:
    """Whether the choices are yes and no, however they are written («Да, всё верно» / «Нет»)."""
    starts = {found[0].strip().lower()[:3].strip() for title in titles if (found := _YES_NO.match(title))}
    return len(titles) == 2 and len(starts) == 2


def digits_aloud(digits: str) -> str:
    """Dictated digits and letters for a read-back, in groups with commas between.

    A separator in the writing separates («2/2/134660» → «два, два, один три четыре шесть шесть ноль»); long runs are
    cut as people read them: phones 1-3-3-2-2, СНИЛС 3-3-3-2, accounts in fours. "" for a text without digits and letters.
    """
    plain = re.sub(r"[()]", " ", digits)
    if len(re.sub(r"\D", "", plain)) == 11 and re.fullmatch(r"\+?[78][\d\s-]*", plain.strip()):
        plain = re.sub(r"\D", "", plain)
    return aloud(plain)


def _paired(titles: Sequence[str], keys: Sequence[str]) -> list[tuple[str, str]]:
    return [(title, keys[at] if at < len(keys) else "") for at, title in enumerate(titles)]


def _said(title: str, words: Pronunciation | None) -> str:
    """A button's title as it is heard inside a sentence: several sentences of it become one."""
    return ", ".join(one.text.rstrip(".!?") for one in spoken(title, words=words))


def _key(key: str) -> str:
    return _KEYS.get(key) or (cardinal(int(key)) if key.isdecimal() else key)
