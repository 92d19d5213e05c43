"""What a voice is: a sentence for the ear in, sound out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Prosody:
    """How a sentence is said. Emotion is nothing but this and the words."""

    rate: float = 1.0
    """Tempo: 1.0 as the voice speaks by itself, 0.9 slower, 1.1 faster; 0.5 to 2."""
    pitch: float = 0.0
    """Semitones up or down; -6 to 6."""
    pause_ms: int = 0
    """Silence after the sentence."""


PLAIN = Prosody()


class SpeechFailed(Exception):
    """The voice could not say a sentence; another voice may."""


class Voice(Protocol):
    """Speaks one sentence at a time."""

    @property
    def name(self) -> str:
        """Names voice, model and dictionary, so that what was made with another one is not taken from the cache."""
        ...

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        """The sentence as sound in the form of `voice.audio` (8 kHz).

        `sentence` is text for the ear (`voice.ear`): Cyrillic words and punctuation, `+` before a stressed vowel where it
        matters; no digits, no Latin letters. Raises SpeechFailed.
        """

    async def close(self) -> None:
        """Give back processes and memory."""
