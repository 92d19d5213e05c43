"""What a caller gets to hear of an answer: real content, real persona voices, real text for the ear."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.paths import HERE
from app.settings import Settings
from app.speech import persona_voices
from bot.services.errors import ContentError
from voice.dialogue import Answer, Choice
from voice.ear import pronunciation
from voice.ladder import Ladder
from voice.saying import BITE_WORDS, Teller
from voice.script import Script
from voice.transcript import KEPT_CALLS, Transcripts
from voice.tuning import tuning

CONTENT = HERE.root / "bot" / "content"
SCRIPT = Script.load(CONTENT)


def teller(persona: str = "line122") -> Teller:
    """In one of the personas, on a Sunday."""
    words = pronunciation.book(CONTENT / "pronunciation.yml")
    voices = persona_voices(Settings(_env_file=None))  # type: ignore[call-arg]
    return Teller(SCRIPT, voices[persona], date(2026, 11, 22), words)


def answer(text: str, *choices: tuple[str, str], expected: str | None = None, **more: object) -> Answer:
    return Answer(({"text": text, **more},), expected, tuple(Choice(*choice) for choice in choices))


def test_a_written_answer_is_said_in_spoken_words() -> None:
    """«Напишите» is for a screen."""
    said = teller().answer(answer("Кто придёт? Напишите фамилию, имя и отчество.", expected="person_name")).text
    assert said == "Кто придёт? Назовите фамилию, имя и отчество."


def test_choices_are_read_with_their_keys_when_something_is_asked() -> None:
    """Beyond four only their number is said."""
    days = [(f"вт {day}.11", "/inform") for day in (24, 25, 26, 27, 28)]
    said = teller().answer(answer("На какой день?", *days, expected="appointment_day")).text
    assert "Один - вторник, двадцать четвёртого ноября." in said
    assert "И ещё один вариант" in said and "Пять" not in said


def test_a_menu_under_a_plain_answer_is_not_read() -> None:
    """It would only be in the way; its words work all the same."""
    said = teller().answer(answer("Пошлина 300 ₽.", ("Записаться", "/book_appointment"))).text
    assert said == "Пошлина триста рублей."


def test_yes_and_no_are_not_read() -> None:
    """The question was enough."""
    said = teller().answer(answer("Всё верно?", ("Да", "/affirm"), ("Нет", "/deny"), expected="appointment_confirmed"))
    assert said.text == "Всё верно?"


def test_a_long_answer_waits_for_more() -> None:
    """What an ear holds, and the question for the rest; the rest comes without a loss."""
    text = " ".join(f"Возьмите справку номер {n} и приложите к ней копию паспорта заявителя." for n in range(1, 13))
    first = teller().answer(answer(text))
    assert first.asks_more and first.text.endswith("?")
    assert len(first.text.split()) <= BITE_WORDS * 1.5
    second = teller().more(first.rest)
    assert len(first.phrases) - 1 + len(first.rest) == 12 and second.phrases[0] == first.rest[0]


def test_a_consent_is_said_whole_and_protected() -> None:
    """Its text may not be cut (152-FZ art. 9)."""
    text = " ".join(["Без вашего согласия я их не спрашиваю."] * 20)
    speech = teller().answer(answer(text, form={"type": "consent"}, expected="personal_data_consent"))
    assert speech.protected and not speech.rest and len(speech.phrases) == 20


def test_a_feeling_is_said_in_another_tone_than_facts() -> None:
    """The persona's line first, slower and lower when the caller is angry."""
    told = answer("Слышу, как вы злитесь.\nНомер сообщения 5.", feeling="Слышу, как вы злитесь.")
    speech = teller().answer(Answer(told.replies, emotion="anger", intensity=0.9))
    assert speech.phrases[0].text == "Слышу, как вы злитесь."
    assert speech.phrases[0].prosody.rate < speech.phrases[1].prosody.rate


def test_a_link_is_not_spelled_out() -> None:
    """It cannot be dictated; where it is, is said."""
    said = teller().answer(answer("Оплатите здесь: https://pay.example.invalid/x1?y=2")).text
    assert "http" not in said and "на сайте" in said


def test_the_two_lines_speak_differently() -> None:
    """Two personas over one dialogue."""
    one, other = (teller(name).text("Здравствуйте.").phrases[0].prosody for name in ("line122", "dokumenty"))
    assert one != other


def test_misses_climb_a_ladder_and_understanding_steps_down() -> None:
    """Rephrase, keys, human."""
    ladder = Ladder()
    assert [ladder.miss() for _ in range(4)] == ["first", "keys", "human", "human"]
    ladder.heard()
    assert ladder.miss() == "first"


def test_transcripts_of_ended_calls_are_let_go() -> None:
    """Those that go on stay, however many."""
    kept = Transcripts(lambda: 0.0)
    going_on = kept.open("going-on")
    for number in range(KEPT_CALLS * 2):
        kept.open(f"call-{number}").ended = "caller"
    assert kept.get("going-on") is going_on
    assert kept.get("call-0") is None and kept.get(f"call-{KEPT_CALLS * 2 - 1}") is not None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("endpoint: {plain_ms: 500}", "незнакомые разделы endpoint"),
        ("endpoints: {plain: 500}", "нет числа plain"),
        ("endpoints: {plain_ms: долго}", "plain_ms — число"),
        ("endpoints: {strategy: 5}", "strategy — слово"),
        ("endpoints: {strategy: by_mood}", "by_mood"),
        ("endpoints: {yes_no_ms: 100}", "pause_ms"),
        ("endpoints: 5", "нужны пары"),
    ],
)
def test_a_slip_in_the_numbers_of_turn_taking_is_named(text: str, complaint: str, tmp_path: Path) -> None:
    """By file, section and number."""
    file = tmp_path / "turn_taking.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(ContentError, match=complaint):
        tuning(file)


def test_the_shipped_numbers_are_those_of_the_measurements() -> None:
    """FACTS: 0.35 s after yes or no, 0.6 s else, 1.2 s for digits; barge-in after 250 ms with 300 ms look-back."""
    numbers = tuning(CONTENT / "turn_taking.yml")
    assert (numbers.endpoints.yes_no_ms, numbers.endpoints.plain_ms, numbers.endpoints.digits_ms) == (350, 600, 1200)
    assert (numbers.interruption.after_ms, numbers.interruption.look_back_ms) == (250, 300)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [("lines: {}", "нет строки hold_on"), ("lines: {hold_on: []}", "hold_on"), ("sentences: [а]\nlines: {}", "lines")],
)
def test_a_missing_line_is_named(change: str, complaint: str, tmp_path: Path) -> None:
    """The robot must not fall silent in a call for want of a line."""
    (tmp_path / "phone.yml").write_text(change, "utf-8")
    with pytest.raises(ContentError, match=complaint):
        Script.load(tmp_path)
