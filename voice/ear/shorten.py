"""Cuts an answer to what an ear holds: the rest is told when the caller wants it, the question is never lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from voice.ear.morphology import counted
from voice.ear.numerals import cardinal
from voice.ear.sentence import AFTER_ITEM, BEFORE_LIST, Sentence, words

MOST_ITEMS = 4
"""Items of a list that are said at once: more, nobody keeps in mind."""
_SLACK = 5
"""A fifth more than the limit is said in one go: nobody wants to be asked whether to hear three words more."""
_CONFIRMS = re.compile(r"(?:вс[её] )?(?:верно|правильно|отправля|подтвержда)", re.IGNORECASE)
_ENDS_WITHIN = 3
"""The reply ends with a question when one of its last sentences is one: «На какой день? Ближайшие свободные:»."""


def bite(
    sentences: Sequence[Sentence], limit_words: int = 45, *, whole: bool = False
) -> tuple[list[Sentence], list[Sentence]]:
    """(what is said now, what waits for «рассказать подробнее?»).

    Cut only between sentences and items of a list. A question at the end stays at the end of what is said, the middle
    waits. `whole`: a text that must not be cut, as a consent. What is read out to be confirmed («Всё верно?») is not
    cut either: nobody confirms what was not said. What is said is never empty when there is anything to say.
    """
    if whole or not sentences:
        return list(sentences), []
    body, tail = _question_apart(sentences)
    if tail and _CONFIRMS.match(tail[0].text) and any(one.item for one in body):
        return list(sentences), []
    rows = _rows(body)
    longest = max((len(items) for items in rows if items[0][0].item), default=0)
    if longest <= MOST_ITEMS and _count(sentences) <= limit_words + limit_words // _SLACK:
        return list(sentences), []
    now, rest = _fill(rows, limit_words - _count(tail), must=not tail)
    return [*now, *tail], rest


def _count(sentences: Sequence[Sentence]) -> int:
    return sum(words(one) for one in sentences)


def _question_apart(sentences: Sequence[Sentence]) -> tuple[Sequence[Sentence], Sequence[Sentence]]:
    for at in range(len(sentences) - 1, max(len(sentences) - 1 - _ENDS_WITHIN, -1), -1):
        if sentences[at].item:
            break
        if sentences[at].text.endswith("?"):
            return sentences[:at], sentences[at:]
    return sentences, ()


def _rows(sentences: Sequence[Sentence]) -> list[list[list[Sentence]]]:
    """What may be cut: plain sentences one by one, and lists as the list of their items."""
    rows: list[list[list[Sentence]]] = []
    for in_list, members in groupby(sentences, key=lambda one: one.item > 0):
        if not in_list:
            rows += [[[one]] for one in members]
            continue
        items = [list(group) for _, group in groupby(members, key=lambda one: one.item)]
        starts = [at for at, item in enumerate(items) if item[0].item == 1 and at] + [len(items)]
        begin = 0
        for end in starts:
            rows.append(items[begin:end])
            begin = end
    return rows


def _fill(rows: list[list[list[Sentence]]], room: int, *, must: bool) -> tuple[list[Sentence], list[Sentence]]:
    now: list[Sentence] = []
    for at, items in enumerate(rows):
        if not items[0][0].item:
            opens = at + 1 < len(rows) and rows[at + 1][0][0].item > 0
            needed = words(items[0][0]) + (_count(rows[at + 1][0]) if opens else 0)
            if needed > room and (now or not must):
                return now, _flat(rows[at:])
            now += items[0]
            room -= words(items[0][0])
            continue
        fitting = _fitting(items, room, must=not now or not now[-1].item)
        if fitting < len(items):
            return [*now, *_announced(items, fitting)], [*_flat([items[fitting:]]), *_flat(rows[at + 1 :])]
        now += _flat([items])
        room -= _count(_flat([items]))
    return now, []


def _fitting(items: list[list[Sentence]], room: int, *, must: bool) -> int:
    """How many items are said; the first one always, since the sentence before announced it."""
    fitting = 0
    for item in items[:MOST_ITEMS]:
        room -= _count(item)
        if room < 0 and (fitting or not must):
            break
        fitting += 1
    return fitting


def _announced(items: list[list[Sentence]], fitting: int) -> list[Sentence]:
    """«Всего семь пунктов. Первые четыре.» before the items, when the list is long."""
    said = _flat([items[:fitting]])
    if len(items) <= MOST_ITEMS or not fitting:
        return said
    size = len(items)
    total = f"Всего {cardinal(size)} {counted('пункт', size, 'nomn')}."
    first = "Первый." if fitting == 1 else f"Первые {cardinal(fitting)}."
    return [Sentence(total, AFTER_ITEM), Sentence(first, BEFORE_LIST), *said]


def _flat(rows: Sequence[Sequence[Sequence[Sentence]]]) -> list[Sentence]:
    return [one for items in rows for item in items for one in item]
