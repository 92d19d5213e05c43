"""Dates, times and names as a citizen reads them in an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.services.russian_dates import day_text, time_text


def visit_text(start: datetime) -> str:
    """«24 ноября, вторник, в 9:05»."""
    return f"{day_text(start.date())}, в {time_text(start)}"


def short_day(day: date) -> str:
    """«вт 24.11», short enough for a button."""
    return f"{('пн', 'вт', 'ср', 'чт', 'пт', 'сб', 'вс')[day.weekday()]} {day:%d.%m}"


def person_text(value: Any) -> str | None:
    """A person's name from an entity value, a dict of its parts or a string."""
    if isinstance(value, Mapping):
        text = value.get("text") or " ".join(str(value[k]) for k in ("surname", "name", "patronymic") if value.get(k))
        return str(text).strip() or None
    return str(value).strip() or None if value else None


def as_written(name: str, words: str) -> str:
    """The name with «ё» where the citizen wrote it: the robot reads all words with «е»."""
    written = {w.casefold().replace("ё", "е"): w for w in words.replace(",", " ").split()}
    return " ".join(written.get(w.casefold(), w) if "ё" not in w.casefold() else w for w in name.split())


def address_text(value: Any) -> str | None:
    """An address as one line."""
    if isinstance(value, Mapping):
        return str(value.get("text") or "").strip() or None
    return str(value).strip() or None if value else None


def capital(name: str) -> str:
    """«иванова-петрова анна» → «Иванова-Петрова Анна»."""
    return " ".join("-".join(p[:1].upper() + p[1:] for p in word.split("-")) for word in name.split())
