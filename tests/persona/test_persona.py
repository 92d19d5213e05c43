"""The persona speaks rarely, to the point, without repeating itself, and holds its tongue where it must."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

from bot.persona.emotion import GLAD, NAMES, NEUTRAL, Emotion
from bot.persona.persona import SITUATIONS, Persona

FOLDER = Path(__file__).resolve().parents[2] / "bot" / "persona"
LIVELY = ["dokumenty", "line122"]


def load(name: str, seed: int = 1) -> Persona:
    return Persona.load(FOLDER / f"{name}.yml", random.Random(seed))


@pytest.fixture(scope="module", params=LIVELY)
def persona(request: pytest.FixtureRequest) -> Persona:
    return load(request.param)


def say(persona: Persona, emotion: Emotion, situation: str | None = None, **more: Any) -> str | None:
    return persona.line(emotion, situation, more.get("channel", "VK"), more.get("state", {}), more.get("mode", "robot"))


def test_every_emotion_and_situation_has_eight_variants(persona: Persona) -> None:
    lines = persona.lines
    assert set(lines.feelings) == set(NAMES) - {"neutral"}
    assert set(lines.turns) == set(SITUATIONS) - {"death"}
    groups = [*lines.feelings.values(), *lines.turns.values(), *lines.pairs.values()]
    groups += [lines.to_work, lines.death, lines.offer_human]
    assert all(len(group) >= 8 and len({v["text"] for v in group}) == len(group) for group in groups)


def test_sad_and_angry_people_hear_no_exclamation_marks(persona: Persona) -> None:
    for name, variants in [*persona.lines.feelings.items(), *persona.lines.pairs.items()]:
        if name.split("/")[0] not in GLAD:
            assert not [v["text"] for v in variants if "!" in v["text"]], name
    rest = [*persona.lines.turns.values(), persona.lines.death, persona.lines.offer_human, persona.lines.to_work]
    assert not [v["text"] for variants in rest for v in variants if "!" in v["text"]]


def test_the_robot_speaks_of_itself_in_the_feminine_and_briefly(persona: Persona) -> None:
    lines = persona.lines
    groups = [*lines.feelings.values(), *lines.turns.values(), *lines.pairs.values()]
    texts = [v["text"] for group in [*groups, lines.death, lines.offer_human, lines.to_work] for v in group]
    for text in texts:
        assert not re.search(r"\bя (?:рад|понял|готов|нашёл|услышал|сам|уверен)\b", text, re.IGNORECASE), text
        assert len(text) <= 170, text


def test_a_strong_feeling_is_named_and_work_follows(persona: Persona) -> None:
    text = say(persona, Emotion("worry", 0.8), "first_request")
    assert text is not None
    feelings = [v["text"] for v in persona.lines.feelings["worry"]]
    work = [v["text"] for v in persona.lines.turns["first_request"]]
    assert any(text == f"{a} {b}" for a in feelings for b in work)


def test_it_does_not_speak_every_turn(persona: Persona) -> None:
    state: dict[str, Any] = {}
    said = [say(persona, Emotion("worry", 0.7), None, state=state) for _ in range(12)]
    assert 2 <= sum(s is not None for s in said) <= 4
    assert said[0] is not None and said[1] is None


def test_a_new_strong_feeling_may_be_answered_sooner(persona: Persona) -> None:
    state: dict[str, Any] = {}
    assert say(persona, Emotion("confusion", 0.5), None, state=state)
    assert say(persona, NEUTRAL, None, state=state) is None
    assert say(persona, Emotion("despair", 0.9), None, state=state)


def test_a_pleasantry_does_not_silence_a_feeling(persona: Persona) -> None:
    state: dict[str, Any] = {}
    assert say(persona, NEUTRAL, "greeting", state=state)
    assert say(persona, Emotion("worry", 0.5), "waiting", state=state)


def test_nothing_is_said_twice_in_a_conversation(persona: Persona) -> None:
    state: dict[str, Any] = {}
    said = [say(persona, Emotion("sadness", 0.8), "first_request", state=state) for _ in range(60)]
    spoken = [s for s in said if s]
    assert len(spoken) >= 8 and len(set(spoken[:8])) == 8


def test_weak_feelings_pass_in_silence(persona: Persona) -> None:
    assert say(persona, Emotion("worry", 0.3)) is None
    assert say(persona, NEUTRAL) is None


@pytest.mark.parametrize("mode", ["queued", "operator"])
def test_it_is_silent_when_a_human_answers(persona: Persona, mode: str) -> None:
    assert say(persona, Emotion("anger", 0.9), "first_request", mode=mode) is None


def test_it_is_silent_in_a_crisis_and_after_it(persona: Persona) -> None:
    state: dict[str, Any] = {}
    assert say(persona, Emotion("despair", 0.9), "crisis", state=state) is None
    assert [say(persona, Emotion("joy", 0.9), "success", state=state) for _ in range(9)] == [None] * 9


def test_a_death_gets_condolences_once_and_no_cheer_afterwards(persona: Persona) -> None:
    state: dict[str, Any] = {}
    first = say(persona, Emotion("sadness", 0.5, grief=True), "first_request", state=state)
    assert first in [v["text"] for v in persona.lines.death]
    after = [
        say(persona, Emotion("joy", 0.9), s, state=state) for s in ("success", "greeting", None, "success", "success")
    ]
    after += [say(persona, Emotion("gratitude", 0.9), "success", state=state) for _ in range(8)]
    assert after == [None] * 13
    again = say(persona, Emotion("sadness", 0.5, grief=True), None, state=state)
    assert again is None or again not in [v["text"] for v in persona.lines.death]


def test_good_mood_gets_no_cheer_before_bad_news(persona: Persona) -> None:
    text = say(persona, Emotion("joy", 0.9), "bad_news")
    assert text is None or text in [v["text"] for v in persona.lines.pairs["neutral/bad_news"]]


def test_anger_three_times_offers_a_human(persona: Persona) -> None:
    state: dict[str, Any] = {}
    said = []
    offered = []
    for _ in range(4):
        said.append(say(persona, Emotion("anger", 0.8), None, state=state))
        offered.append(state["offer_human"])
    assert offered == [False, False, True, False]
    assert "оператор" in str(said[2])


def test_a_caller_hears_only_the_first_part() -> None:
    persona = load("dokumenty")
    text = say(persona, Emotion("worry", 0.9), "first_request", channel="phone")
    assert text in [v["text"] for v in persona.lines.feelings["worry"]]


def test_the_neutral_persona_notices_and_says_nothing() -> None:
    persona = load("neutral")
    assert persona.feel("Сколько можно, вы издеваетесь!", []).name == "anger"
    state: dict[str, Any] = {}
    assert [say(persona, Emotion(n, 0.9), s, state=state) for n in NAMES for s in SITUATIONS] == [None] * 72


def test_a_variant_may_belong_to_some_channels_only() -> None:
    base = load("dokumenty")
    from dataclasses import replace

    lines = replace(
        base.lines,
        feelings={"joy": ({"text": "для телефона", "channels": ["phone"]}, {"text": "для всех"})},
        turns={}, to_work=(), pairs={},
    )  # fmt: skip
    persona = Persona(lines, "Отклик", {}, base._emotions, random.Random(3))
    assert {say(persona, Emotion("joy", 0.9), None) for _ in range(20)} == {"для всех"}


def test_the_state_is_json_and_the_old_one_is_left_alone(persona: Persona) -> None:
    import json

    state: dict[str, Any] = {"queue_told": True}
    say(persona, Emotion("worry", 0.8), None, state=state)
    before = json.dumps(state)
    copy = dict(state)
    for _ in range(6):
        say(persona, Emotion("worry", 0.8), None, state=copy)
    assert json.dumps(state) == before and copy["queue_told"] is True


def test_a_wrong_name_in_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "lexicon.yml").write_text("emotions: {}", "utf-8")
    (tmp_path / "x.yml").write_text("feelings: {rage: [а]}", "utf-8")
    with pytest.raises(ValueError, match=r"x\.yml.*rage"):
        Persona.load(tmp_path / "x.yml")
