"""What issuing and redeeming a one-time link gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Refusal = Literal["unknown", "expired", "used", "here"]
"""Not ours or forged; too late; somebody was there before; opened in the very conversation it leads out of."""


@dataclass(frozen=True)
class Issued:
    """A link just made. `others` are the same way into messengers: (channel, URL) each."""

    token: str
    url: str
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Redeemed:
    """A link that counts: its id, the conversation it led to, and the citizen that both conversations belong to now."""

    id: str
    conversation: str
    citizen: str


@dataclass(frozen=True)
class Refused:
    """A link that does not count, and why."""

    kind: Refusal


@dataclass(frozen=True)
class Snapshot:
    """Where a conversation stopped: the form or action to go on with, and the slots it had."""

    scenario: str
    slots: Mapping[str, Any]
