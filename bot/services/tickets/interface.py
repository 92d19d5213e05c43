"""What tickets promise, whoever keeps them. A ticket is a citizen's appeal in the sense of 59-FZ.

Terms of that law: registration within 3 days (art. 8), answer within 30 days of registration (art. 12); an appeal
without a name gets no written answer (art. 11), but its number and state are told here all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol, get_args

from bot.services.applications.interface import Locked, NotFoundOrWrongProof, Proof
from bot.services.errors import ServiceError

__all__ = [
    "STATES", "Locked", "NoSuchTicket", "NotFoundOrWrongProof", "Proof", "Step", "Ticket", "TicketState", "Tickets",
]  # fmt: skip

TicketState = Literal["registered", "in_progress", "forwarded", "answered", "rejected"]
STATES: tuple[TicketState, ...] = get_args(TicketState)
OPEN_STATES: tuple[TicketState, ...] = ("registered", "in_progress", "forwarded")


@dataclass(frozen=True)
class Ticket:
    """A filed ticket. `topic` may be a subtopic («roads.potholes»); `due_on` is the last day of the answer.

    `linked` are similar open tickets; `code` opens an anonymous ticket to whoever knows it and is given once, at
    filing; `repeated` says that this very filing was done before; `note` is the agency's word on the last change.
    """

    number: str
    topic: str
    topic_title: str
    group: str
    state: TicketState
    state_title: str
    filed_on: date
    due_on: date
    overdue: bool
    anonymous: bool
    linked: list[str]
    note: str | None = None
    code: str | None = field(default=None, repr=False)
    repeated: bool = False


@dataclass(frozen=True)
class Step:
    """One step in the story of a ticket. `kind`: state, owner or escalated; `by` an account's id ("" the agency).

    `what` is the new state or the new owner's id, `note` the words that went with it.
    """

    at: datetime
    kind: str
    by: str
    what: str = ""
    note: str = field(default="", repr=False)

    def as_dict(self) -> dict[str, str]:
        """As it is kept."""
        return {"at": self.at.isoformat(), "kind": self.kind, "by": self.by, "what": self.what, "note": self.note}

    @classmethod
    def of(cls, kept: Mapping[str, str]) -> Step:
        """From what is kept."""
        return cls(datetime.fromisoformat(kept["at"]), kept["kind"], kept["by"], kept["what"], kept["note"])


@dataclass(frozen=True)
class TicketText:
    """What the citizen wrote, for the operator's window."""

    text: str = field(repr=False)
    address: str | None
    details: list[dict[str, Any]] = field(repr=False)
    attachments: list[dict[str, Any]]
    contact: dict[str, Any] | None = field(repr=False)
    story: list[Step] = field(default_factory=list)
    """What people did with it, oldest first."""


class NoSuchTicket(ServiceError):
    """No ticket has this number, or it belongs to somebody else: never said which."""

    code = "no_such_ticket"


class Tickets(Protocol):
    """Tickets of one region. Every method may raise ServiceUnavailable."""

    async def file(
        self,
        citizen_id: str | None,
        text: str,
        topic_id: str,
        address: Mapping[str, Any] | str | None = None,
        details: Mapping[str, Any] | None = None,
        attachments: Sequence[Mapping[str, Any]] = (),
        contact: Mapping[str, Any] | None = None,
        channel: str = "",
        *,
        key: str,
    ) -> Ticket:
        """File a ticket once per `key`. `contact` (surname, name, phone, email …) None makes it anonymous.

        An unknown `topic_id` is filed as `other`.
        """
        ...

    async def status(self, number: str, who: str, proof: Proof | None = None) -> Ticket:
        """Where a ticket stands. Its author `who` (a citizen id) needs no proof; another gives the contact's surname,
        or the code of an anonymous ticket as a code word.

        Raises NotFoundOrWrongProof, and Locked for 15 minutes from the fifth wrong proof on.
        """
        ...

    async def mine(self, citizen_id: str) -> list[Ticket]:
        """Tickets of this citizen, newest first."""
        ...

    async def add_details(
        self, number: str, citizen_id: str, text: str, attachments: Sequence[Mapping[str, Any]] = ()
    ) -> Ticket:
        """Add to an own open ticket what was forgotten. Raises NoSuchTicket."""
        ...

    async def set_state(self, number: str, state: TicketState, note: str = "", at: datetime | None = None) -> Ticket:
        """Note a change. The same state again changes nothing. Raises NoSuchTicket.

        The citizen is told whether or not she consented to notifications: those are about services on the agency's own
        initiative, while every news of an appeal is part of the answer that she asked for and is owed (59-FZ, art. 5, 10 and 12).
        """
        ...
