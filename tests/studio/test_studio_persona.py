"""Characters in an editor's draft: their lines with the rules for writing them, their numbers, and the words of feelings."""

from __future__ import annotations

import difflib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.paths import HERE
from bot.persona.emotion import Emotions
from bot.persona.persona import Persona
from bot.studio.drafts import Draft, Drafts
from bot.studio.persona_lexicon import FEELINGS, add_sign, levels, read, remove_sign, signs
from bot.studio.persona_lines import LEAST, PERSONAS, Block, Line, block_of, blocks, line_notes, path_of, set_lines
from bot.studio.persona_manner import PACE, VOICE, manner, set_manner, whole
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from tests.projects import copy_of_project
from voice.speech.feeling import PITCHES, RATES

OURS = Project(HERE.root)


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> Drafts:
    folder = tmp_path_factory.mktemp("persona")
    published = Project(copy_of_project(folder / "project"))
    return Drafts(folder / "drafts", published, lambda: datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture
def draft(drafts: Drafts) -> Draft:
    return drafts.discard("editor")


def difference(draft: Draft, path: str) -> list[str]:
    """Lines that the draft takes away and adds."""
    lines = difflib.unified_diff(draft.base.read(path).splitlines(), draft.read(path).splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_published_line_breaks_a_rule_that_stops(persona: str) -> None:
    for block in blocks(OURS, persona).values():
        assert len(block.lines) >= LEAST, block.key
        for line in block.lines:
            assert not [note.text for note in line_notes(block, line) if note.stops], line.text


def test_places_have_russian_names() -> None:
    found = blocks(OURS, "dokumenty")
    assert found["feelings.anger"].title == "гнев"
    assert found["pairs.anger.bad_news"].title == "гнев, отказ и плохие вести"
    assert found["turns.success"].title == "дело сделано"
    assert found["death"].title.startswith("При утрате")
    with pytest.raises(KeyError):
        blocks(OURS, "neutral")


def test_a_line_is_added_and_one_is_changed_and_the_file_stays_as_it_was_else(draft: Draft) -> None:
    first, *others = blocks(draft.work, "dokumenty")["feelings.joy"].lines
    set_lines(
        draft, "dokumenty", "feelings.joy", [Line("Рада за вас!"), *others, Line("Вот это новость!", ("widget", "vk"))]
    )
    assert difference(draft, path_of("dokumenty")) == [
        f'-    - "{first.text}"', '+    - "Рада за вас!"', '+    - {text: "Вот это новость!", channels: [widget, vk]}',
    ]  # fmt: skip
    persona = Persona.load(draft.work.folder / path_of("dokumenty"))
    assert persona.lines.feelings["joy"][-1] == {"text": "Вот это новость!", "channels": ["widget", "vk"]}


def test_a_pair_may_be_begun_and_taken_away_again(draft: Draft) -> None:
    key = "pairs.joy.greeting"
    assert block_of(draft.work, "line122", key) == Block(key, ())
    with pytest.raises(KeyError):
        block_of(draft.work, "line122", "pairs.joy.nowhere")
    with pytest.raises(NotPossible, match="не меньше 8"):
        set_lines(draft, "line122", key, [Line("Рада вас слышать.")])
    set_lines(draft, "line122", key, [Line(f"Рада вас слышать {number} раз.") for number in range(8)])
    assert len(Persona.load(draft.work.folder / path_of("line122")).lines.pairs["joy/greeting"]) == 8
    set_lines(draft, "line122", key, [])
    assert blocks(draft.work, "line122") == blocks(draft.base, "line122")


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        ("feelings.anger", "Понимаю ваш гнев!", "восклицательных"),
        ("pairs.worry.bad_news", "Держитесь :)", "смайлик"),
        ("feelings.joy", "Обещаю, всё сделаем.", "обещание"),
        ("feelings.joy", "Рада, {name}.", "скобок"),
        ("feelings.joy", "а" * 301, "300"),
        ("feelings.joy", " ", "Пустую"),
    ],
)
def test_a_line_against_the_rules_is_refused_with_the_rule(draft: Draft, key: str, text: str, why: str) -> None:
    lines = blocks(draft.work, "dokumenty")[key].lines
    with pytest.raises(NotPossible, match=why):
        set_lines(draft, "dokumenty", key, [*lines, Line(text)])
    assert draft.changed() == []


def test_too_few_lines_and_the_same_line_twice_are_refused(draft: Draft) -> None:
    lines = blocks(draft.work, "dokumenty")["death"].lines
    with pytest.raises(NotPossible, match="не меньше 8"):
        set_lines(draft, "dokumenty", "death", lines[1:])
    with pytest.raises(NotPossible, match="совпадают"):
        set_lines(draft, "dokumenty", "death", [*lines, lines[0]])


def test_a_long_line_is_only_warned_about() -> None:
    block = blocks(OURS, "dokumenty")["feelings.joy"]
    (note,) = line_notes(block, Line("Рада. Очень. Правда."))
    assert not note.stops and "двух" in note.text


def test_numbers_are_kept_within_what_a_voice_may_do(draft: Draft) -> None:
    assert (VOICE["rate"].least, VOICE["rate"].most) == RATES
    assert (VOICE["pitch"].least, VOICE["pitch"].most) == PITCHES
    now = manner(draft.work, "dokumenty")
    with pytest.raises(NotPossible, match="Скорость"):
        set_manner(draft, "dokumenty", replace(now, voice={**now.voice, "rate": 2.0}))
    with pytest.raises(NotPossible, match="Высота"):
        set_manner(draft, "dokumenty", replace(now, voice={**now.voice, "pitch": float("nan")}))
    set_manner(draft, "dokumenty", replace(now, voice={**now.voice, "rate": 0.95}, pace={**now.pace, "turns": 6.0}))
    assert sorted(line for line in difference(draft, path_of("dokumenty")) if len(line) > 1) == [
        "+pace: {turns: 6, strong_turns: 2, neutral_turns: 6, intensity: 0.4, strong: 0.6}",
        "+voice: {gender: feminine, rate: 0.95, pitch: 1}",
        "-pace: {turns: 4, strong_turns: 2, neutral_turns: 6, intensity: 0.4, strong: 0.6}",
        "-voice: {gender: feminine, rate: 0.97, pitch: 1}",
    ]
    assert set(PACE) == set(manner(draft.work, "dokumenty").pace)
    assert Persona.load(draft.work.folder / path_of("dokumenty")).lines.pace.turns == 6


def test_a_whole_answer_is_read_with_both_parts_and_heard_with_one() -> None:
    block = blocks(OURS, "dokumenty")["feelings.anger"]
    made = whole(OURS, "dokumenty", block, Line("Понимаю ваш гнев."))
    second = blocks(OURS, "dokumenty")["to_work"].lines[0].text
    assert made.written.startswith(f"Понимаю ваш гнев. {second}\n\n")
    assert made.heard.startswith("Понимаю ваш гнев. ") and second not in made.heard
    assert "{" not in made.written + made.heard
    pair = blocks(OURS, "dokumenty")["pairs.neutral.success"]
    assert "Вы записаны" in whole(OURS, "dokumenty", pair, pair.lines[0]).heard


def test_a_word_of_a_feeling_is_found_added_noticed_and_removed(draft: Draft) -> None:
    assert {sign.emotion for sign in signs(draft.work, "злиться")} == {"anger"}
    assert set(FEELINGS) <= {sign.emotion for sign in signs(draft.work)}
    strong = levels(draft.work, "anger")[0]
    assert read(draft.work, "вы меня замурыжили").emotion.name == "neutral"
    add_sign(draft, "anger", strong, "замурыжить")
    reading = read(draft.work, "вы меня замурыжили")
    assert reading.emotion.name == "anger"
    (noticed,) = reading.noticed
    assert (noticed.words, noticed.phrase) == ("замурыжили", "замурыжить")
    assert difference(draft, "bot/persona/lexicon.yml") == ["+      - замурыжить"]
    remove_sign(draft, "anger", strong, "замурыжить")
    assert draft.changed() == []
    remove_sign(draft, "anger", strong, "замурыжить")


@pytest.mark.parametrize(
    ("emotion", "phrase", "why"),
    [("anger", "злиться", "уже есть"), ("anger", "", "слово"), ("boredom", "скучно", "из списка")],
)
def test_a_word_that_cannot_be_is_refused(draft: Draft, emotion: str, phrase: str, why: str) -> None:
    weight = levels(draft.work, "anger")[0]
    with pytest.raises(NotPossible, match=why):
        add_sign(draft, emotion, weight, phrase)


def test_why_a_sentence_was_read_so_names_words_marks_and_a_loss() -> None:
    emotions = Emotions.load(OURS.persona / "lexicon.yml")
    noticed = emotions.noticed("Я злюсь 😡, а у меня умерла бабушка")
    assert ("anger", "злюсь") in {(one.emotion, one.words) for one in noticed}
    assert any(one.words == "" and one.emotion == "anger" for one in noticed)
    assert any(one.words.startswith("умерла") for one in noticed)
    assert emotions.noticed("не злюсь") == []
