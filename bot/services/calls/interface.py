"""What the registry of calls gives back, and what can go wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.services.errors import ServiceError

Direction = Literal["in", "out"]
CallState = Literal["registered", "open", "ended", "refused", "expired"]
AfterKind = Literal["queue", "extension", "line", "hangup"]


@dataclass(frozen=True)
class After:
    """Where the caller goes when the robot is done.

    `target` is the queue's name in the PBX, the extension's digits, or the line's id; "" for a hang-up. `group` is the
    group of operators behind a queue.
    """

    kind: AfterKind
    target: str = ""
    group: str = ""


@dataclass(frozen=True)
class Call:
    """One leg of a telephone call: what was registered, and what became of it.

    `user` is the name of the conversation in channel `phone`: a fingerprint of the number, so one number is one conversation
    and nobody can read it; without a number it holds for this call and its transfers. `caller` is the citizen's number in
    E.164, also when the robot calls; None when withheld. `transfers` counts how often the caller was passed on so far.
    An outgoing call has `purpose`, `text` (what is to be said), `answers` (the choices on offer: title and payload),
    `citizen_id` and `outgoing_id`.
    """

    id: str
    direction: Direction
    line: str
    dialled: str
    user: str
    linked_id: str
    admitted: bool
    state: CallState
    registered_at: datetime
    caller: str | None = field(default=None, repr=False)
    conversation_id: str | None = None
    citizen_id: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    after: After | None = None
    transfers: int = 0
    rating: int | None = None
    recording: str | None = None
    purpose: str | None = None
    outgoing_id: int | None = None
    text: str = field(default="", repr=False)
    answers: tuple[Mapping[str, Any], ...] = ()


class UnknownCall(ServiceError, LookupError):
    """No call waits under this UUID: never registered, too late, refused, or begun already."""

    code = "unknown_call"


class CallExists(ServiceError):
    """This UUID belongs to another call already."""

    code = "call_exists"


class BadCall(ServiceError, ValueError):
    """What was told about a call is unusable; the text says what, in English, without the value."""

    code = "bad_call"
