"""The machine of turns, to the frame: with a detector that finds every loud frame to be speech, so that times are exact."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.audio import FRAME_BYTES, FRAME_MS, SILENCE
from voice.listening import (
    Endpoints,
    Interrupted,
    Interruption,
    Listener,
    ListenEvent,
    NoInput,
    Paused,
    Resumed,
    Sensitivity,
    SpeechStarted,
    Strategies,
    Timeouts,
    TurnDropped,
    TurnEnded,
)

LOUD = (np.arange(FRAME_BYTES // 2) % 8 * 2000 - 7000).astype("<i2").tobytes()
EXACT = Sensitivity(noticed_ms=0, lingers_ms=0)


class Loud:
    """A detector for which loudness is speech."""

    def feed(self, frame: bytes) -> float:
        return float(int(np.abs(np.frombuffer(frame, "<i2").astype(int)).max()) > 1000)

    def reset(self) -> None:
        """Nothing is remembered."""


def numbered(n: int, loud: bool) -> bytes:
    """A frame that can be told from every other one."""
    frame = np.frombuffer(LOUD if loud else SILENCE, "<i2").copy()
    frame[0], frame[1] = n % 1000, n // 1000
    return frame.tobytes()


def listener(**numbers: object) -> Listener:
    return Listener(Loud(), Strategies(**{"sensitivity": EXACT, **numbers}))  # type: ignore[arg-type]


def play(ear: Listener, script: str) -> list[ListenEvent]:
    """«quiet 500 speech 300 robot 200 both 100»: milliseconds of silence, the caller, the robot, both."""
    events: list[ListenEvent] = []
    words = script.split()
    for who, ms in zip(words[::2], words[1::2], strict=True):
        for _ in range(int(ms) // FRAME_MS):
            n = int(ear.now_ms) // FRAME_MS
            events += ear.feed(numbered(n, who in ("speech", "both")), who in ("robot", "both"))
    return events


def told(events: list[ListenEvent]) -> str:
    return " ".join(f"{type(event).__name__}@{event.at_ms:.0f}" for event in events)


@pytest.mark.parametrize(
    ("script", "events"),
    [
        ("quiet 500 speech 300 quiet 600", "SpeechStarted@520 Paused@1000 TurnEnded@1400"),
        (
            "speech 300 quiet 300 speech 200 quiet 600",
            "SpeechStarted@20 Paused@500 Resumed@660 Paused@1000 TurnEnded@1400",
        ),
        ("speech 300 quiet 180 speech 200 quiet 600", "SpeechStarted@20 Paused@880 TurnEnded@1280"),
        ("quiet 100 speech 80 quiet 400", "SpeechStarted@120 TurnDropped@380"),
        ("speech 300 quiet 300 speech 40 quiet 260", "SpeechStarted@20 Paused@500 TurnEnded@900"),
        ("quiet 5980", ""),
        ("quiet 12500", "NoInput@6000"),
        ("quiet 3000 robot 1000 quiet 6000", "NoInput@10000"),
        ("quiet 5960 speech 60 quiet 400", "SpeechStarted@5980 TurnDropped@6220 NoInput@6220"),
        ("speech 300 quiet 9000", "SpeechStarted@20 Paused@500 TurnEnded@900"),
        ("robot 400 both 240 robot 1000", "SpeechStarted@420 Paused@840 TurnEnded@1240"),
        ("robot 400 both 300 speech 200 quiet 600", "SpeechStarted@420 Interrupted@660 Paused@1100 TurnEnded@1500"),
        (
            "both 140 robot 100 both 140 robot 400",
            "SpeechStarted@20 Interrupted@360 Paused@580",
        ),
        ("both 140 robot 320 both 140 robot 200", "SpeechStarted@20 Paused@340 Resumed@520 Paused@800"),
        ("speech 200 both 240 robot 200", "SpeechStarted@20 Paused@640"),
        ("speech 200 both 300", "SpeechStarted@20 Interrupted@460"),
    ],
)
def test_turns_to_the_frame(script: str, events: str) -> None:
    assert told(play(listener(), script)) == events


def test_a_turn_has_its_look_back_and_the_sound_of_its_pause() -> None:
    events = play(listener(), "quiet 1000 speech 300 quiet 600")
    started, paused, ended = events
    assert isinstance(started, SpeechStarted) and isinstance(paused, Paused) and isinstance(ended, TurnEnded)
    expected = b"".join(numbered(n, 50 <= n < 65) for n in range(35, 75))
    assert paused.pcm == ended.pcm == expected
    assert (ended.speech_ms, ended.silence_ms, ended.began_at_ms, ended.ended_at_ms) == (300, 600, 1000, 1300)
    assert started.after_turn_ms is None and not ended.under_robot


def test_the_next_turn_begins_where_the_sound_of_the_last_one_ended() -> None:
    events = play(listener(), "speech 300 quiet 620 speech 300 quiet 600")
    first, second = (event for event in events if isinstance(event, TurnEnded))
    assert first.pcm + second.pcm == b"".join(
        numbered(n, n < 15 or 46 <= n < 61) for n in [*range(25), *range(31, 71)]
    ), "300 ms of look-back, nothing twice"
    again = [event for event in events if isinstance(event, SpeechStarted)][1]
    assert again.after_turn_ms == 620


def test_the_times_allow_for_what_the_detector_needs() -> None:
    ear = Listener(Loud(), Strategies(sensitivity=Sensitivity(noticed_ms=60, lingers_ms=100)))
    events = play(ear, "quiet 1000 speech 300 quiet 600")
    assert told(events) == "SpeechStarted@1020 Paused@1400 TurnEnded@1800"
    ended = events[-1]
    assert isinstance(ended, TurnEnded)
    assert (ended.began_at_ms, ended.ended_at_ms, ended.silence_ms) == (940, 1200, 600)


@pytest.mark.parametrize(("question", "at"), [({"yes_no": True}, 660), ({"expected": "phone"}, 1500), ({}, 900)])
def test_the_question_sets_the_endpoint(question: dict[str, object], at: int) -> None:
    ear = listener()
    ear.set_question(**question)  # type: ignore[arg-type]
    assert play(ear, "speech 300 quiet 1500")[-1].at_ms == at


@pytest.mark.parametrize(("words", "at"), [("да", 760), ("мой номер", 1700), ("хочу паспорт", 900)])
def test_words_move_the_endpoint_of_the_running_turn(words: str, at: int) -> None:
    ear = listener()
    paused = play(ear, "speech 300 quiet 440")[-1]
    ear.words(words, paused.at_ms)
    assert play(ear, "quiet 1500")[-1].at_ms == at


def test_words_of_an_earlier_pause_do_not_end_the_turn() -> None:
    ear = listener()
    first = play(ear, "speech 300 quiet 220")[-1]
    play(ear, "speech 200 quiet 300")
    ear.words("да", first.at_ms)
    assert told(play(ear, "quiet 600")) == "TurnEnded@1320"


def test_fixed_takes_no_notice_of_question_or_words() -> None:
    ear = listener(endpoints=Endpoints(strategy="fixed", plain_ms=700))
    ear.set_question("phone")
    play(ear, "speech 300 quiet 220")
    ear.words("и")
    assert play(ear, "quiet 1000")[-1].at_ms == 1000


def test_by_words_a_murmur_of_assent_does_not_interrupt() -> None:
    ear = listener(interruption=Interruption(strategy="by_words"))
    assert told(play(ear, "robot 100 both 400 robot 260")) == "SpeechStarted@120 Paused@700"
    ear.words("угу")
    (ended,) = play(ear, "robot 600")
    assert isinstance(ended, TurnEnded) and ended.under_robot


def test_by_words_words_interrupt_even_late() -> None:
    ear = listener(interruption=Interruption(strategy="by_words"))
    paused = play(ear, "both 400 robot 260")[-1]
    play(ear, "both 100")
    ear.words("подождите", paused.at_ms)
    assert told(play(ear, "both 20")) == "Interrupted@780"


def test_by_words_long_speech_interrupts_before_there_are_words() -> None:
    assert told(play(listener(interruption=Interruption(strategy="by_words")), "both 1200")).endswith(
        "Interrupted@1200"
    )


def test_a_protected_passage_is_heard_to_its_end_and_the_answer_is_kept() -> None:
    ear = listener()
    ear.set_question("personal_data_consent", protected=True)
    events = play(ear, "robot 200 both 800 robot 500")
    assert not [event for event in events if isinstance(event, Interrupted)]
    ended = events[-1]
    assert isinstance(ended, TurnEnded) and ended.under_robot
    early = play(ear, "both 300 quiet 360")[-1]
    assert isinstance(early, TurnEnded) and not early.under_robot, "the robot was silent before she was done"


def test_never_never_yields() -> None:
    ear = listener(interruption=Interruption(strategy="never"))
    assert not [event for event in play(ear, "both 5000") if isinstance(event, Interrupted)]


def test_a_key_drops_the_turn_and_the_rest_of_its_tone() -> None:
    ear = listener()
    play(ear, "speech 300")
    (dropped,) = ear.key()
    assert isinstance(dropped, TurnDropped) and dropped.reason == "key"
    assert play(ear, "speech 200 quiet 300") == []
    assert told(play(ear, "speech 200 quiet 600")) == "SpeechStarted@820 Paused@1200 TurnEnded@1600"
    assert ear.key() == []


def test_a_key_and_listen_anew_restart_the_clock_of_silence() -> None:
    ear = listener(timeouts=Timeouts(no_input_ms=1000))
    play(ear, "quiet 900")
    ear.key()
    assert told(play(ear, "quiet 1000")) == "NoInput@1900"
    assert play(ear, "quiet 5000") == []
    ear.listen_anew()
    assert told(play(ear, "quiet 1000")) == "NoInput@7900"


def test_a_monologue_of_ten_minutes_ends_turns_without_a_gap() -> None:
    ear = listener(timeouts=Timeouts(maximum_turn_ms=30000))
    heard = b""
    for _ in range(600):
        for event in play(ear, "speech 1000"):
            if isinstance(event, TurnEnded):
                assert event.reason == "maximum" and len(event.pcm) == 30000 * 16
                heard += event.pcm
    assert heard == b"".join(numbered(n, True) for n in range(30000))


def test_sound_in_pieces_of_any_size_is_the_same_sound() -> None:
    sound = b"".join(numbered(n, 20 <= n < 40) for n in range(80))
    whole, pieces = listener(), listener()
    expected = [
        event for at in range(0, len(sound), FRAME_BYTES) for event in whole.feed(sound[at : at + FRAME_BYTES], False)
    ]
    got = [event for at in range(0, len(sound), 77) for event in pieces.feed(sound[at : at + 77], False)]
    assert got == expected and told(got) == "SpeechStarted@420 Paused@1000 TurnEnded@1400"


STEP = st.tuples(
    st.integers(1, 60),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "", "", "key", "yes", "words", "anew", "protected", "plain"]),
)
AIDS: dict[str, Callable[[Listener], list[ListenEvent] | None]] = {
    "key": lambda ear: ear.key(),
    "yes": lambda ear: ear.set_question(yes_no=True),
    "words": lambda ear: ear.words("мой номер"),
    "anew": lambda ear: ear.listen_anew(),
    "protected": lambda ear: ear.set_question("phone", protected=True),
    "plain": lambda ear: ear.set_question(),
}


@settings(deadline=None, max_examples=150)
@given(
    steps=st.lists(STEP, max_size=30),
    endpoints=st.sampled_from(["by_question", "fixed", "by_words"]),
    interruption=st.sampled_from(["by_speech", "by_words", "never"]),
    piece=st.sampled_from([FRAME_BYTES, 100, 641, 1600]),
)
def test_whatever_happens_turns_are_whole(
    steps: list[tuple[int, bool, bool, str]], endpoints: str, interruption: str, piece: int
) -> None:
    ear = listener(
        endpoints=Endpoints(strategy=endpoints),
        interruption=Interruption(strategy=interruption),
        timeouts=Timeouts(maximum_turn_ms=4000, no_input_ms=2000),
    )
    sound: list[bytes] = []
    running: SpeechStarted | None = None
    last_at, heard_until = 0.0, -1
    interrupted = silent = False
    left = b""
    for count, loud, robot, aid in steps:
        events = list(AIDS[aid](ear) or ()) if aid else []
        new = [numbered(len(sound) + k, loud) for k in range(count)]
        sound += new
        left += b"".join(new)
        while len(left) >= piece:
            events += ear.feed(left[:piece], robot)
            left = left[piece:]
        for event in events:
            assert event.at_ms >= last_at, "time does not run back"
            last_at = event.at_ms
            if isinstance(event, SpeechStarted):
                assert running is None
                running, interrupted, silent = event, False, False
                continue
            if isinstance(event, NoInput):
                assert running is None
                continue
            assert running is not None
            if isinstance(event, Interrupted):
                assert not interrupted and interruption != "never"
                interrupted = True
            if isinstance(event, Paused | Resumed):
                assert isinstance(event, Resumed) is silent, "they take turns"
                silent = not silent
            if isinstance(event, TurnEnded | TurnDropped):
                if isinstance(event, TurnEnded):
                    heard_until = _whole(event, running, sound, heard_until)
                running = None
    assert running is None or ear.in_turn


def _whole(ended: TurnEnded, started: SpeechStarted, sound: list[bytes], heard_until: int) -> int:
    """The turn's sound is one stretch of the call, from the look-back to the last speech, and nothing of it was told before."""
    cut = [ended.pcm[at : at + FRAME_BYTES] for at in range(0, len(ended.pcm), FRAME_BYTES)]
    first = sound.index(cut[0])
    assert cut == sound[first : first + len(cut)] and len(cut) * FRAME_MS <= 4000
    assert first > heard_until
    began = int(started.began_at_ms) // FRAME_MS
    assert began - 15 <= first <= began, "with up to 300 ms of look-back"
    assert first + len(cut) >= int(ended.ended_at_ms) // FRAME_MS
    assert ended.speech_ms >= 100 and ended.began_at_ms < ended.ended_at_ms <= ended.at_ms
    return first + len(cut) - 1
