"""What a recogniser of speech is: sound in, words and how sure they are out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Hint:
    """What is known before listening.

    `expected` is the slot the robot has just asked for (`case_number`, `phone`, `person_name`, `appointment_day`, …), None for
    an open question. `choices` are the titles on offer.
    """

    expected: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heard:
    """What was understood of one utterance."""

    text: str
    """The words; "" when there were none, or when what came out was no speech of a caller."""
    confidence: float = 0.0
    """0 to 1: the mean probability of the words."""
    took_ms: float = 0.0
    """How long the recogniser worked."""
    waited_ms: float = 0.0
    """How long it waited for a free worker before."""
    rejected: str = ""
    """Why the words were thrown away: `no_speech`, `unsure`, `stop_phrase`, `only_hotwords`, `loop`; "" when they were not."""
    raw: str = field(default="", repr=False)
    """What the model said before anything was thrown away; for diagnosis, never for a log."""


class Busy(Exception):
    """All workers are at work and too many utterances wait already."""


NO_HINT = Hint()


class Recogniser(Protocol):
    """Turns sound into words."""

    async def hear(self, pcm: bytes, hint: Hint = NO_HINT, *, speculative: bool = False) -> Heard:
        """The words of one utterance in the form of `voice.audio` (8 kHz). Raises Busy.

        `speculative`: the speaker may go on yet; all other work goes first.
        """

    async def close(self) -> None:
        """Give back threads and memory."""
