"""Finds what a citizen names in a message: people, places, dates, numbers, services. Used by the Rasa extractor."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from nlu.dates import TimeSpan, find_times
from nlu.entities.bare import months, numbers
from nlu.entities.births import birth_dates
from nlu.entities.contacts import emails, phones
from nlu.entities.gazetteer import Gazetteer
from nlu.entities.identifiers import case_numbers, code_words
from nlu.entities.money import sums
from nlu.entities.people import person_names
from nlu.entities.places import places
from nlu.entities.snils import snils
from nlu.entities.spans import Found, overlaps, resolve
from nlu.entities.view import look, plain

logger = logging.getLogger(__name__)

__all__ = ["Gazetteer", "extract"]


def extract(text: str, now: datetime, gazetteer: Gazetteer, expected: str | None = None) -> list[dict[str, Any]]:
    """All entities of a normalised message, ordered by position, overlaps settled.

    `now` is when the message was written, with its time zone; `expected` the slot the dialogue has just asked for,
    which lets a bare answer count («134660», «Садовая»). Each entity: "entity", "start", "end" (offsets in `text`),
    "text", "value"; also "problem" or "candidates" where there are any. Never raises: a finder that fails is left out.
    """
    view = next(iter(_safely("view", lambda: [look(text)])), None) or plain(text)
    named = _safely("gazetteer", lambda: gazetteer.find(text, expected))
    settlements = [item for item in named if item.entity == "settlement"]
    finders: dict[str, Callable[[], list[Found]]] = {
        "person_name": lambda: person_names(text, expected),
        "time": lambda: _times(text, now),
        "case_number": lambda: case_numbers(view, expected),
        "snils": lambda: snils(view, expected),
        "phone": lambda: phones(view, expected),
        "email": lambda: emails(view),
        "code_word": lambda: code_words(text, view, expected),
        "birth_date": lambda: birth_dates(view, now, expected),
        "money": lambda: sums(text, view, expected),
        "place": lambda: places(text, view, gazetteer.street_index, settlements, expected),
        "number": lambda: numbers(text, view, expected),
        "month": lambda: months(text),
    }
    found = [item for item in named if item.entity != "settlement"]
    for name, find in finders.items():
        found += _safely(name, find)
    return [item.to_dict(text) for item in resolve(_without_doubles(found), expected)]


def _times(text: str, now: datetime) -> list[Found]:
    return [
        Found(
            t.kind, t.start, t.end, _time_value(t), t.problem,
            grain=t.grain, moment=t.value if isinstance(t.value, str) else None,
        )
        for t in find_times(text, now)
    ]  # fmt: skip


def _time_value(found: TimeSpan) -> Any:
    """A date as "YYYY-MM-DD", a time as "HH:MM"; a datetime stays ISO 8601 with its offset, an interval its ends."""
    if isinstance(found.value, str) and found.kind == "date":
        return found.value[:10]
    if isinstance(found.value, str) and found.kind == "time":
        return datetime.fromisoformat(found.value).strftime("%H:%M")
    return found.value


def _without_doubles(found: Iterable[Found]) -> list[Found]:
    """Leaves out a bare settlement where a district or centre is named by the same word («в Ольховке»)."""
    items = list(found)
    areas = [item for item in items if item.entity in ("district", "centre")]
    return [
        item
        for item in items
        if not (item.entity == "address" and _only_settlement(item) and any(overlaps(item, area) for area in areas))
    ]


def _only_settlement(item: Found) -> bool:
    return not item.value["street"] and not item.value["text"].startswith(("деревня", "село", "посёлок", "хутор"))


def _safely(name: str, find: Callable[[], list[Any]]) -> list[Any]:
    """What a finder returns, or nothing if it fails; the log names the finder and never the citizen's words."""
    try:
        return find()
    except Exception as error:  # one broken finder must not silence the others
        logger.error("entity finder failed", extra={"finder": name, "error": type(error).__name__})
        return []
