"""What a gateway gives to a call, whichever it is: frames of the caller's voice, keys, the end, and a way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Audio:
    """One frame of the caller's voice, in the form of `voice.audio` (20 ms)."""

    pcm: bytes


@dataclass(frozen=True)
class Key:
    """A key was pressed: one of `0123456789*#`."""

    key: str


@dataclass(frozen=True)
class HungUp:
    """The caller is gone. `reason`: `caller`, `silence` (the PBX sent nothing any more), `garbage`, `error`, `robot` (we did)."""

    reason: str


Happening = Audio | Key | HungUp


class Line(Protocol):
    """One call's connection. A gateway is a module that makes these; the call knows nothing else of it."""

    call_id: str
    """The UUID under which the call was registered, in its canonical form."""

    async def receive(self) -> Happening:
        """The next thing that happens. After HungUp every further call returns HungUp again, at once."""

    async def send(self, frame: bytes) -> None:
        """Send exactly one frame (320 bytes). Pace is the caller's business (`voice.player`). Raises ConnectionError when gone."""

    async def hang_up(self) -> None:
        """End the call from our side; the dialplan goes on after it. Does nothing the second time."""
