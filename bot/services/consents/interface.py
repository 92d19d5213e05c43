"""What the registry of consents promises, whoever keeps it. Law: 152-FZ art. 9 (consent), art. 21 (taking it back)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol

from bot.services.errors import ServiceError

Purpose = Literal["personal_data", "proactive_offers", "notifications"]
PURPOSES: tuple[Purpose, ...] = ("personal_data", "proactive_offers", "notifications")


class UnknownPurpose(ServiceError, ValueError):
    """The purpose is not one of PURPOSES."""

    code = "unknown_purpose"


@dataclass(frozen=True)
class ConsentText:
    """The document a citizen agrees to. `short` is said first, `text` is the whole of it, `version` is recorded."""

    purpose: Purpose
    version: str
    title: str
    short: str
    text: str


@dataclass(frozen=True)
class Consent:
    """One act: given or taken back (`given` False), with the version of the text that was shown.

    `scope` narrows proactive offers to a life situation or a service (its id); None means all of the purpose.
    """

    id: int
    citizen_id: str
    purpose: Purpose
    scope: str | None
    given: bool
    text_version: str
    at: datetime
    channel: str


@dataclass(frozen=True)
class Kept:
    """Data that a deletion request does not reach: what, by which law, and until when (Russian words)."""

    what: str
    why: str
    until: str


@dataclass(frozen=True)
class DeletionRequest:
    """A request to delete personal data. Processing stops by `due_on` (152-FZ art. 21 part 5.1: 10 working days).

    `explanation` says in plain Russian what happens; `kept` lists what must stay.
    """

    number: str
    requested_on: date
    due_on: date
    explanation: str
    kept: tuple[Kept, ...]


class Consents(Protocol):
    """The registry of one operator. Every asynchronous method may raise ServiceUnavailable."""

    def text(self, purpose: Purpose) -> ConsentText:
        """The current text of a purpose. Raises UnknownPurpose."""
        ...

    async def give(
        self,
        citizen_id: str,
        purpose: Purpose,
        *,
        channel: str,
        scope: str | None = None,
        ip: str | None = None,
        proof: Mapping[str, Any] | None = None,
    ) -> Consent:
        """Record a consent to the current text. `proof` is what shows the act (message id, ticked box); kept sealed.

        The same consent in force already is returned as it is. Raises UnknownPurpose.
        """
        ...

    async def withdraw(
        self,
        citizen_id: str,
        purpose: Purpose,
        *,
        channel: str,
        scope: str | None = None,
        ip: str | None = None,
        proof: Mapping[str, Any] | None = None,
    ) -> list[Consent]:
        """Take back, effective at once; what was in force and is not any more. Without `scope`, every scope.

        Taking back personal_data takes back the other purposes as well, and waiting messages about them are not sent.
        """
        ...

    async def active(self, citizen_id: str) -> list[Consent]:
        """Consents in force, oldest first."""
        ...

    async def has(self, citizen_id: str, purpose: Purpose, scope: str | None = None) -> bool:
        """Whether the citizen agrees now. Without `scope`: to anything of the purpose."""
        ...

    async def history(self, citizen_id: str) -> list[Consent]:
        """Every act, oldest first."""
        ...

    async def request_deletion(self, citizen_id: str, *, channel: str) -> DeletionRequest:
        """Ask for deletion: takes back all consents and registers the request; an open one is returned instead."""
        ...
