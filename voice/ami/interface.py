"""What the manager interface gives back and what can go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OriginateOutcome = Literal["answered", "busy", "no_answer", "congestion", "failed"]

REASONS: dict[str, OriginateOutcome] = {
    "0": "failed",
    "1": "no_answer",
    "2": "no_answer",
    "3": "no_answer",
    "4": "answered",
    "5": "busy",
    "8": "congestion",
}
"""`Reason` of OriginateResponse, after Asterisk's frame.h: 0 no such number or bad trunk, 1 hung up, 2 and 3 it only rang,
4 answered, 5 busy, 8 congested."""


class AmiError(Exception):
    """The parent of everything the manager interface raises."""


class AmiAway(AmiError):
    """The PBX cannot be reached, or was lost while we waited.

    `sent` False: the action never left; True: nobody knows whether it was carried out.
    """

    def __init__(self, reason: str, *, sent: bool = False) -> None:
        super().__init__(reason)
        self.sent = sent


class AmiRefused(AmiError):
    """The PBX said no; `message` is its own English sentence (Permission denied, Channel not specified …)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class WrongSecret(AmiRefused):
    """User or secret are not what manager.conf has; trying again does not help."""


@dataclass(frozen=True)
class QueueStatus:
    """One queue now: callers who wait, the longest wait, and the members who could take them.

    `holdtime_s` is Asterisk's running mean of the wait; `free` members are not paused, not in a call, and reachable.
    """

    queue: str
    waiting: int
    longest_wait_s: int
    holdtime_s: int
    members: int
    free: int


@dataclass(frozen=True)
class QueueCaller:
    """Somebody in a queue: her channel, her number as the PBX has it ("" withheld), her place and how long she waits."""

    queue: str
    position: int
    channel: str
    caller: str
    waited_s: int


@dataclass(frozen=True)
class ChannelNow:
    """A channel that lives. `linked_id` is the same for all channels of one call, `value` that of the variable asked for.

    Channels that talk with each other have one `bridge`; "" is none.
    """

    channel: str
    unique_id: str
    linked_id: str
    value: str
    bridge: str = ""
