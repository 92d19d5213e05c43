"""What a planned call is, what it needs before it may be made, and how a try of it can end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.consents.interface import Purpose as ConsentPurpose
from bot.services.consents.tables import ConsentRow
from bot.services.errors import ServiceError

CallPurpose = Literal["reminder", "ready", "callback", "custom"]
Dialled = Literal["answered", "busy", "no_answer", "congestion", "failed"]
PlanState = Literal["waiting", "dialling", "answered", "done", "failed", "cancelled", "expired"]
Standing = Literal["holds", "over", "cancelled"]
"""Whether the matter of a call still stands, asked right before it is dialled."""

CONSENT_FOR: Mapping[CallPurpose, ConsentPurpose] = {
    "reminder": "notifications",
    "ready": "notifications",
    "custom": "notifications",
    # Whoever asks to be called back has agreed to news by that very wish; the number still needs its consent.
    "callback": "personal_data",
}
"""The consent that a call of each purpose needs."""
PHONE_SCOPE = "phone"
"""The scope of a consent to calls alone; a withdrawal of it («не звоните») leaves written news in force."""

ConsentOf = Callable[[AsyncSession, str, ConsentPurpose], Awaitable[str | None]]
"""Tells in a running transaction which recorded consent of the citizen is in force; None when none is."""


@dataclass(frozen=True)
class OutgoingCall:
    """A call to be made. `text` is what is said first, `answers` the choices then on offer (title, payload).

    `tries` counts dials, this one included when it has been taken. `ref` names the matter, `until` is when it is over.
    """

    id: int
    citizen_id: str
    phone: str = field(repr=False)
    line: str
    purpose: CallPurpose
    text: str = field(repr=False)
    answers: tuple[Mapping[str, Any], ...]
    ref: str
    due_at: datetime
    until: datetime | None
    next_try_at: datetime
    tries: int
    state: PlanState
    outcome: str | None
    consent_ref: str
    conversation_id: str | None = None


class NoConsent(ServiceError):
    """The citizen has not agreed to be called about this; `purpose` is the consent that is missing."""

    code = "no_consent"

    def __init__(self, purpose: ConsentPurpose) -> None:
        super().__init__(f"no consent in force: {purpose}")
        self.purpose = purpose


class BadPlan(ServiceError, ValueError):
    """The call cannot be planned as told; the text says what is wrong, in English, without the value."""

    code = "bad_plan"


async def wants_calls(session: AsyncSession, citizen_id: str) -> bool:
    """Whether the citizen has asked to be called rather than written to: her newest act about calls alone."""
    newest = await session.scalar(
        select(ConsentRow)
        .where(
            ConsentRow.citizen_id == citizen_id,
            ConsentRow.purpose == "notifications",
            ConsentRow.scope == PHONE_SCOPE,
        )
        .order_by(ConsentRow.id.desc())
        .limit(1)
    )
    return newest is not None and newest.given


def covering_calls(version: str) -> ConsentOf:
    """The `ConsentOf` that looks at what was agreed to: news by telephone, not only in writing.

    `version` is the text in force, which speaks of calls. An older text spoke of «this channel» alone: it covers calls only
    when it was agreed to on the telephone, or for the telephone.
    """

    async def consent(session: AsyncSession, citizen_id: str, purpose: ConsentPurpose) -> str | None:
        newest = await _newest(session, citizen_id, purpose)
        if newest is None or not newest.given:
            return None
        covers = newest.text_version == version or newest.channel == PHONE_SCOPE or newest.scope == PHONE_SCOPE
        return f"consent:{newest.id}" if covers or purpose != "notifications" else None

    return consent


async def recorded_consent(session: AsyncSession, citizen_id: str, purpose: ConsentPurpose) -> str | None:
    """The `ConsentOf` over our own registry: the newest act about the whole purpose or about calls decides."""
    newest = await _newest(session, citizen_id, purpose)
    return f"consent:{newest.id}" if newest is not None and newest.given else None


async def _newest(session: AsyncSession, citizen_id: str, purpose: ConsentPurpose) -> ConsentRow | None:
    row: ConsentRow | None = await session.scalar(
        select(ConsentRow)
        .where(
            ConsentRow.citizen_id == citizen_id, ConsentRow.purpose == purpose, ConsentRow.scope.in_(("", PHONE_SCOPE))
        )
        .order_by(ConsentRow.id.desc())
        .limit(1)
    )
    return row
