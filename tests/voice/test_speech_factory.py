"""Which voice the settings give, and what the administrator is told when there is none."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from bot.services.errors import ContentError
from voice.speech.factory import SpeechSettings, make, make_speech
from voice.speech.no_voice import NoVoice
from voice.speech.prompts import PromptVoice
from voice.speech.stress import load_overrides, marked

CONTENT = Path("bot/content/stress.yml")
NO_TORCH = importlib.util.find_spec("torch") is None


def settings(**changes: object) -> SpeechSettings:
    return SpeechSettings(**{"festival_command": shutil.which("true") or "/bin/true", **changes})  # type: ignore[arg-type]


def test_without_anything_the_administrator_is_told_what_to_install() -> None:
    with pytest.raises(NoVoice, match=r"festival и festvox-ru.*\./otklik up --voice"):
        make(SpeechSettings(festival_command="festival-is-not-here"))


def test_auto_is_festival_when_there_is_no_model() -> None:
    assert make(settings()).name == "festival/msu_ru_nsh_clunits"


def test_the_editors_dictionary_is_part_of_the_voices_name() -> None:
    assert make(settings(stress=CONTENT)).name.startswith("festival/msu_ru_nsh_clunits/")


def test_silero_without_a_path_says_where_to_read() -> None:
    with pytest.raises(NoVoice, match=r"docs/voice-silero\.md"):
        make(settings(engine="silero"))


@pytest.mark.skipif(not NO_TORCH, reason="torch есть: отказ без него не проверен")
def test_silero_without_torch_says_so_and_auto_falls_back(tmp_path: Path) -> None:
    model = tmp_path / "v5_cis_base.pt"
    model.write_bytes(b"x")
    with pytest.raises(NoVoice, match="torch"):
        make(settings(engine="silero", silero_model=model))
    assert make(settings(silero_model=model)).name.startswith("festival/")


async def test_the_voice_of_a_call_has_its_recordings_around_its_memory(tmp_path: Path) -> None:
    voice = make_speech(settings(prompts=tmp_path), tmp_path / "cache")
    assert isinstance(voice, PromptVoice) and voice.problems == []
    await voice.close()


def test_the_editors_dictionary_is_sound() -> None:
    overrides = load_overrides(CONTENT)
    assert len(overrides) > 60
    assert marked("Снилс и улица Ленина, м+аркса.", overrides) == "сн+илс и улица л+енина, м+аркса."
    for document in (Path("docs/voice-silero.md").read_text("utf-8"),):
        assert str(len(overrides)) in document


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("паспорт", "нет знака"),
        ("п+рст", "перед ударной гласной"),
        ("пас+порт1", "только русские буквы"),
        ("п+аспорт\n  - пасп+орт", "дважды по-разному"),
    ],
)
def test_a_slip_in_the_dictionary_is_named(tmp_path: Path, entry: str, complaint: str) -> None:
    path = tmp_path / "stress.yml"
    path.write_text(f"words:\n  - {entry}\n", "utf-8")
    with pytest.raises(ContentError, match=complaint) as error:
        load_overrides(path)
    assert str(path) in str(error.value)


def test_an_unknown_field_in_the_dictionary_is_named(tmp_path: Path) -> None:
    path = tmp_path / "stress.yml"
    path.write_text("words: [сн+илс]\nslova: []\n", "utf-8")
    with pytest.raises(ContentError, match="slova"):
        load_overrides(path)
