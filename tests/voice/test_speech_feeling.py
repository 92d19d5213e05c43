"""A feeling is heard in tempo, pitch and pauses, and never becomes a caricature."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import yaml

from bot.persona.emotion import NAMES
from voice.speech.feeling import EMOTIONS, KINDS, PAUSES, PITCHES, RATES, prosody

PERSONAS = [
    yaml.safe_load(path.read_text("utf-8"))["voice"]
    for path in Path("bot/persona").glob("*.yml")
    if "\nvoice:" in path.read_text("utf-8")
]
PLAIN = {"rate": 1.0, "pitch": 0}


def test_every_emotion_the_robot_notices_has_a_sound() -> None:
    assert set(NAMES) <= set(EMOTIONS)


@pytest.mark.parametrize("persona", [*PERSONAS, {}, {"rate": 1.5, "pitch": 9}, {"rate": 0.2, "pitch": -9}])
def test_nothing_leaves_the_bounds(persona: dict[str, float]) -> None:
    for emotion, kind, intensity in product([*EMOTIONS, "unknown"], KINDS, (-1.0, 0.0, 0.5, 1.0, 7.0)):
        made = prosody(persona, emotion, intensity, kind)
        assert RATES[0] <= made.rate <= RATES[1]
        assert PITCHES[0] <= made.pitch <= PITCHES[1]
        assert PAUSES[0] <= made.pause_ms <= PAUSES[1]


def test_an_angry_caller_is_answered_slower_and_lower() -> None:
    calm, angry = prosody(PLAIN, "neutral", 0, "answer"), prosody(PLAIN, "anger", 1, "answer")
    assert angry.rate < calm.rate and angry.pitch < calm.pitch and angry.pause_ms > calm.pause_ms


def test_joy_is_quicker_and_higher_and_grief_slow_and_low_with_long_pauses() -> None:
    joy, calm, grief = (prosody(PLAIN, name, 1, "feeling") for name in ("joy", "neutral", "grief"))
    assert joy.rate > calm.rate > grief.rate
    assert joy.pitch > calm.pitch > grief.pitch
    assert grief.pause_ms > calm.pause_ms > joy.pause_ms


def test_a_weak_feeling_is_heard_less() -> None:
    weak, strong = prosody(PLAIN, "sadness", 0.3, "answer"), prosody(PLAIN, "sadness", 1, "answer")
    assert strong.rate < weak.rate < 1 and strong.pitch < weak.pitch < 0


def test_consent_and_digits_sound_the_same_in_any_mood() -> None:
    for kind in ("consent", "digits"):
        assert prosody(PLAIN, "joy", 1, kind) == prosody(PLAIN, "anger", 1, kind)  # type: ignore[arg-type]


def test_after_a_question_it_is_the_callers_turn_at_once() -> None:
    assert prosody(PLAIN, "grief", 1, "question").pause_ms == 0
