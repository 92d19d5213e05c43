"""How a feeling sounds: the persona's own manner, shifted by the caller's mood and by what is being said.

A voice of a public service stays calm: the shifts are small, and no sum of them leaves the bounds below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from voice.speech.base import Prosody

Kind = Literal["answer", "feeling", "question", "sad", "consent", "greeting", "digits", "farewell"]
"""What is said: `feeling` is the persona's line about the mood, `sad` bad news or a death, `digits` a read-back, `consent` law."""

RATES = (0.88, 1.08)
"""Below the caller feels talked down to, above an elderly person does not follow."""
PITCHES = (-2.0, 2.0)
"""Semitones; further the voice becomes another one, and recorded units sound like a toy."""
PAUSES = (0, 900)
"""Milliseconds; a longer silence is taken for one's turn."""


@dataclass(frozen=True)
class Shift:
    """What is multiplied (rate) or added (pitch in semitones, pause in ms) at full strength."""

    rate: float = 1.0
    pitch: float = 0.0
    pause_ms: int = 0


# The caller's mood (bot/feelings), at intensity 1. Anger is met lower and slower than it comes, so that it cools down.
EMOTIONS: Mapping[str, Shift] = {
    "neutral": Shift(),
    "joy": Shift(1.05, 1.0, -40),
    "gratitude": Shift(1.02, 0.6, 0),
    "worry": Shift(0.95, -0.4, 60),
    "confusion": Shift(0.92, 0.0, 120),
    "irritation": Shift(0.96, -0.6, 40),
    "anger": Shift(0.94, -1.0, 80),
    "sadness": Shift(0.93, -0.8, 150),
    "grief": Shift(0.90, -1.2, 260),
    "despair": Shift(0.90, -1.2, 260),
}

# What is being said, whatever the mood. Pauses are those after a sentence.
KINDS: Mapping[str, Shift] = {
    "answer": Shift(1.0, 0.0, 180),
    "feeling": Shift(0.98, 0.0, 260),
    "question": Shift(1.0, 0.3, 0),  # no pause: after a question it is the caller's turn
    "sad": Shift(0.93, -0.8, 380),
    "consent": Shift(0.96, 0.0, 240),
    "greeting": Shift(1.0, 0.3, 200),
    "digits": Shift(0.93, 0.0, 220),
    "farewell": Shift(0.98, 0.2, 120),
}


def prosody(persona_voice: Mapping[str, Any], emotion: str, intensity: float, kind: Kind = "answer") -> Prosody:
    """How to say a sentence.

    `persona_voice` is `voice` of a persona file (`rate` 1 is plain, `pitch` in semitones; both may be missing), `emotion` the
    caller's mood as in EMOTIONS (an unknown one counts as neutral), `intensity` 0 to 1. Consent and digits keep an even
    tone whatever the mood: there nothing may distract.
    """
    strength = 0.0 if kind in ("consent", "digits") else min(max(intensity, 0.0), 1.0)
    mood = EMOTIONS.get(emotion, EMOTIONS["neutral"])
    manner = KINDS.get(kind, KINDS["answer"])
    rate = float(persona_voice.get("rate", 1.0)) * (1 + (mood.rate - 1) * strength) * manner.rate
    pitch = float(persona_voice.get("pitch", 0.0)) + mood.pitch * strength + manner.pitch
    pause = manner.pause_ms + round(mood.pause_ms * strength) if kind != "question" else 0
    # Steps of a hundredth and of a tenth: nobody hears less, and the cache finds a sentence more often.
    return Prosody(
        rate=round(_within(rate, RATES), 2),
        pitch=round(_within(pitch, PITCHES), 1),
        pause_ms=int(_within(pause, PAUSES)),
    )


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
