"""What the telephone makes of the editors' files, loaded together and exchanged together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from app import speech
from app.settings import Settings
from bot.adopting import adopt
from bot.services.calls.lines import Lines, load_lines
from bot.services.content import Content
from voice.dictation.sound_alikes import Mender
from voice.ear import pronunciation
from voice.ear.pronunciation import Pronunciation
from voice.listening.strategies import Strategies
from voice.recognition import hotwords
from voice.recognition.hotwords import Hotwords
from voice.script import Script
from voice.speech.stress import Overrides, load_overrides
from voice.tuning import tuning


@dataclass(frozen=True)
class SpokenEdition:
    """Objects made of content only; calls that go on meanwhile hear the new words from their next sentence."""

    lines: Lines
    words: Pronunciation
    script: Script
    hotwords: Hotwords
    personas: dict[str, Mapping[str, Any]]
    strategies: Strategies
    mender: Mender
    stresses: Overrides

    def adopt(self, new: SpokenEdition) -> None:
        """Become the new edition in one step."""
        for one in fields(self):
            adopt(getattr(self, one.name), getattr(new, one.name))


def load_spoken(settings: Settings, content: Content, groups: frozenset[str]) -> SpokenEdition:
    """Read a project. Raises ContentError that names the file."""
    folder = settings.content_dir
    return SpokenEdition(
        lines=load_lines(folder / "lines.yml", groups),
        words=pronunciation.load(folder / "pronunciation.yml"),
        script=Script.load(folder),
        hotwords=hotwords.from_content(content, folder / "hotwords.yml"),
        personas=speech.persona_voices(settings),
        strategies=tuning(folder / "turn_taking.yml"),
        mender=Mender.of(content),
        stresses=load_overrides(folder / "stress.yml"),
    )
