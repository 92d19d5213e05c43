"""Makes the voice the settings ask for, with its memory and the announcer's recordings around it."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from voice.speech.base import Voice
from voice.speech.cache import CachedVoice
from voice.speech.fallbacks import FirstThatWorks
from voice.speech.festival import FestivalVoice
from voice.speech.no_voice import NoVoice
from voice.speech.prompts import PromptVoice
from voice.speech.silero import SileroVoice
from voice.speech.stress import Overrides, load_overrides


@dataclass(frozen=True)
class SpeechSettings:
    """What an administrator may choose about the voice."""

    engine: Literal["auto", "festival", "silero"] = "auto"
    """`auto`: Silero when its model and torch are there, with Festival behind it; else Festival."""
    festival_command: str = "festival"
    festival_voice: str = "voice_msu_ru_nsh_clunits"
    festival_servers: int = 1
    """Processes of 0.7 GB; one is enough for dozens of calls."""
    silero_model: Path | None = None
    silero_speaker: str = "ru_ekaterina"
    silero_threads: int = 1
    silero_licence_held: bool = False
    """The agency has a licence for a model that is not free (v5_ru and later)."""
    stress: Path | None = None
    """The editors' dictionary, bot/content/stress.yml."""
    prompts: Path | None = None
    """Folder of an announcer's recordings."""
    cache_mb: float = 500
    """Room on disk for what was said: 1 MB is one minute."""


def make(settings: SpeechSettings, overrides: Overrides | None = None) -> Voice:
    """The voice itself, without a cache; `overrides` stand for the dictionary of the settings.

    Raises NoVoice, and ContentError for a slip in the dictionary.
    """
    if overrides is None:
        overrides = load_overrides(settings.stress) if settings.stress is not None else {}
    if settings.engine == "silero":
        return _silero(settings, overrides)
    if settings.engine == "festival":
        return _festival(settings, overrides)
    silero = settings.silero_model is not None and importlib.util.find_spec("torch") is not None
    festival = shutil.which(settings.festival_command) is not None
    if silero and festival:
        return FirstThatWorks([_silero(settings, overrides), _festival(settings, overrides)])
    return _silero(settings, overrides) if silero else _festival(settings, overrides)


def make_speech(settings: SpeechSettings, cache: Path, overrides: Overrides | None = None) -> CachedVoice | PromptVoice:
    """The voice as a call uses it: recordings first, then what was said before (in `cache`), then the voice. Raises as `make`."""
    cached = CachedVoice(make(settings, overrides), cache, settings.cache_mb)
    return PromptVoice(settings.prompts, cached) if settings.prompts is not None else cached


def _festival(settings: SpeechSettings, overrides: Overrides) -> Voice:
    if shutil.which(settings.festival_command) is None:
        raise NoVoice(
            "Нет голоса: поставьте пакеты festival и festvox-ru или запустите ./otklik up --voice, он поставит их сам, где может"
        )
    return FestivalVoice(
        settings.festival_command, settings.festival_voice, settings.festival_servers, overrides=overrides
    )


def _silero(settings: SpeechSettings, overrides: Overrides) -> Voice:
    if settings.silero_model is None:
        raise NoVoice("Для голоса Silero укажите путь к файлу модели: docs/voice-silero.md")
    if importlib.util.find_spec("torch") is None:
        raise NoVoice("Для голоса Silero нужен пакет torch: docs/voice-silero.md")
    return SileroVoice(
        settings.silero_model,
        settings.silero_speaker,
        overrides=overrides,
        licence_held=settings.silero_licence_held,
        threads=settings.silero_threads,
    )
