"""The list of answers: what is looked for, and the rows found, in their groups."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.studio.answer_places import Place, places
from bot.studio.answer_words import PLAIN, judged
from bot.studio.answers import Answer, answers
from bot.studio.drafts import Draft

SHOWN = 300
"""Rows of one view; more are found by a search."""
PATIENCE = 0.1
"""Seconds in which missing scores are reckoned while somebody waits for the list."""
REMEMBERED = 5000


@dataclass(frozen=True)
class Search:
    """What an editor looks for. `group` is a group's key; the others ask for answers with just this."""

    words: str = ""
    group: str = ""
    spoken: bool = False
    unplain: bool = False
    changed: bool = False


@dataclass(frozen=True)
class Row:
    """One answer of the list."""

    answer: Answer
    place: Place
    score: int | None
    """None while it is not reckoned yet."""
    changed: bool

    @property
    def plain(self) -> bool:
        """Whether it speaks plainly enough."""
        return self.score is None or self.score >= PLAIN


class Scores:
    """Scores of texts, reckoned once and a few at a time: all answers together take seconds, and a page must not."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def of(self, answer: Answer, until: float) -> int | None:
        """The score of the least plain variant; None when it could not be reckoned before `until` (of time.monotonic)."""
        for text in (variant.text for variant in answer.variants):
            if text not in self._known:
                if time.monotonic() >= until:
                    return None
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[text] = judged(text).score
        return min((self._known[variant.text] for variant in answer.variants), default=100)


@dataclass(frozen=True)
class Found:
    """Rows by the titles of their groups; `total` counts all that fit, `waiting` those of all whose score is
    not reckoned yet; `groups` are all groups (key, title) there are."""

    rows: dict[str, list[Row]]
    total: int
    shown: int
    waiting: int
    groups: list[tuple[str, str]]


def find(draft: Draft, search: Search, scores: Scores) -> Found:
    """Look through the draft's answers. Blocks for some 20 ms, and PATIENCE more while scores are missing. Raises ContentError."""
    told, base = places(draft.work), answers(draft.base)
    groups = dict(sorted({place.group: place.title for place in told.values()}.items(), key=lambda one: one[1]))
    order = list(groups)
    until = time.monotonic() + PATIENCE
    every = [
        Row(answer, told[id], scores.of(answer, until), answer != base.get(id))
        for id, answer in sorted(answers(draft.work).items(), key=lambda one: order.index(told[one[0]].group))
    ]
    found = [row for row in every if _fits(row, search)]
    rows: dict[str, list[Row]] = {}
    for row in found[:SHOWN]:
        rows.setdefault(row.place.title, []).append(row)
    waiting = sum(row.score is None for row in every)
    return Found(rows, len(found), min(len(found), SHOWN), waiting, list(groups.items()))


def _fits(row: Row, search: Search) -> bool:
    words = search.words.casefold().split()
    told = " ".join((row.answer.id, *(v.text for v in row.answer.variants))).casefold()
    return (
        all(word in told for word in words)
        and search.group in ("", row.place.group)
        and not (search.spoken and not row.answer.spoken)
        and not (search.unplain and row.plain)
        and not (search.changed and not row.changed)
    )
