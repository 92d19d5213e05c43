"""The player on a real AudioSocket line: its pace, what it tells of sayings, and that it is silent at once when interrupted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.audio import FRAME_BYTES, RATE, SILENCE, silence
from voice.audiosocket.caller import Caller
from voice.audiosocket.server import AudioSocketServer
from voice.line import HungUp, Line
from voice.player import AUDIBLE, LOOK_BACK_MS, MAX_AHEAD_MS, Pace, Player, audible, take_up_at


def tone(ms: float, loud: int = 8000) -> bytes:
    """A hum that is audible in every frame."""
    at = np.arange(int(RATE * ms / 1000))
    return (np.sin(at * 2 * np.pi * 200 / RATE) * loud).astype("<i2").tobytes()


@dataclass
class Call:
    """A call in which the test itself is the robot."""

    caller: Caller
    player: Player
    sent: list[tuple[float, bytes]] = field(default_factory=list)

    async def frames(self, number: int) -> None:
        """Wait for so many more frames."""
        aim = len(self.sent) + number
        async with asyncio.timeout(20):
            while len(self.sent) < aim:
                await asyncio.sleep(0.005)

    @property
    def spoken(self) -> bytes:
        """All audible frames that were sent."""
        return b"".join(frame for _, frame in self.sent if audible(frame))


@asynccontextmanager
async def calling() -> AsyncIterator[Call]:
    uuid = str(uuid4())
    lines: asyncio.Queue[Line] = asyncio.Queue()

    async def known(_uuid: str) -> bool:
        return True

    async def answer(line: Line) -> None:
        lines.put_nowait(line)
        while not isinstance(await line.receive(), HungUp):
            pass

    server = AudioSocketServer("127.0.0.1", 0, known, answer)
    await server.start()
    sent: list[tuple[float, bytes]] = []
    async with Caller.connect("127.0.0.1", server.port, uuid) as caller:
        line = await asyncio.wait_for(lines.get(), 10)
        player = Player(line, on_frame=lambda frame, moment: sent.append((moment, frame)))
        player.start()
        yield Call(caller, player, sent)
        await player.stop()
    await server.stop(0)


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    async with calling() as call:
        yield call


def most_ahead(sent: list[tuple[float, bytes]]) -> float:
    """Milliseconds by which a listener who plays without a pause, and waits when she runs dry, was ever ahead."""
    until, most = 0.0, 0.0
    for moment, _ in sent:
        until = max(until, moment) + 0.02
        most = max(most, until - moment)
    return most * 1000


def stall(seconds: float) -> None:
    """Hold the event loop up."""
    time.sleep(seconds)


# Pace.


@settings(deadline=None)
@given(st.lists(st.floats(0, 0.3), min_size=1, max_size=200))
def test_however_the_machine_stalls_nothing_is_sent_more_than_40_ms_ahead(stalls: list[float]) -> None:
    pace, now, sent = Pace(), 1000.0, []
    for late in stalls:
        now += pace.wait(now) + late
        while pace.wait(now) == 0:
            sent.append((now, SILENCE))
            pace.sent(now)
    assert most_ahead(sent) <= MAX_AHEAD_MS + 1e-6
    # A stall costs its own length once, not a burst afterwards.
    assert all(later[0] > early[0] for early, later in zip(sent, sent[3:], strict=False))


def test_small_delays_do_not_add_up() -> None:
    pace, now, number = Pace(), 1000.0, 0
    while now < 1600:
        now += pace.wait(now) + 0.003
        pace.sent(now)
        number += 1
    assert abs(number * 0.02 - 600) < 0.07


async def test_the_pace_over_three_seconds_is_real_time(call: Call) -> None:
    call.player.say(tone(5000))
    await call.frames(150)
    first, last = call.sent[0][0], call.sent[-1][0]
    assert most_ahead(call.sent) <= MAX_AHEAD_MS + 0.01
    assert len(call.sent) * 20 <= (last - first) * 1000 + MAX_AHEAD_MS + 0.01
    assert not call.caller.violations


async def test_a_stalled_event_loop_is_followed_by_no_burst(call: Call) -> None:
    call.player.say(tone(5000))
    await call.frames(20)
    for seconds in (0.03, 0.3):
        before = len(call.sent)
        stall(seconds)
        await call.frames(20)
        after = [moment for moment, _ in call.sent[before:]]
        assert sum(moment - after[0] < 0.004 for moment in after) <= 3
    assert most_ahead(call.sent) <= MAX_AHEAD_MS + 0.01


# What is said.


async def test_there_is_silence_when_there_is_nothing_to_say(call: Call) -> None:
    await call.frames(25)
    assert {frame for _, frame in call.sent} == {SILENCE}
    assert not call.player.playing
    await call.player.idle()


async def test_sayings_follow_each_other_to_the_last_sample_and_reach_the_caller(call: Call) -> None:
    first, second = tone(110), tone(205, 4000)
    one = call.player.say(first, "one")
    two = call.player.say(second, "two")
    assert call.player.playing
    assert await one.finished()
    assert await two.finished()
    await call.player.idle()
    assert not call.player.playing
    assert (one.heard_ms, one.total_ms, two.heard_ms) == (110, 110, 205)
    assert call.spoken.rstrip(b"\0") == (first.ljust(6 * FRAME_BYTES, b"\0") + second).rstrip(b"\0")
    assert await call.caller.sounded() is not None
    await call.caller.heard(len(call.sent) + 10)
    assert call.spoken in call.caller.sound


async def test_the_start_is_the_moment_of_the_first_audible_frame(call: Call) -> None:
    saying = call.player.say(silence(200) + tone(60))
    moment = await saying.started()
    assert moment == next(at for at, frame in call.sent if audible(frame))
    assert saying.heard_ms >= 220
    quiet = call.player.say(silence(40))
    assert await quiet.started() is None
    assert await quiet.finished()


async def test_a_stream_is_said_as_it_comes_with_silence_while_it_is_late(call: Call) -> None:
    late = asyncio.Event()
    sound = tone(300)

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, 2400, 333):
            yield sound[at : min(at + 333, 2400)]
        await late.wait()
        yield sound[2400:]

    saying = call.player.say_stream(chunks(), "stream")
    after = call.player.say(tone(40, 3000))
    await saying.started()
    await call.frames(20)
    assert saying.underruns == 1
    assert saying.total_ms is None
    assert call.player.playing
    late.set()
    assert await saying.finished()
    assert saying.total_ms == saying.heard_ms == 300
    assert await after.finished()
    assert call.spoken == sound + tone(40, 3000)


async def test_a_stream_that_breaks_off_says_so_and_the_next_saying_follows(call: Call) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield tone(60)
        raise LookupError("no voice")

    saying = call.player.say_stream(chunks())
    after = call.player.say(tone(40))
    assert not await saying.finished()
    assert isinstance(saying.error, LookupError)
    assert not saying.cut
    assert await after.finished()


# Interrupting.


async def test_after_an_interruption_nothing_of_the_old_sound_is_sent(call: Call) -> None:
    sound = tone(3000)
    saying = call.player.say(sound, "long")
    waiting = call.player.say(tone(500), "waiting")
    await saying.started()
    await call.frames(20)
    cuts = call.player.interrupt()
    sent = len(call.sent)
    assert not call.player.playing
    assert not await saying.finished()
    assert saying.cut
    assert not await waiting.finished()
    await call.frames(20)
    assert len([frame for _, frame in call.sent[sent:] if audible(frame)]) * 20 <= MAX_AHEAD_MS
    assert [cut.label for cut in cuts] == ["long", "waiting"]
    assert cuts[0].heard_ms == saying.heard_ms >= 400
    assert cuts[1].heard_ms == 0
    assert sound.endswith(cuts[0].rest)
    assert len(cuts[0].rest) / 16 == 3000 - cuts[0].heard_ms
    received = await call.caller.heard(len(call.caller.received) + 20)
    assert not any(audible(frame) for _, frame in received[-10:])


async def test_what_was_interrupted_is_taken_up_before_the_word_that_was_cut(call: Call) -> None:
    words = tone(300) + silence(100) + tone(300, 4000) + silence(100) + tone(300, 2000)
    saying = call.player.say(words, "words")
    waiting = call.player.say(tone(60, 1000), "after")
    while saying.heard_ms < 500:
        await call.frames(1)
    cuts = call.player.interrupt()
    assert cuts[0].heard_ms < 690
    sent = len(call.sent)
    again, after = call.player.resume(cuts)
    assert (again.label, after.label) == ("words", "after")
    assert await again.finished()
    assert await after.finished()
    assert not await waiting.finished()
    said = b"".join(frame for _, frame in call.sent[sent:]).lstrip(b"\0")
    assert said.startswith(tone(300, 4000).lstrip(b"\0"))
    assert again.heard_ms == again.total_ms == 1100


async def test_an_interrupted_stream_waits_and_goes_on(call: Call) -> None:
    made: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(30):
            made.append(number)
            yield tone(100)
            await asyncio.sleep(0.05)

    saying = call.player.say_stream(chunks())
    await saying.started()
    cuts = call.player.interrupt()
    await call.frames(10)
    so_far = len(made)
    await call.frames(10)
    assert len(made) == so_far < 30
    (again,) = call.player.resume(cuts)
    assert await again.finished()
    assert again.heard_ms == 3000


@settings(deadline=None)
@given(st.integers(0, 3000), st.lists(st.integers(20, 700), min_size=1, max_size=8))
def test_a_cut_is_taken_up_near_it_and_never_after_it(cut_ms: int, words: list[int]) -> None:
    pcm = b"".join(tone(ms) + silence(60) for ms in words)
    at = min(cut_ms * 16, len(pcm)) // FRAME_BYTES * FRAME_BYTES
    begin = take_up_at(pcm, at)
    assert begin % 2 == 0
    assert max(0, at - LOOK_BACK_MS * 16) <= begin <= at


@pytest.mark.parametrize(
    ("pcm", "cut_ms", "begin_ms"),
    [
        (tone(300) + silence(100) + tone(300), 500, 380),
        (tone(300) + silence(100) + tone(300), 380, 360),
        (tone(300) + silence(20) + tone(700), 350, 0),  # a closed consonant is no pause
        (tone(600, 8000) + tone(20, 2000) + tone(600, 8000), 900, 600),
        (tone(1000), 0, 0),
    ],
)
def test_where_a_sentence_is_taken_up(pcm: bytes, cut_ms: int, begin_ms: int) -> None:
    assert take_up_at(pcm, cut_ms * 16) / 16 == pytest.approx(begin_ms, abs=20)


# The end.


async def test_when_the_caller_leaves_all_sayings_end_and_later_ones_are_not_begun(call: Call) -> None:
    saying = call.player.say(tone(5000))
    await saying.started()
    call.caller.hang_up()
    assert not await asyncio.wait_for(saying.finished(), 30)
    await call.player.idle()
    assert call.player.gone
    assert not await call.player.say(tone(100)).finished()
    assert await call.player.say(tone(100)).started() is None


async def test_stopping_closes_streams(call: Call) -> None:
    closed = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        try:
            yield tone(100)
            await asyncio.Event().wait()
        finally:
            closed.set()

    saying = call.player.say_stream(chunks())
    await saying.started()
    await call.player.stop()
    assert closed.is_set()
    assert not await saying.finished()


async def test_a_recording_that_fails_does_not_end_the_call(call: Call) -> None:
    tap: Callable[[bytes, float], None] | None = call.player._tap

    def broken(_frame: bytes, _moment: float) -> None:
        raise OSError("disk full")

    assert tap
    call.player._tap = broken
    assert await call.player.say(tone(100)).finished()


def test_what_counts_as_audible() -> None:
    assert not audible(SILENCE)
    assert not audible(b"")
    assert not audible((AUDIBLE - 1).to_bytes(2, "little") * 160)
    assert audible(AUDIBLE.to_bytes(2, "little") * 160)
    assert audible(b"\x00\x80" * 160)
