"""What applications promise, whoever keeps them: the embedded database or an agency's own system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from bot.services.errors import ServiceError

ApplicationState = Literal["accepted", "in_progress", "approved", "rejected"]
STATES: tuple[ApplicationState, ...] = ("accepted", "in_progress", "approved", "rejected")

ProofKind = Literal["surname", "birth_date", "code_word"]

Come = Literal["yes", "no", "wait"]
"""Whether to come to the centre now: yes, no, or wait for a message first."""


@dataclass(frozen=True)
class Proof:
    """What the asker says to show that the application is hers. A birth date is ISO or «12.03.1985»."""

    kind: ProofKind
    value: str = field(repr=False)


@dataclass(frozen=True)
class HistoryEntry:
    """A step of an application. `stage_text` is the agency's own phrase, None when it gave none."""

    at: datetime
    state: ApplicationState
    state_title: str
    stage_text: str | None = None


@dataclass(frozen=True)
class ApplicationStatus:
    """Where an application stands, in words of the content.

    `stage_text` is the agency's own phrase («передано на выдачу»); `meaning` explains it, `what_next` says what to do
    and `by_when` until which day (None when there is no term). `overdue`: the term has passed without a decision.
    """

    number: str
    service_id: str
    state: ApplicationState
    state_title: str
    stage_text: str | None
    meaning: str
    what_next: str
    by_when: date | None
    come: Come
    filed_on: date
    due_on: date
    overdue: bool
    rejection_reason: str | None = None
    history: tuple[HistoryEntry, ...] = ()


@dataclass(frozen=True)
class Inquiry:
    """A question to the agency why an application is late; it must be answered by `due_on`."""

    number: str
    application_number: str
    due_on: date


class ApplicationError(ServiceError):
    """The parent of all refusals below."""


class NotFoundOrWrongProof(ApplicationError):
    """No such number, or the proof is not right: never said which. `attempts_left` before the lock."""

    code = "not_found_or_wrong_proof"

    def __init__(self, attempts_left: int) -> None:
        super().__init__(self.code)
        self.attempts_left = attempts_left


class Locked(ApplicationError):
    """Too many wrong proofs for this number or by this asker; nothing is answered `until` (UTC)."""

    code = "locked"

    def __init__(self, until: datetime) -> None:
        super().__init__(self.code)
        self.until = until


class NoSuchApplication(ApplicationError):
    """No application has this number. Only for callers that have passed the proof."""

    code = "no_such_application"


class NotOverdue(ApplicationError):
    """The term has not passed, or the decision is made; `due_on` is the term."""

    code = "not_overdue"

    def __init__(self, due_on: date) -> None:
        super().__init__(self.code)
        self.due_on = due_on


class Applications(Protocol):
    """Applications of one region. Every method may raise ServiceUnavailable."""

    async def status(self, number: str, proof: Proof, who: str) -> ApplicationStatus:
        """The status, shown to the asker `who` (a citizen id). The number may be written in any spelling.

        Raises NotFoundOrWrongProof, and Locked for 15 minutes from the fifth wrong proof on.
        """
        ...

    async def mine(self, citizen_id: str) -> list[ApplicationStatus]:
        """Applications registered by this citizen through the assistant, newest first; no proof is needed."""
        ...

    async def register(
        self,
        citizen_id: str | None,
        form_id: str,
        answers: Mapping[str, Any],
        *,
        service_id: str,
        proofs: Mapping[ProofKind, str],
        key: str | None = None,
        working_days: int | None = None,
    ) -> str:
        """Register an application and return its number.

        `proofs` are what `status` will ask for; `key` makes a repeated call return the first number;
        `working_days` is the term, the content's default when None. Raises ValueError for a bad code word.
        """
        ...

    async def set_state(
        self, number: str, state: ApplicationState, *, stage_text: str | None = None, reason: str | None = None
    ) -> ApplicationStatus:
        """Note a change; a citizen who consented to notifications is told. The same state again changes nothing.

        `reason` explains a rejection. Raises NoSuchApplication.
        """
        ...

    async def file_inquiry(self, number: str, who: str) -> Inquiry:
        """Ask the agency why it is late; an open inquiry is returned instead of a second one.

        Only after `status` or `mine` has shown the application to `who`. Raises NoSuchApplication, NotOverdue.
        """
        ...
