"""The arithmetic of `bench voice` on recorded moments, its tables, and its command line; nothing is timed here."""

from __future__ import annotations

import random
from typing import Any

import pytest
from typer.testing import CliRunner

from app.bootstrap import main as bootstrap
from app.bootstrap.environments import ASSISTANT, DIALOGUE, PEERS, VOICE
from app.cli import app
from app.commands import bench_voice_report
from app.problems import Problem
from benchmarks.voice_figures import Judged, Level, Turn, judge, most, percentile, silent_at, summary, trimmed
from benchmarks.voice_turns import INTENTS, scripts, sentences
from voice.audio import FRAME_BYTES, RATE, SILENCE

LOUD = b"\x00\x10" * (FRAME_BYTES // 2)


def sound(*spans: tuple[float, float], until: float = 20.0) -> list[tuple[float, bytes]]:
    """Frames every 20 ms; loud within the spans (seconds), else silent."""
    moments = [n / 50 for n in range(round(until * 50))]
    return [(at, LOUD if any(a <= at < b for a, b in spans) else SILENCE) for at in moments]


def turn(first: float | None, kind: str = "info", **more: Any) -> Turn:
    return Turn(kind, "текст", Judged(first, None, first is None, False), **more)


def test_the_first_sound_after_her_last_one_counts() -> None:
    judged = judge(sound((0.0, 4.0), (8.74, 12.0)), began=6.0, ended=8.0)
    assert judged == Judged(740.0, None, talked_over=False, cut_in=False)


def test_a_robot_that_is_interrupted_falls_silent_before_it_answers() -> None:
    judged = judge(sound((0.0, 6.3), (8.9, 12.0)), began=6.0, ended=8.0)
    assert judged.first_ms == pytest.approx(900)
    assert judged.silent_ms == pytest.approx(280)
    assert not judged.cut_in


def test_pauses_between_words_are_no_silence() -> None:
    judged = judge(sound((0.0, 6.1), (6.3, 6.5), (9.0, 9.5)), began=6.0, ended=8.0)
    assert judged.silent_ms == pytest.approx(480)


def test_a_robot_that_goes_on_has_not_answered() -> None:
    judged = judge(sound((0.0, 9.0)), began=6.0, ended=8.0)
    assert judged == Judged(None, None, talked_over=True, cut_in=False)


def test_an_answer_into_the_middle_of_a_sentence_is_told() -> None:
    judged = judge(sound((7.0, 7.4), (8.6, 10.0)), began=6.0, ended=8.0)
    assert judged.cut_in
    assert judged.first_ms == pytest.approx(600)


def test_no_answer_is_none() -> None:
    assert judge(sound(), began=6.0, ended=8.0) == Judged(None, None, talked_over=False, cut_in=False)


def test_what_was_sent_ahead_is_heard_after_its_arrival() -> None:
    # Three frames in one go, the last one silent: the second one ends 40 ms after they came.
    assert silent_at([(1.0, LOUD), (1.0, LOUD), (1.0, SILENCE)]) == pytest.approx(1.04)
    assert silent_at([(1.0, LOUD), (1.5, LOUD)]) == pytest.approx(1.52)
    assert silent_at([(1.0, SILENCE)]) == 0.0


def test_silence_at_the_ends_of_a_recording_is_no_speech() -> None:
    speech = LOUD * 50
    assert trimmed(SILENCE * 20 + speech + SILENCE * 40) == speech
    assert trimmed(SILENCE * 5) == b""
    assert len(trimmed(speech)) == RATE * 2


def test_percentiles_leave_out_what_is_not_known() -> None:
    assert percentile([100.0, None, 200.0], 50) == 150.0
    assert percentile([None], 50) is None


def test_the_summary_tells_kinds_new_answers_and_stages_apart() -> None:
    stages = {"endpoint_ms": 600.0, "asr_ms": 0.0, "dialogue_ms": 60.0, "speech_ms": 4.0, "total_ms": 664.0}
    turns = [turn(700.0, stages=stages), turn(500.0, "yes_no"), turn(1300.0, "digits", dynamic=True), turn(None)]
    found = summary(turns)
    assert (found["turns"], found["answered"], found["talked_over"]) == (4, 3, 1)
    assert (found["p50"], found["max"]) == (700.0, 1300.0)
    assert found["kinds"]["yes_no"] == {"turns": 1, "p50": 500.0, "p95": 500.0}
    assert found["dynamic"] == {"turns": 1, "p50": 1300.0, "p95": 1300.0}
    assert found["stages"]["endpoint"] == {"p50": 600.0, "p95": 600.0}


def test_a_peer_has_no_stages() -> None:
    assert summary([turn(700.0)])["stages"] == {}


def test_calls_at_once_end_where_answers_come_too_late() -> None:
    levels = [
        Level(4, (turn(1600.0),), 0),
        Level(1, (turn(800.0), turn(900.0)), 0),
        Level(2, (turn(1400.0),), 0),
        Level(3, (turn(1500.0),), 0),
    ]
    assert most(levels, 1500) == 3
    assert most(levels[:1], 1500) == 0


def test_a_lost_call_or_answer_is_not_well_served() -> None:
    assert not Level(2, (turn(700.0),), broken=1).well(1500)
    assert not Level(2, (turn(700.0), turn(None)), 0).well(1500)
    assert not Level(2, (), 0).well(1500)
    assert Level(2, (turn(700.0), turn(None)), 0).as_dict()["p95"] is None


def test_one_answer_in_twenty_may_be_late() -> None:
    assert Level(1, (*(turn(800.0) for _ in range(19)), turn(5000.0)), 0).well(1500)
    assert not Level(1, (*(turn(800.0) for _ in range(18)), turn(5000.0), turn(5000.0)), 0).well(1500)


def test_calls_hold_every_kind_of_turn_and_new_numbers_each_time() -> None:
    first, second = (scripts(random.Random(seed)) for seed in (1, 2))
    lines = [line for script in first for line in script.lines]
    assert len(lines) >= 30
    assert {line.kind for line in lines} == {"open", "info", "choice", "yes_no", "digits", "human"}
    assert set(sentences(first)) != set(sentences(second))
    assert len(scripts(random.Random(1), quick=True)) < len(first)


def test_enough_sentences_have_an_intent_of_the_domain() -> None:
    from app.paths import HERE

    domain = (HERE.root / "domain.yml").read_text("utf-8")
    assert len({text for text, _ in INTENTS}) == len(INTENTS) >= 40
    for text, intent in INTENTS:
        assert f"- {intent}: " in domain, text


def recorded() -> dict[str, Any]:
    """A result as a run leaves it."""
    words = {
        name: {"wer": 0.1, "asr_ms_p50": 250.0, "asr_ms_p95": 300.0} for name in ("human", "festival", "festival_10db")
    }
    barge_in = {
        "trials": 12,
        "missed": 0,
        "stop_ms_p50": 20.0,
        "stop_ms_p95": 40.0,
        "onset_ms_p50": 290.0,
        "onset_ms_p95": 330.0,
    }
    result = bench_voice_report.alone(words, barge_in, {"white": 0.0, "babble": 0.5})
    result["turns"] = summary([turn(700.0), turn(900.0, "yes_no")])
    result["pipecat"] = summary([turn(1700.0)])
    for prefix, name in (("", "turns"), ("pipecat_", "pipecat")):
        result |= bench_voice_report.first_audio(prefix, result[name])
    result |= {"intent_accuracy_text": 1.0, "intent_accuracy_speech": 0.9, "seconds": 1, "calls_at_once": 2}
    result["levels"] = [Level(1, (turn(700.0), turn(None)), 0).as_dict()]
    result["intents_lost_in_hearing"] = [{"said": "отзыв", "heard": "[от зыв]", "intent": "leave_feedback"}]
    return result


def test_the_result_has_the_names_that_are_asked_for() -> None:
    names = (
        "first_audio_ms_p50 first_audio_ms_p95 asr_ms_p50 wer_human wer_festival wer_festival_10db barge_in_stop_ms_p95 "
        "false_barge_ins_per_minute intent_accuracy_speech intent_accuracy_text calls_at_once pipecat_first_audio_ms_p50 "
        "pipecat_first_audio_ms_p95"
    ).split()
    result = recorded()
    assert [name for name in names if name not in result] == []
    assert result["false_barge_ins_per_minute"] == 0.25
    assert (result["first_audio_ms_p50"], result["pipecat_first_audio_ms_p95"]) == (800.0, 1700.0)


def test_the_tables_show_us_and_the_peer(capsys: pytest.CaptureFixture[str]) -> None:
    bench_voice_report.show(recorded())
    said = capsys.readouterr().out
    assert "Отклик" in said and "Pipecat" in said and "1700" in said
    assert "«отзыв» → «[от зыв]»" in said.replace("\n", " ")


def test_help_names_the_bench_and_its_peer() -> None:
    said = CliRunner().invoke(app, ["bench", "--help"]).output
    assert "voice" in said and "--no-peer" in said


def test_an_unknown_bench_is_refused_with_what_there_is() -> None:
    with pytest.raises(Problem, match="Есть: text, voice, faults, channels"):
        CliRunner().invoke(app, ["bench", "smell"], catch_exceptions=False)


def test_an_unknown_option_is_refused() -> None:
    assert CliRunner().invoke(app, ["bench", "voice", "--loud"]).exit_code == 2


def test_the_peers_environment_is_made_only_for_this_bench() -> None:
    assert bootstrap.needs("bench", ["voice", "--quick"]) == (VOICE, DIALOGUE, PEERS)
    assert bootstrap.needs("bench", ["voice", "--no-peer"]) == (VOICE, DIALOGUE)
    assert bootstrap.needs("bench", ["desk"]) == bootstrap.needs("user", ["list"]) == (ASSISTANT,)
    assert PEERS not in (
        *bootstrap.needs("bench", ["text"]),
        *bootstrap.needs("up", ["--voice"]),
        *bootstrap.needs("test", []),
    )
