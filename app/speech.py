"""The robot's voice as the settings want it, and everything it says in every call, made before anybody calls."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from app.bootstrap.steps import Steps
from app.paths import HERE
from app.problems import Problem
from app.settings import Settings
from bot.services.calls.lines import PERSONAS, load_lines
from bot.services.plain_yaml import plain_yaml
from voice.ear import pronunciation
from voice.saying import Phrase, Teller
from voice.script import Script
from voice.speech import starting
from voice.speech.base import Prosody, SpeechFailed
from voice.speech.cache import CachedVoice
from voice.speech.factory import SpeechSettings, make_speech
from voice.speech.no_voice import NoVoice
from voice.speech.prompts import PromptVoice
from voice.speech.stress import Overrides


def voice(settings: Settings, overrides: Overrides | None = None) -> CachedVoice | PromptVoice:
    """The voice with its memory; `overrides` stand for the editors' stresses. Raises NoVoice, ContentError."""
    wanted = SpeechSettings(
        engine=settings.voice_speech,
        silero_model=settings.voice_silero_model,
        silero_speaker=settings.voice_silero_speaker or SpeechSettings.silero_speaker,
        silero_licence_held=settings.voice_silero_licence,
        stress=settings.content_dir / "stress.yml",
        prompts=settings.voice_prompts,
    )
    return make_speech(wanted, HERE.cache / "speech", overrides)


def persona_voices(settings: Settings) -> dict[str, Mapping[str, Any]]:
    """Gender, rate and pitch of each character."""
    folder = settings.project_dir / "bot" / "persona"
    return {name: plain_yaml((folder / f"{name}.yml").read_text("utf-8")).get("voice") or {} for name in PERSONAS}


def static_phrases(settings: Settings) -> list[tuple[str, Prosody]]:
    """Every sentence that needs no names and numbers: greetings, the phone's own lines, the robot's plain answers."""
    content = settings.content_dir
    script = Script.load(content)
    groups = plain_yaml((content / "groups.yml").read_text("utf-8"))["groups"]
    lines = load_lines(content / "lines.yml", {str(group["id"]) for group in groups})
    words = pronunciation.book(content / "pronunciation.yml")
    voices = persona_voices(settings)
    found: dict[tuple[str, Prosody], None] = {}
    for line in lines.lines.values():
        teller = Teller(script, voices.get(line.persona, {}), date.today(), words)
        texts = [*script.static(), *map(script.for_ear, _responses(settings))]
        asked = [script.for_ear(text) for text in _consents(content)]
        for phrase in (
            *_phrases(teller, line.greeting, texts),
            *(p for t in asked for p in teller.text(t, "consent").phrases),
        ):
            found[(phrase.text, Prosody(phrase.prosody.rate, phrase.prosody.pitch))] = None
    return list(found)


def _phrases(teller: Teller, greeting: str, texts: list[str]) -> Iterator[Phrase]:
    for text in [greeting, *texts]:
        yield from teller.text(text).phrases


def _consents(content: Path) -> Iterator[str]:
    """What is said before a consent is given."""
    data = plain_yaml((content / "consents.yml").read_text("utf-8"))
    yield from (str(one["short"]) for one in data["purposes"].values() if "{" not in str(one.get("short") or "{"))


def _responses(settings: Settings) -> Iterator[str]:
    domain = plain_yaml((settings.project_dir / "domain.yml").read_text("utf-8"))
    for variants in domain["responses"].values():
        for variant in heard(variants):
            # Only whole sentences are looked up, so of a response with braces the plain ones still count.
            yield from (part for part in str(variant.get("text", "")).split("\n") if "{" not in part)


def heard(variants: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What a caller may hear of a response: no variant for another channel, and only the phone's own if one of these is for all."""
    fitting = [v for v in variants if _channel(v) in ("", "phone")]
    own = [v for v in fitting if _channel(v)]
    # nlu/variants.py prefers those for the channel, so the others would never be said.
    return own if any(len(v["condition"]) == 1 for v in own) else fitting


def _channel(variant: Mapping[str, Any]) -> str:
    return next((str(c.get("value")) for c in variant.get("condition") or () if c.get("name") == "channel"), "")


def prerender(settings: Settings, steps: Steps) -> None:
    """Say all static phrases once, so that no caller waits for them; does nothing when none has changed. Raises Problem."""
    phrases = static_phrases(settings)
    try:
        speaker = voice(settings)
    except NoVoice as error:
        raise Problem(str(error)) from error
    stamp = HERE.cache / "speech" / "static.json"
    mark = hashlib.sha256(json.dumps([speaker.name, *map(str, phrases)]).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text("utf-8") == mark:
        return
    with steps.step("Озвучиваю постоянные фразы") as step:
        failed = asyncio.run(_say_all(speaker, phrases, step))
    if failed:
        steps.say(f"⚠ Не озвучилось заранее: {failed} из {len(phrases)}; эти фразы озвучатся во время звонка")
        return
    stamp.write_text(mark, "utf-8")


async def _say_all(speaker: CachedVoice | PromptVoice, phrases: list[tuple[str, Prosody]], step: Any) -> int:
    def progress(done: int, of: int) -> None:
        step.note = f"{done} из {of}"

    try:
        await starting.start(speaker)
        return len((await speaker.prerender(phrases, progress)).failed)
    except SpeechFailed as error:
        raise Problem(f"Голос не запустился: {error}") from error
    finally:
        await speaker.close()
