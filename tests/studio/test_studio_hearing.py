"""What an editor hears of a text is what a caller would: the same words, the character's manner, the mood's tone."""

from __future__ import annotations

import asyncio
import io
import wave
from datetime import UTC, datetime

import pytest
import yaml

from app.settings import Settings
from app.speech import heard
from app.spoken_edition import SpokenEdition, load_spoken
from app.studio.hearing import MOST_SENTENCES, Hearing
from app.studio.previews import TELEGRAM, draw
from bot.services.content import load
from bot.studio.refusals import NotPossible
from bot.studio.studio import Piece
from voice.audio import RATE, silence
from voice.speech.base import PLAIN, Prosody, SpeechFailed


class Metronome:
    """A voice that says every letter in ten milliseconds and remembers what it was asked for."""

    name = "metronome"

    def __init__(self) -> None:
        self.said: list[tuple[str, Prosody]] = []

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        self.said.append((sentence, prosody))
        return bytes(RATE // 100 * 2 * len(sentence)) + silence(prosody.pause_ms)

    async def close(self) -> None:
        pass


class Mute(Metronome):
    """A voice that has fallen silent."""

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        raise SpeechFailed(sentence)


@pytest.fixture(scope="module")
def edition() -> SpokenEdition:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    groups = yaml.safe_load((settings.content_dir / "groups.yml").read_text("utf-8"))["groups"]
    return load_spoken(settings, load(settings.content_dir), frozenset(str(group["id"]) for group in groups))


def hearing(edition: SpokenEdition, voice: Metronome) -> Hearing:
    return Hearing(edition, voice, lambda: datetime(2026, 11, 22, tzinfo=UTC))


async def test_a_text_is_said_in_words_for_the_ear_as_a_telephone_wav(edition: SpokenEdition) -> None:
    voice = Metronome()
    sound = await hearing(edition, voice)("Напишите 5 цифр из СНИЛС.", "dokumenty", "neutral")
    (said, _), = voice.said  # fmt: skip
    assert said == "Скажите пять цифр из сн+илс."
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() >= RATE // 100 * len(said)


async def test_character_mood_and_a_manner_on_trial_change_the_tone(edition: SpokenEdition) -> None:
    voice = Metronome()
    hear = hearing(edition, voice)
    await hear("Понимаю вас.", "dokumenty", "neutral")
    await hear("Понимаю вас.", "line122", "neutral")
    await hear("Понимаю вас.", "line122", "anger", feels=True)
    await hear("Понимаю вас.", "line122", "neutral", {"rate": 1.05, "pitch": 2.0})
    documents, line, angry, tried = (prosody for _, prosody in voice.said)
    assert documents.rate > line.rate > angry.rate
    assert documents.pitch > line.pitch > angry.pitch
    assert (tried.rate, tried.pitch) == (1.05, 2.0)


async def test_an_endless_text_is_cut_and_an_empty_one_is_refused(edition: SpokenEdition) -> None:
    voice = Metronome()
    await hearing(edition, voice)("Да. " * 60, "dokumenty", "neutral")
    assert len(voice.said) == MOST_SENTENCES
    with pytest.raises(NotPossible, match="нечего"):
        await hearing(edition, voice)("…", "dokumenty", "neutral")


async def test_a_silent_voice_is_told_in_words(edition: SpokenEdition) -> None:
    with pytest.raises(NotPossible, match="через минуту"):
        await hearing(edition, Mute())("Здравствуйте.", "dokumenty", "neutral")


async def test_editors_are_served_one_after_the_other(edition: SpokenEdition) -> None:
    voice = Metronome()
    hear = hearing(edition, voice)
    await asyncio.gather(hear("Раз. Два.", "dokumenty", "neutral"), hear("Три. Четыре.", "dokumenty", "neutral"))
    assert [said for said, _ in voice.said] in (
        ["Раз.", "Два.", "Три.", "Четыре."],
        ["Три.", "Четыре.", "Раз.", "Два."],
    )


def condition(**told: str) -> list[dict[str, str]]:
    return [{"type": "slot", "name": name, "value": value} for name, value in told.items()]


def test_only_what_a_caller_may_hear_is_made_before_anybody_calls() -> None:
    plain, old = {"text": "Пишите."}, {"text": "Пишите не спеша.", "condition": condition(segment="pensioner")}
    phone, chat = ({"text": "Звоните.", "condition": condition(channel=name)} for name in ("phone", "messenger"))
    angry = {"text": "Слышу вас.", "condition": condition(channel="phone", emotion="anger")}
    assert heard([plain, old]) == [plain, old]
    assert heard([plain, chat]) == [plain]
    assert heard([plain, old, phone, angry, chat]) == [phone, angry]
    assert heard([plain, angry]) == [plain, angry]


def test_previews_are_drawn_as_the_channels_draw_them() -> None:
    from channels.telegram.channel import Telegram

    assert Telegram.limits == TELEGRAM
    drawn = draw("Записать вас?", [("Да", "/affirm"), ("Нет", "/deny")])
    assert drawn["telegram"] == (Piece("Записать вас?", (("Да", "Нет"),)),)
    assert drawn["sms"] == (Piece("Записать вас?\n\n1. Да\n2. Нет\nЧтобы выбрать, напишите номер."),)
    assert len(draw("слово " * 100, [])["sms"]) > 1
