"""Turn taking over the real Silero: people, Festival, noise, echo and far voices."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.voice_listening import BEFORE_MS, Call, endpoints, false_interruptions, interruptions
from benchmarks.voice_listening_sounds import NOISES, Spoken, festival, halves, mixed, noise, pcm, prompts, scaled
from voice.audio import FRAME_BYTES, SILENCE, frames
from voice.listening import (
    Detectors,
    Interrupted,
    Interruption,
    Listener,
    ListenEvent,
    NoInput,
    Paused,
    SpeechDetector,
    SpeechStarted,
    Strategies,
    TurnDropped,
    TurnEnded,
)
from voice.listening.vad import level_dbfs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def detector() -> SpeechDetector:
    return SpeechDetector()


@pytest.fixture
def call(detector: SpeechDetector) -> Call:
    return Call(detector)


@pytest.fixture(scope="module")
def people() -> list[Spoken]:
    """Recordings of the half that probabilities and delays were not tuned on."""
    found = [one for one in halves(prompts())[1] if one.speech_ms >= 500]
    if not found:
        pytest.skip("нет записей человека (asterisk-core-sounds-ru-wav): речь людей не проверена")
    return found


@pytest.fixture(scope="module")
def sentences() -> tuple[Spoken, ...]:
    """Sentences by Festival."""
    if not festival():
        pytest.skip("нет Festival с festvox-ru: синтезированная речь не проверена")
    return festival()


def of(events: list[ListenEvent], kind: type[ListenEvent]) -> list[ListenEvent]:
    return [event for event in events if isinstance(event, kind)]


def test_speech_is_probable_and_silence_is_not(detector: SpeechDetector, people: list[Spoken]) -> None:
    detector.reset()
    assert max(detector.feed(SILENCE) for _ in range(100)) < 0.1
    assert max(detector.feed(frame) for frame in frames(pcm(people[0].sound))) > 0.9


def test_after_a_reset_nothing_of_the_last_call_is_left(detector: SpeechDetector, people: list[Spoken]) -> None:
    sound = frames(pcm(people[1].sound))
    detector.reset()
    first = [detector.feed(frame) for frame in sound]
    detector.reset()
    assert [detector.feed(frame) for frame in sound] == first
    detector.feed(SILENCE)
    assert [detector.feed(frame) for frame in sound] != first


def test_a_frame_of_another_size_is_refused(detector: SpeechDetector) -> None:
    with pytest.raises(ValueError, match=str(FRAME_BYTES)):
        detector.feed(bytes(100))


def test_detectors_wait_on_the_shelf(people: list[Spoken]) -> None:
    shelf = Detectors(1)
    one = shelf.take()
    other = shelf.take()
    assert one is not other
    one.feed(frames(pcm(people[0].sound))[10])
    shelf.give_back(one)
    again = shelf.take()
    assert again is one
    assert [again.feed(SILENCE) for _ in range(9)] == [other.feed(SILENCE) for _ in range(9)], (
        "it has forgotten the call"
    )


def test_levels_are_those_of_the_telephone() -> None:
    assert level_dbfs(SILENCE) == -100
    assert level_dbfs(frames(pcm(noise("white", 1, -30, 1)))[5]) == pytest.approx(-30, abs=1.5)


@pytest.mark.parametrize("kind", [kind for kind in NOISES if kind != "babble"])
@pytest.mark.parametrize("dbfs", [-40.0, -20.0])
def test_what_is_no_speech_begins_no_turn(call: Call, kind: str, dbfs: float) -> None:
    """White noise, hum, street, music on hold, tones of keys."""
    events = call.hear(noise(kind, 20, dbfs, 3), robot=False)
    assert [type(event) for event in events] == [NoInput]


def test_voices_far_away_do_not_interrupt(call: Call, people: list[Spoken]) -> None:
    assert not of(call.hear(noise("babble", 30, -50, 5), robot=True), Interrupted)
    caller, far = scaled(people[2].sound, -20), scaled(people[3].sound, -45)
    sound = np.concatenate([caller, np.zeros(8000), far])
    events = call.hear(sound, robot=True)
    assert [event.at_ms < len(caller) / 8 for event in of(events, Interrupted)] == [True]


@pytest.mark.parametrize("snr_db", [None, 20.0, 10.0])
def test_people_interrupt_within_half_a_second(call: Call, people: list[Spoken], snr_db: float | None) -> None:
    figures = interruptions(call, people[:25], snr_db)
    assert figures["missed"] == 0 and figures["decision_ms_p50"] <= 350 and figures["decision_ms_p95"] <= 500


@pytest.mark.parametrize("snr_db", [None, 20.0, 10.0])
def test_the_end_of_a_turn_is_noticed_in_time(call: Call, people: list[Spoken], snr_db: float | None) -> None:
    long = [one for one in people if 4 < one.seconds < 12][:12]
    figures = endpoints(call, long, snr_db, "plain")
    assert figures["missed"] == figures["split_wrong"] == figures["lost_start"] == 0
    assert 560 <= figures["delay_ms_p50"] <= 700 and figures["delay_ms_p95"] <= 800
    assert figures["ended_at_off_ms_p95"] <= 160


def test_the_sound_of_a_turn_holds_all_that_was_said(call: Call, people: list[Spoken]) -> None:
    for one in people[:15]:
        sound = mixed(one, None, 0)
        events = call.hear(sound, robot=False)
        ended, paused = of(events, TurnEnded), of(events, Paused)
        first, last = ended[0], ended[-1]
        assert isinstance(first, TurnEnded) and isinstance(last, TurnEnded) and isinstance(paused[-1], Paused)
        assert last.pcm == paused[-1].pcm, "what was recognised in the pause is what was said"
        whole = pcm(sound)
        start, end = whole.index(first.pcm) / 16, (whole.index(last.pcm) + len(last.pcm)) / 16
        assert start <= BEFORE_MS + one.spans[0][0] and end >= BEFORE_MS + one.spans[-1][1] - 20, one.name


@pytest.mark.parametrize("loss_db", [20.0, 25.0, 30.0])
def test_the_robots_echo_does_not_interrupt_it(detector: SpeechDetector, people: list[Spoken], loss_db: float) -> None:
    says = np.concatenate([one.sound for one in people[:15]])
    echo = np.concatenate([np.zeros(8 * 120), says])[: len(says)] * 10 ** (-loss_db / 20)
    assert not of(Call(detector).hear(echo, robot=True, robot_says=says), SpeechStarted)


def test_a_caller_is_heard_over_the_echo(call: Call, people: list[Spoken]) -> None:
    says = np.concatenate([one.sound for one in people[:15]])
    echo = np.concatenate([np.zeros(8 * 120), says])[: len(says)] * 0.1
    caller = scaled(people[20].sound, -24)
    echo[16000 : 16000 + len(caller)] += caller
    (decided,) = of(call.hear(echo, robot=True, robot_says=says), Interrupted)[:1]
    assert 2000 + people[20].spans[0][0] < decided.at_ms < 2700 + people[20].spans[0][0]


def test_a_line_without_echo_lets_a_quiet_caller_interrupt(call: Call, people: list[Spoken]) -> None:
    says = np.concatenate([one.sound for one in people[:15]])
    sound = noise("white", len(says) / 8000, -60, 2)[: len(says)]
    caller = scaled(people[20].sound, -37)
    sound[32000 : 32000 + len(caller)] += caller
    assert of(call.hear(sound, robot=True, robot_says=says), Interrupted)


def test_a_caller_far_below_her_usual_level_is_heard_at_the_latest_when_asked_again(
    detector: SpeechDetector, people: list[Spoken]
) -> None:
    loud, quiet = frames(pcm(scaled(people[20].sound, -12))), frames(pcm(scaled(people[20].sound, -42)))

    def heard(silent_frames: int) -> float:
        detector.reset()
        listener = Listener(detector)
        for frame in loud + [SILENCE] * 50:
            listener.feed(frame, False)
        listener.listen_anew()
        events: list[ListenEvent] = []
        for frame in [SILENCE] * silent_frames + quiet + [SILENCE] * 50:
            events += listener.feed(frame, False)
        return sum(event.speech_ms for event in events if isinstance(event, TurnEnded))

    assert heard(10) < 800, "it may be the room"
    assert heard(310) > 1500, "after NoInput it is taken for her"


def test_a_click_is_dropped_and_a_bang_is_nothing(call: Call) -> None:
    sound = np.zeros(24000)
    sound[8000:8040] = 20000
    sound[12000:12800] = np.random.default_rng(1).normal(0, 8000, 800) * np.exp(-np.arange(800) / 200)
    events = call.hear(sound, robot=True)
    assert all(isinstance(event, SpeechStarted | TurnDropped) for event in events)


def test_never_hears_out_a_protected_passage(detector: SpeechDetector, people: list[Spoken]) -> None:
    quiet = Call(detector, Strategies(interruption=Interruption(strategy="never")))
    events = quiet.hear(mixed(people[0], None, 0), robot=True)
    assert not of(events, Interrupted)
    assert all(isinstance(event, TurnEnded) and event.under_robot for event in of(events, TurnEnded))


def test_festival_is_a_caller_too(call: Call, sentences: tuple[Spoken, ...]) -> None:
    for snr_db in (None, 10.0):
        assert interruptions(call, sentences, snr_db)["missed"] == 0
        figures = endpoints(call, sentences, snr_db, "plain")
        assert figures["missed"] == figures["split_wrong"] == 0 and figures["delay_ms_p95"] <= 800


def test_no_noise_of_the_bench_interrupts(call: Call, people: list[Spoken]) -> None:
    rates = false_interruptions(call, people[:10], 0.4)
    assert {name for name, rate in rates.items() if rate} <= {"babble_25db_below_caller"}


@pytest.mark.slow
def test_the_bench_speaks_json(people: list[Spoken]) -> None:
    command = [sys.executable, "-m", "benchmarks.voice_listening", "--json", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["half"] == "report" and figures["interruptions"]["10db"]["spoken"] == 20
    assert figures["cost"]["frame_ms"] > 0
