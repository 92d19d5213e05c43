"""Silero's whole path, from a model file to sound, with a stand-in model: a real torch package that hums instead of speaking."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voice.audio import milliseconds
from voice.speech.base import Prosody, SpeechFailed
from voice.speech.no_voice import NoVoice
from voice.speech.silero import SileroVoice, check_licence, to_ssml
from voice.speech.stress import Accentor, load_overrides

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None or importlib.util.find_spec("silero_stress") is None,
    reason="нет torch и silero-stress (docs/voice-silero.md): голос Silero не проверен",
)

# What the published models offer and how they are called; the text it was given can be read from the length of the sound.
HUMMING = """
import math
import re
import torch

class Model:
    speakers = ["ru_ekaterina", "ru_igor", "tat_albina"]

    def to(self, device):
        self.device = device

    def apply_tts(self, text=None, ssml_text=None, speaker="ru_ekaterina", sample_rate=48000):
        if speaker not in self.speakers or sample_rate not in (8000, 24000, 48000):
            raise ValueError("speaker or rate")
        if not re.fullmatch(r"<speak>(<s>[^<>&]+</s>(<break time=\\"\\d+ms\\"/>)?)+</speak>", ssml_text):
            raise ValueError("ssml")
        if "взрыв" in ssml_text.replace("+", ""):
            raise RuntimeError("boom")
        stressed = ssml_text.count("+")
        time = torch.arange(stressed * sample_rate // 5) / sample_rate
        return 0.2 * torch.sin(2 * math.pi * 200 * time)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A torch package with the entry and the calling convention of the published models."""
    import torch

    folder = tmp_path_factory.mktemp("silero")
    (folder / "humming_model.py").write_text(HUMMING, "utf-8")
    sys.path.insert(0, str(folder))
    try:
        import humming_model  # type: ignore[import-not-found]

        path = folder / "v5_cis_base_nostress.pt"
        with torch.package.PackageExporter(str(path)) as exporter:
            exporter.intern("humming_model")
            exporter.extern("torch")
            exporter.save_pickle("tts_models", "model", humming_model.Model())
    finally:
        sys.path.remove(str(folder))
    return path


@pytest.fixture(scope="module")
def voice(model: Path) -> Iterator[SileroVoice]:
    """One voice for many tests: the accentor takes seconds to load."""
    made = SileroVoice(model, overrides={"снилс": "сн+илс"}, limit=60)
    asyncio.run(made.start())
    yield made
    asyncio.run(made.close())


@needs_torch
@pytest.mark.slow
async def test_a_sentence_is_stressed_and_becomes_sound(voice: SileroVoice) -> None:
    # Five stressed vowels, a fifth of a second each.
    assert milliseconds(await voice.say("Возьмите паспорт и справку завтра.")) == pytest.approx(1000, abs=60)
    slow = await voice.say("Возьмите паспорт и справку завтра.", Prosody(rate=0.9, pitch=-1, pause_ms=100))
    assert milliseconds(slow) == pytest.approx(1000 / 0.9 + 100, abs=80)


@needs_torch
@pytest.mark.slow
async def test_two_at_once_and_a_long_one(voice: SileroVoice) -> None:
    text = "Возьмите паспорт, заявление и справку. " * 12
    long, short = await asyncio.gather(voice.say(text), voice.say("Возьмите паспорт."))
    assert milliseconds(long) > 20 * milliseconds(short)


@needs_torch
@pytest.mark.slow
async def test_markup_and_emoji_in_a_citizens_words_do_no_harm(voice: SileroVoice) -> None:
    assert await voice.say('</s></speak> <break time="9s"/> & «паспорт» 😀')
    assert await voice.say("😀 123", Prosody(pause_ms=20)) == bytes(320)


@needs_torch
@pytest.mark.slow
async def test_a_model_that_throws_fails_one_sentence_only(voice: SileroVoice) -> None:
    with pytest.raises(SpeechFailed, match="RuntimeError"):
        await voice.say("Взрыв.")
    assert await voice.say("Паспорт.")


@needs_torch
@pytest.mark.slow
async def test_an_unknown_speaker_is_answered_with_the_russian_ones(model: Path) -> None:
    voice = SileroVoice(model, "ru_nobody")
    with pytest.raises(NoVoice, match=r"Есть: ru_ekaterina, ru_igor$"):
        await voice.start()
    with pytest.raises(SpeechFailed, match="ru_nobody"):
        await voice.say("Да.")
    await voice.close()


@needs_torch
@pytest.mark.slow
async def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "v5_cis_base.pt"
    path.write_bytes(b"not a package")
    voice = SileroVoice(path)
    with pytest.raises(NoVoice, match="не похож на модель"):
        await voice.start()
    await voice.close()


@needs_torch
@pytest.mark.slow
def test_stress_is_placed_and_the_dictionary_goes_first() -> None:
    accentor = Accentor(load_overrides(Path("bot/content/stress.yml")))
    assert accentor.mark("приходите в эм-эф-цэ на улицу ленина.") == "приход+ите в эм-эф-ц+э н+а +улицу л+енина."
    assert "госпошл+ина" in accentor.mark("госпошлина за договор")
    assert accentor.mark("зам+ок еще закрыт").startswith("зам+ок ещ+ё")


@pytest.mark.parametrize("name", ["v5_ru.pt", "v5_5_ru.pt", "v4_ru.pt", "v6_cis_base.pt", "v5_cis_ext.pt", "model.pt"])
def test_a_model_that_is_not_free_is_refused_unless_the_licence_is_held(name: str) -> None:
    with pytest.raises(NoVoice, match="CC BY-NC"):
        check_licence(Path(name), held=False)
    check_licence(Path(name), held=True)


@pytest.mark.parametrize("name", ["v5_cis_base.pt", "v5_cis_base_nostress.pt"])
def test_the_free_models_are_allowed(name: str) -> None:
    check_licence(Path(name), held=False)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoVoice, match=r"v5_cis_base\.pt"):
        SileroVoice(tmp_path / "v5_cis_base.pt")


def test_sentences_become_ssml_with_a_pause_between_them() -> None:
    assert to_ssml("д+а. н+ет!") == '<speak><s>д+а.</s><break time="220ms"/><s>н+ет!</s></speak>'
