"""The parts of a form and what keeps half-filled ones. Answers are plain JSON values by field id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

FieldType = Literal["text", "person_name", "date", "snils", "phone", "address", "integer", "money", "choice", "yes_no"]
FIELD_TYPES: tuple[FieldType, ...] = (
    *("text", "person_name", "date", "snils", "phone"),
    *("address", "integer", "money", "choice", "yes_no"),
)

Condition = Mapping[str, Any]
"""See `bot.services.forms.conditions`."""


@dataclass(frozen=True)
class Choice:
    """One answer of a choice; `aliases` are other words for it."""

    value: str
    title: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """One question. Texts are Russian and come from the content.

    `error` is said when an answer cannot be read; `errors` are more precise ones by reason (see `values.Unreadable`).
    `prefill` names a key of the citizen's profile; `show_if` hides the field unless it holds.
    `minimum` and `maximum` limit numbers (money in roubles), the length of a text, and the age in years of a date.
    Stored values: date ISO, phone +79…, snils 112-233-445 95, integer and money int, choice its value, yes_no bool.
    """

    id: str
    type: FieldType
    title: str
    question: str
    hint: str
    error: str
    errors: Mapping[str, str] = field(default_factory=dict)
    prefill: str | None = None
    show_if: Condition | None = None
    optional: bool = False
    choices: tuple[Choice, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Check:
    """A rule over several answers, tried as soon as all of them are given.

    When `when` holds, `text` is told; a `refuse` takes the answer back, a `warn` only warns.
    """

    id: str
    when: Condition
    level: Literal["warn", "refuse"]
    text: str


@dataclass(frozen=True)
class Accepted:
    """A readable answer as it is stored, and what to tell the citizen about it."""

    value: Any
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """An unreadable answer and the Russian words to ask again with."""

    message: str


@dataclass(frozen=True)
class SummaryLine:
    """One line of the summary before submitting: the field's title and the answer in Russian."""

    field_id: str
    title: str
    text: str


@dataclass(frozen=True)
class Draft:
    """A half-filled form. `id` stays from first save to submission and makes submitting happen once."""

    id: str
    citizen_id: str
    form_id: str
    answers: Mapping[str, Any] = field(repr=False)
    saved_at: datetime
    expires_at: datetime


class Drafts(Protocol):
    """Half-filled forms, one of a kind for each citizen."""

    async def save(self, citizen_id: str, form_id: str, answers: Mapping[str, Any]) -> Draft:
        """Keep the answers so far; the term of 30 days begins anew."""
        ...

    async def load(self, citizen_id: str, form_id: str) -> Draft | None:
        """The kept answers, None when there are none or their term is over."""
        ...

    async def mine(self, citizen_id: str) -> list[Draft]:
        """All kept drafts of the citizen, newest first."""
        ...

    async def delete(self, citizen_id: str, form_id: str) -> None:
        """Forget the draft: submitted, or not wanted any more."""
        ...

    async def purge(self) -> int:
        """Delete the drafts whose term is over; how many they were. Call it once a day."""
        ...
