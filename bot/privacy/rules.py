"""The terms of content/retention.yml: how long each class of data stays, and by which law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.services.consents import PURPOSES
from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml

TERMS = ("tickets", "applications", "consents", "raw_events", "dead_letters", "service", "attempts")


@dataclass(frozen=True)
class Term:
    """How long a class of data stays after its end, in `years` or else `days`, and why (Russian)."""

    years: int
    days: int
    why: str

    def begins(self, now: datetime) -> datetime:
        """What ended before this moment has outlived the term."""
        return _years(now, -self.years) - timedelta(days=self.days)

    def ends(self, day: date) -> date:
        """The last day of what ended on `day`."""
        return _years(datetime(day.year, day.month, day.day), self.years).date() + timedelta(days=self.days)

    @property
    def words(self) -> str:
        """«5 лет», «30 дней»."""
        return _counted(self.years, "год", "года", "лет") if self.years else _counted(self.days, "день", "дня", "дней")


@dataclass(frozen=True)
class RetentionRules:
    """`days` after the end of a citizen's matters, more with certain consents; classes with terms of their own."""

    days: int
    longer: Mapping[str, int]
    terms: Mapping[str, Term]

    @classmethod
    def load(cls, path: Path, days: int) -> RetentionRules:
        """The rules of a file. Raises ContentError that names what is wrong."""
        return cls.of(plain_yaml(path.read_text("utf-8")) or {}, days)

    @classmethod
    def of(cls, content: Mapping[str, Any], days: int) -> RetentionRules:
        """The rules of parsed content. Raises ContentError."""
        longer = content.get("consents_longer") or {}
        for purpose, more in longer.items():
            if purpose not in PURPOSES or not _whole(more):
                raise ContentError(
                    f"retention.yml, consents_longer, {purpose}: нужны цель из consents.yml и число дней"
                )
        given = content.get("terms") or {}
        if unknown := [name for name in given if name not in TERMS]:
            raise ContentError(f"retention.yml, terms: незнакомый класс {unknown[0]}")
        return cls(days, longer, {name: _term(name, given.get(name)) for name in TERMS})


def _term(name: str, given: Any) -> Term:
    term = given if isinstance(given, dict) else {}
    years, days, why = term.get("years", 0), term.get("days", 0), str(term.get("why") or "").strip()
    if not _whole(years) or not _whole(days) or bool(years) == bool(days) or not why:
        raise ContentError(f"retention.yml, terms, {name}: нужны years или days, целое число больше нуля, и why")
    return Term(years, days, why)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _years(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # the 29th of February
        return moment.replace(year=moment.year + years, month=3, day=1)


def _counted(number: int, one: str, few: str, many: str) -> str:
    if number % 10 == 1 and number % 100 != 11:
        return f"{number} {one}"
    return f"{number} {few if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else many}"
