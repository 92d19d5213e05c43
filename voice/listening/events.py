"""What the listener tells: small facts about one caller's turns. All times are milliseconds of sound since the call began."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class SpeechStarted:
    """The caller may be speaking. Exactly one TurnEnded or TurnDropped follows, with nothing of another turn between."""

    at_ms: float
    began_at_ms: float
    """When the sound of speech began; a little before it was noticed."""
    after_turn_ms: float | None
    """Silence between the end of speech of the turn before and this; None when there was none. A short one means that the
    turn before was cut off too early, so its words and these belong together."""


@dataclass(frozen=True)
class Interrupted:
    """The caller means to interrupt: stop speaking. At most once a turn, and only while the robot speaks."""

    at_ms: float
    began_at_ms: float
    """When she began to speak: what the robot had said until then is what she has heard."""
    strategy: str


@dataclass(frozen=True)
class Paused:
    """A pause within a turn. Worth recognising now: if she is done, TurnEnded brings the very same sound."""

    at_ms: float
    pcm: bytes = field(repr=False)


@dataclass(frozen=True)
class Resumed:
    """She goes on speaking: what was recognised at the pause is not all."""

    at_ms: float


@dataclass(frozen=True)
class TurnEnded:
    """She is done."""

    at_ms: float
    pcm: bytes = field(repr=False)
    """From the look-back before the first sound to a little silence after the last one."""
    speech_ms: float
    """How much of it was speech."""
    silence_ms: float
    """How long she had been silent when the turn was ended."""
    began_at_ms: float
    ended_at_ms: float
    """When she really stopped speaking: answer times count from here."""
    reason: Literal["pause", "maximum"]
    under_robot: bool = False
    """She spoke only while the robot did, without interrupting it, and the robot still speaks: a «угу», or a passage that
    must be heard."""


@dataclass(frozen=True)
class TurnDropped:
    """It was nothing: a click or a cough (`short`), or she took to the keys (`key`)."""

    at_ms: float
    speech_ms: float
    reason: Literal["short", "key"]


@dataclass(frozen=True)
class NoInput:
    """Nothing was said since the robot fell silent (or `listen_anew`)."""

    at_ms: float
    waited_ms: float


ListenEvent = SpeechStarted | Interrupted | Paused | Resumed | TurnEnded | TurnDropped | NoInput
