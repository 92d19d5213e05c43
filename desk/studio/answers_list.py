"""The list of answers: what is looked for, and the rows found, in their groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.studio.answer_places import Place, places
from bot.studio.answer_words import PLAIN, plain_score
from bot.studio.answers import Answer, answers
from bot.studio.drafts import Draft

SHOWN = 300
"""Rows of one view; more are found by a search."""


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
    score: int
    changed: bool

    @property
    def plain(self) -> bool:
        """Whether it speaks plainly enough."""
        return self.score >= PLAIN


@dataclass(frozen=True)
class Found:
    """Rows by the titles of their groups; `total` counts all that fit, `groups` are all groups (key, title) there are."""

    rows: dict[str, list[Row]]
    total: int
    shown: int
    groups: list[tuple[str, str]]


def find(draft: Draft, search: Search) -> Found:
    """Look through the draft's answers. Blocks: the first time for a second or two, then for some 20 ms. Raises ContentError."""
    told, base = places(draft.work), answers(draft.base)
    groups = dict(sorted({place.group: place.title for place in told.values()}.items(), key=lambda one: one[1]))
    found = [row for row in _rows(draft, told, base) if _fits(row, search)]
    rows: dict[str, list[Row]] = {}
    for row in sorted(found, key=lambda r: list(groups).index(r.place.group))[:SHOWN]:
        rows.setdefault(row.place.title, []).append(row)
    return Found(rows, len(found), min(len(found), SHOWN), list(groups.items()))


def _rows(draft: Draft, told: dict[str, Place], base: dict[str, Answer]) -> Iterator[Row]:
    for id, answer in answers(draft.work).items():
        yield Row(answer, told[id], plain_score(answer.variants), answer != base.get(id))


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
