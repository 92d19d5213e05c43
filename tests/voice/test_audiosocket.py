"""The AudioSocket server against a caller as strict as Asterisk, over real sockets: every way in which a peer can be broken."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.audio import FRAME_BYTES, SILENCE
from voice.audiosocket import codec
from voice.audiosocket.caller import Caller
from voice.audiosocket.server import AudioSocketServer, Limits, SocketLine
from voice.line import Audio, Happening, HungUp, Key, Line
from voice.player import Player

TONE = b"\x00\x10" * (FRAME_BYTES // 2)
FAST = Limits(uuid_s=0.4, silence_s=0.4, known_s=0.4, idle_s=0.2, linger_s=0.3)


class Robot:
    """Leads calls for the tests: keeps what happened, and a player that is silent unless told."""

    def __init__(self) -> None:
        self.known = {str(uuid4()) for _ in range(3)}
        self.uuid = next(iter(self.known))
        self._lines: asyncio.Queue[Line] = asyncio.Queue()
        self.happened: list[Happening] = []
        self.ended = asyncio.Event()
        self.server: AudioSocketServer

    async def is_known(self, uuid: str) -> bool:
        return uuid in self.known

    async def answer(self, line: Line) -> None:
        player = Player(line)
        player.start()
        self._lines.put_nowait(line)
        while not isinstance(happening := await line.receive(), HungUp):
            self.happened.append(happening)
        self.happened.append(happening)
        await player.stop()
        self.ended.set()

    async def line(self) -> Line:
        """The next call that is answered."""
        return await asyncio.wait_for(self._lines.get(), 10)

    def call(self, uuid: str | None = "", **how: Any) -> AbstractAsyncContextManager[Caller]:
        return Caller.connect("127.0.0.1", self.server.port, self.uuid if uuid == "" else uuid, **how)

    @property
    def heard(self) -> bytes:
        return b"".join(h.pcm for h in self.happened if isinstance(h, Audio))

    async def end(self) -> str:
        await asyncio.wait_for(self.ended.wait(), 10)
        last = self.happened[-1]
        assert isinstance(last, HungUp)
        return last.reason


@asynccontextmanager
async def serving(
    limits: Limits | None = None,
    known: Callable[[str], Awaitable[bool]] | None = None,
    answer: Callable[[Line], Awaitable[None]] | None = None,
) -> AsyncIterator[Robot]:
    robot = Robot()
    robot.server = AudioSocketServer(
        "127.0.0.1", 0, known or robot.is_known, answer or robot.answer, limits or Limits()
    )
    await robot.server.start()
    try:
        yield robot
    finally:
        await robot.server.stop(0)
        assert robot.server.connections == 0
        assert robot.server.calls == 0


@pytest.fixture
async def robot() -> AsyncIterator[Robot]:
    async with serving() as robot:
        yield robot


@pytest.fixture
async def hasty() -> AsyncIterator[Robot]:
    """A robot with short limits."""
    async with serving(FAST) as robot:
        yield robot


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


def stall(seconds: float) -> None:
    """Hold the event loop up."""
    time.sleep(seconds)


# The frames.

FRAMES = st.lists(
    st.one_of(
        st.tuples(st.just(codec.AUDIO), st.binary(max_size=700)),
        st.tuples(st.just(codec.UUID), st.binary(min_size=16, max_size=16)),
        st.tuples(st.just(codec.DTMF), st.sampled_from([b"1", b"#", b"*"])),
        st.tuples(st.sampled_from([codec.HANG_UP, codec.ERROR, 0x02, 0x42]), st.binary(max_size=9)),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(FRAMES, st.binary(max_size=40), st.lists(st.integers(0, 3000), max_size=20))
def test_a_stream_is_decoded_the_same_however_it_is_cut(
    frames: list[tuple[int, bytes]], tail: bytes, cuts: list[int]
) -> None:
    stream = b"".join(codec.encode(*frame) for frame in frames) + tail
    whole = codec.Decoder()
    expected = whole.feed(stream)
    pieces = codec.Decoder()
    at, got = 0, []
    for cut in [*sorted(cuts), len(stream)]:
        got += pieces.feed(stream[at : max(at, cut)])
        at = max(at, cut)
    assert got == expected
    assert (pieces.garbage, pieces.partial, pieces.ignored) == (whole.garbage, whole.partial, whole.ignored)
    known = [codec.Frame(*f) for f in frames if f[0] not in (0x02, 0x42)]
    assert expected[: len(known)] == known


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_survived(data: bytes) -> None:
    decoder = codec.Decoder()
    for frame in decoder.feed(data):
        assert len(frame.payload) <= codec.MAX_PAYLOAD


@pytest.mark.parametrize(
    "data", [b"\x10\x1f\x41", b"GET / HTTP/1.1\r\n", b"\x01\x00\x0f", b"\x03\x00\x02", b"\xff\xff\xff"]
)
def test_what_is_no_audiosocket_is_called_garbage_once_and_for_all(data: bytes) -> None:
    decoder = codec.Decoder()
    first = codec.encode(codec.AUDIO, TONE)
    assert decoder.feed(first + data) == [codec.Frame(codec.AUDIO, TONE)]
    assert decoder.garbage
    assert decoder.feed(first) == []


def test_a_payload_that_nobody_would_take_is_not_encoded() -> None:
    with pytest.raises(ValueError, match="8000"):
        codec.encode(codec.AUDIO, bytes(codec.MAX_PAYLOAD + 1))


# The beginning of a call.


async def test_there_is_silence_from_the_first_millisecond_before_the_uuid_and_while_it_is_asked_after() -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def known(_uuid: str) -> bool:
        asked.set()
        await go.wait()
        return True

    begin = time.monotonic()
    async with serving(known=known) as robot, robot.call(None, talks=False) as call:
        first = (await call.heard(1))[0][0]
        assert first - begin < 0.2
        await call.heard(10)
        call.send_raw(codec.encode(codec.UUID, UUID(robot.uuid).bytes))
        await asyncio.wait_for(asked.wait(), 30)
        seen = len(call.received)
        received = await call.heard(seen + 10)
        assert len(received) * 20 <= (time.monotonic() - begin) * 1000 + 20
        assert robot._lines.empty()
        go.set()
        line = await robot.line()
        assert line.call_id == robot.uuid
        await call.heard(len(call.received) + 10)
        assert {frame for _, frame in call.received} == {SILENCE}
        assert not call.violations


async def test_the_owner_takes_over_without_more_than_40_ms_ahead(robot: Robot) -> None:
    begin = time.monotonic()
    async with robot.call() as call:
        await robot.line()
        received = await call.heard(100)
        assert len(received) * 20 <= (time.monotonic() - begin) * 1000 + 40


async def test_every_frame_is_one_write_and_goes_at_once(robot: Robot) -> None:
    reads: list[bytes] = []
    with socket.create_connection(("127.0.0.1", robot.server.port)) as peer:
        peer.sendall(codec.encode(codec.UUID, UUID(robot.uuid).bytes))
        line = await robot.line()
        assert isinstance(line, SocketLine)
        own = line._transport.get_extra_info("socket")
        assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        while len(reads) < 40:
            reads.append(await asyncio.to_thread(peer.recv, 65536))
            peer.sendall(codec.encode(codec.AUDIO, SILENCE))
    # A reader that is late finds several frames, but never a part of one.
    assert {len(read) % (3 + FRAME_BYTES) for read in reads} == {0}


async def test_an_unknown_uuid_is_hung_up(robot: Robot) -> None:
    async with robot.call(str(uuid4())) as call:
        assert await call.ended() == "robot"
        assert call.hung_up
    assert robot._lines.empty()


@pytest.mark.parametrize("fault", [RuntimeError("+7 900 123-45-67"), None])
async def test_a_registry_that_fails_or_hangs_lets_nobody_in_and_the_log_tells_only_where(
    fault: RuntimeError | None,
) -> None:
    async def known(_uuid: str) -> bool:
        if fault:
            raise fault
        await asyncio.Event().wait()
        return True

    with structlog.testing.capture_logs() as logs:
        async with serving(FAST, known=known) as robot, robot.call() as call:
            assert await call.ended() == "robot"
    assert [entry["kind"] for entry in logs if "kind" in entry] == ["RuntimeError" if fault else "TimeoutError"]
    assert "900" not in str(logs)


@pytest.mark.parametrize(
    "first", [codec.encode(codec.AUDIO, TONE), b"GET / HTTP/1.1\r\n\r\n", codec.encode(codec.DTMF, b"0")]
)
async def test_who_does_not_begin_with_the_uuid_is_hung_up(robot: Robot, first: bytes) -> None:
    async with robot.call(None, talks=False) as call:
        call.send_raw(first)
        assert await call.ended() == "robot"


async def test_the_same_uuid_is_not_let_in_twice_at_a_time(robot: Robot) -> None:
    async with robot.call() as call:
        await robot.line()
        async with robot.call() as second:
            assert await second.ended() == "robot"
        await call.heard(len(call.received) + 5)
        assert not call.hung_up
    await robot.end()
    await until(lambda: robot.server.calls == 0)
    async with robot.call():
        assert (await robot.line()).call_id == robot.uuid


async def test_a_hundred_sockets_that_never_speak_do_not_hinder_a_call_and_go_in_time() -> None:
    async with serving(Limits(uuid_s=1.0)) as robot:
        mute = [await asyncio.open_connection("127.0.0.1", robot.server.port) for _ in range(100)]
        async with robot.call() as call:
            line = await robot.line()
            assert robot.server.connections == 101
            call.say(TONE * 10)
            await call.said()
            await until(lambda: TONE * 10 in robot.heard)
            await line.send(TONE)
            assert await call.sounded() is not None
            await until(lambda: robot.server.connections == 1)
            assert not call.violations
        for reader, writer in mute:
            assert (await reader.read()).endswith(codec.encode(codec.HANG_UP))
            writer.close()


async def test_half_open_sockets_are_bounded_and_the_oldest_goes_first() -> None:
    async with serving(Limits(waiting=5)) as robot:
        mute = [await asyncio.open_connection("127.0.0.1", robot.server.port) for _ in range(8)]
        async with asyncio.timeout(5):
            for reader, _ in mute[:3]:
                await reader.read()
        async with robot.call() as call:
            await robot.line()
            assert not call.hung_up
        for _, writer in mute:
            writer.close()


# What comes from the caller.


async def test_voice_of_any_payload_size_comes_as_frames_of_20_ms_and_keys_in_their_order() -> None:
    pcm = bytes(range(256)) * 10
    async with serving(Limits(gap_s=60)) as robot, robot.call(talks=False) as call:
        at = 0
        for size in (1, 319, 321, 640, 7, 160, 1000):
            call.send_raw(codec.encode(codec.AUDIO, pcm[at : at + size]))
            at += size
        call.press("7*")
        call.send_raw(codec.encode(codec.DTMF, b"A") + codec.encode(0x42, b"news") + codec.encode(codec.DTMF, b"#"))
        await until(lambda: Key("#") in robot.happened)
    whole = at // FRAME_BYTES
    assert robot.heard == pcm[: whole * FRAME_BYTES]
    assert [len(h.pcm) for h in robot.happened if isinstance(h, Audio)] == [FRAME_BYTES] * whole
    assert robot.happened[whole : whole + 3] == [Key("7"), Key("*"), Key("#")]


async def test_a_slow_consumer_loses_the_oldest_voice_but_no_key_and_no_hang_up() -> None:
    lines: asyncio.Queue[Line] = asyncio.Queue()
    done = asyncio.Event()

    async def sleep(line: Line) -> None:
        lines.put_nowait(line)
        await done.wait()

    async with serving(Limits(unread_frames=5, gap_s=60), answer=sleep) as robot:
        async with robot.call(talks=False) as call:
            call.press("1")
            for number in range(20):
                call.send_raw(codec.encode(codec.AUDIO, bytes([number]) * FRAME_BYTES))
            call.press("2")
            line = await lines.get()
        await until(lambda: robot.server.connections == 0)
        got = [await line.receive() for _ in range(9)]
        assert got[0] == Key("1")
        assert got[1:6] == [Audio(bytes([number]) * FRAME_BYTES) for number in range(15, 20)]
        assert got[6:] == [Key("2"), HungUp("caller"), HungUp("caller")]
        assert line.dropped == 15
        done.set()


# The ways a call ends.


async def test_a_hang_up_is_the_end_of_the_stream_and_sending_fails_afterwards(robot: Robot) -> None:
    async with robot.call() as call:
        line = await robot.line()
        await call.heard(3)
    assert await robot.end() == "caller"
    assert await line.receive() == await line.receive() == HungUp("caller")
    with pytest.raises(ConnectionError):
        await line.send(SILENCE)
    await line.hang_up()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (codec.encode(codec.HANG_UP), "caller"),
        (codec.encode(codec.ERROR, b"\x01"), "error"),
        (codec.encode(codec.ERROR), "error"),
        (b"\x10\xff\xff" + bytes(100), "garbage"),
        (codec.encode(codec.DTMF, b"1") * 2000, "garbage"),
    ],
)
async def test_what_the_peer_sends_ends_the_call(robot: Robot, data: bytes, reason: str) -> None:
    gate = asyncio.Event()

    async def answer(line: Line) -> None:
        robot._lines.put_nowait(line)
        await gate.wait()
        await robot.answer(line)

    robot.server._answer = answer
    async with robot.call() as call:
        await robot.line()
        call.send_raw(data)
        assert await call.ended() == "robot"
        gate.set()
        assert await robot.end() == reason


async def test_half_a_frame_at_the_end_is_an_error_and_a_late_half_is_waited_for(robot: Robot) -> None:
    frame = codec.encode(codec.AUDIO, TONE)
    async with robot.call(talks=False) as call:
        await robot.line()
        call.send_raw(frame[:2])
        await call.heard(len(call.received) + 10)
        call.send_raw(frame[2:] + frame[:100])
        await until(lambda: robot.heard == TONE)
    assert await robot.end() == "error"


async def test_a_reset_connection_is_a_caller_who_left(robot: Robot) -> None:
    with socket.create_connection(("127.0.0.1", robot.server.port)) as peer:
        peer.sendall(codec.encode(codec.UUID, UUID(robot.uuid).bytes))
        await robot.line()
        # Closing at once, unread sound and all, makes the system send a reset.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    assert await robot.end() == "caller"


async def test_a_peer_that_falls_silent_is_gone(hasty: Robot) -> None:
    async with hasty.call(talks=False) as call:
        begin = time.monotonic()
        assert await call.ended() == "robot"
        assert time.monotonic() - begin >= FAST.silence_s
        assert await hasty.end() == "silence"


async def test_a_telephone_that_sends_nothing_while_nobody_speaks_is_heard_as_silence(robot: Robot) -> None:
    # Silence suppression, mute and hold: turns end by silence, and the listener's time passes only with sound.
    begin = time.monotonic()
    async with robot.call(talks=False) as call:
        call.send_raw(codec.encode(codec.AUDIO, TONE) * 5)
        await until(lambda: len(robot.heard) >= 130 * FRAME_BYTES)
        call.send_raw(codec.encode(codec.AUDIO, TONE) * 5)
        await until(lambda: robot.heard.count(TONE) == 10)
        assert len(robot.heard) // FRAME_BYTES <= (time.monotonic() - begin) * 50 + 12
        assert robot.heard.replace(TONE, b"") == SILENCE * (len(robot.heard) // FRAME_BYTES - 10)
        assert not robot.ended.is_set()


async def test_a_pause_between_two_packets_stays_out_of_the_sound() -> None:
    async with serving(Limits(gap_s=60)) as robot, robot.call(talks=False) as call:
        for _ in range(3):
            call.send_raw(codec.encode(codec.AUDIO, TONE))
            await call.heard(len(call.received) + 5)
        await until(lambda: len(robot.happened) == 3)
        assert robot.heard == TONE * 3


async def test_a_peer_that_reads_nothing_costs_little_and_is_gone() -> None:
    outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def flood(line: Line) -> None:
        sent = 0
        try:
            while True:
                await line.send(TONE)
                sent += 1
                await asyncio.sleep(0)
        except ConnectionError:
            happening = await line.receive()
            outcome.set_result(f"{happening} {sent < 60_000}")

    async with serving(answer=flood) as robot:
        with socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.connect(("127.0.0.1", robot.server.port))
            peer.sendall(codec.encode(codec.UUID, UUID(robot.uuid).bytes))
            assert await asyncio.wait_for(outcome, 10) == "HungUp(reason='error') True"
            await until(lambda: robot.server.connections == 0)


async def test_the_robot_hangs_up_and_the_peer_is_not_reset_though_it_goes_on_talking(robot: Robot) -> None:
    with socket.create_connection(("127.0.0.1", robot.server.port)) as peer:
        peer.sendall(codec.encode(codec.UUID, UUID(robot.uuid).bytes))
        line = await robot.line()
        await line.hang_up()
        assert await robot.end() == "robot"
        for _ in range(5):
            peer.sendall(codec.encode(codec.AUDIO, SILENCE))
            await asyncio.sleep(0.02)
        got = await asyncio.to_thread(peer.makefile("rb").read)
        assert got.endswith(codec.encode(codec.HANG_UP))


async def test_an_answer_that_fails_hangs_up_and_logs_kind_and_place_only() -> None:
    async def broken(_line: Line) -> None:
        raise LookupError("Иванов, +7 900 123-45-67")

    with structlog.testing.capture_logs() as logs:
        async with serving(answer=broken) as robot, robot.call() as call:
            assert await call.ended() == "robot"
    (entry,) = [entry for entry in logs if entry["event"] == "call_failed"]
    assert entry["kind"] == "LookupError"
    assert entry["at"].startswith("test_audiosocket.py:")
    assert "900 123" not in str(logs) and "Иванов" not in str(logs)


async def test_an_answer_that_ends_hangs_up() -> None:
    async def short(line: Line) -> None:
        await line.send(TONE)

    async with serving(answer=short) as robot, robot.call() as call:
        assert await call.ended() == "robot"
        assert TONE in call.sound


async def test_a_wrong_frame_size_is_refused(robot: Robot) -> None:
    async with robot.call():
        line = await robot.line()
        with pytest.raises(ValueError, match="320"):
            await line.send(TONE[:-1])


async def test_silence_goes_on_while_the_owner_of_the_line_sends_nothing() -> None:
    done = asyncio.Event()

    async def think(line: Line) -> None:
        await line.send(TONE)
        await done.wait()

    async with serving(FAST, answer=think) as robot, robot.call(silence_s=FAST.silence_s * 2) as call:
        await call.sounded()
        await call.heard(len(call.received) + 40)
        assert not call.violations
        done.set()


# The server itself.


async def test_a_port_in_use_is_said(robot: Robot) -> None:
    second = AudioSocketServer("127.0.0.1", robot.server.port, robot.is_known, robot.answer)
    with pytest.raises(OSError, match=str(robot.server.port)):
        await second.start()
    await second.stop(0)


async def test_stopping_hangs_up_a_call_and_its_answer_ends_in_order(robot: Robot) -> None:
    async with robot.call() as call:
        await robot.line()
        await robot.server.stop(0.1)
        assert robot.ended.is_set()
        assert await call.ended() == "robot"
        with pytest.raises(OSError):
            async with robot.call():
                pass


async def test_stopping_waits_for_a_call_that_ends_by_itself_and_cancels_one_that_hears_nothing() -> None:
    cancelled = asyncio.Event()
    started = asyncio.Event()

    async def deaf(_line: Line) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with serving(FAST, answer=deaf) as robot, robot.call() as call:
        await started.wait()
        await robot.server.stop(0)
        assert cancelled.is_set()
        assert await call.ended() == "robot"


async def test_a_stall_of_our_own_is_not_taken_for_a_silent_peer(hasty: Robot) -> None:
    async with hasty.call(silence_s=10) as call:
        await hasty.line()
        await call.heard(3)
        stall(FAST.silence_s * 2)
        await call.heard(len(call.received) + 20)
        assert not hasty.ended.is_set()


# The caller is as strict as Asterisk.


async def _server(talk: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> asyncio.Server:
    async def on(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(writer)
        await asyncio.sleep(1)
        writer.close()

    return await asyncio.start_server(on, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        ([codec.encode(codec.AUDIO, TONE)[:3], codec.encode(codec.AUDIO, TONE)[3:]], "rest of a frame"),
        ([codec.encode(codec.AUDIO, TONE)], "nothing came"),
        ([b"HTTP/1.1 400"], "no AudioSocket"),
        ([codec.encode(codec.DTMF, b"1")], "does not send"),
    ],
)
async def test_the_caller_reports_what_asterisk_would_drop_a_call_for(pieces: list[bytes], said: str) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.05)

    server = await _server(talk)
    port = server.sockets[0].getsockname()[1]
    async with Caller.connect("127.0.0.1", port, str(uuid4()), silence_s=0.3) as call:
        assert await call.ended() == "violation"
        assert said in call.violations[0]
    server.close()
