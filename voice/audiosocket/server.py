"""Takes calls from Asterisk's AudioSocket: keeps each line alive from its first millisecond and lets in registered calls only."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

import structlog

from voice.audio import FRAME_BYTES, FRAME_MS, SILENCE
from voice.audiosocket import codec
from voice.line import Audio, Happening, HungUp, Key, Line
from voice.player import Pace

log = structlog.get_logger(__name__)

KEYS = "0123456789*#"
_FRAME_S = FRAME_MS / 1000


@dataclass(frozen=True)
class Limits:
    """What a line may cost. Times in seconds."""

    uuid_s: float = 3.0
    """From the connection to its UUID."""
    known_s: float = 3.0
    """For `known` to answer."""
    gap_s: float = 0.2
    """No sound from the caller, as telephones do that send none while nobody speaks or while they hold: heard as silence."""
    silence_s: float = 65.0
    """Nothing at all from the peer: the caller is gone. Longer than the `rtp_timeout` after which Asterisk itself hangs up."""
    idle_s: float = 1.0
    """Nothing sent by the call's owner: silence is sent in its place, before Asterisk gives up."""
    linger_s: float = 1.0
    """After a hang-up, till the socket is closed by force."""
    waiting: int = 200
    """Connections that are not calls yet. Beyond it the oldest one that never spoke has to go."""
    unread_frames: int = 250
    """Sound that nobody has received yet (5 s); beyond it the oldest goes."""
    unread_keys: int = 1000
    """No hand presses that many: the peer is broken."""
    unsent_bytes: int = 16_000
    """Sound (1 s) that the peer does not take, over what the system buffers: it is gone."""


class SocketLine(asyncio.Protocol):
    """One connection, and the Line of its call (`voice.line`)."""

    def __init__(self, server: AudioSocketServer, limits: Limits) -> None:
        self.call_id = ""
        self.dropped = 0
        """Frames of the caller's voice thrown away because nobody received them in time."""
        self.closed = asyncio.Event()
        """The socket is closed."""
        self._server = server
        self._limits = limits
        self.end: HungUp | None = None
        """How it ended; None while it has not."""
        self._decoder = codec.Decoder()
        self._unread: deque[Happening] = deque()
        self._keys = 0
        self._arrived = asyncio.Event()
        self._rest = bytearray()
        self._pace = Pace(FRAME_MS)
        self._opened_at = self._heard_at = self._sounded_at = time.monotonic()
        self._fills = False
        self._owner_sent_at: float | None = None
        self._suspect = False
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    # What a call uses.

    async def receive(self) -> Happening:
        """The next thing that happens; what came before the end is still given. See `voice.line.Line`."""
        while not self._unread:
            if self.end:
                return self.end
            self._arrived.clear()
            await self._arrived.wait()
        happening = self._unread.popleft()
        self._keys -= isinstance(happening, Key)
        return happening

    async def send(self, frame: bytes) -> None:
        """Send one frame. Raises ConnectionError when the line is gone, ValueError for another size than 20 ms."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(frame)}")
        if self.end is None:
            self._owner_sent_at = time.monotonic()
            self._write(frame)
        if self.end is not None:
            raise ConnectionError(f"the line is gone: {self.end.reason}")

    async def hang_up(self) -> None:
        """End the call from our side; `receive` gives HungUp("robot") from then on."""
        if self.end is None:
            self._unread.clear()
            self.finish("robot")

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods but are no subclass.
        self._transport = cast(asyncio.Transport, transport)
        sock = transport.get_extra_info("socket")
        # A frame that waits for company arrives too late. asyncio sets this too; a call depends on it.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The system would keep minutes of sound for a peer that reads nothing.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.unsent_bytes)
        self._tick()
        self._server.opened(self)

    def data_received(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        self._suspect = False
        if self.end is not None:
            return  # read on, or closing would reset the connection before the hang-up was read
        for frame in self._decoder.feed(data):
            self._take(frame)
        if self._decoder.garbage:
            self.finish("garbage")

    def eof_received(self) -> None:
        # A frame cut in half is a peer that broke; a caller's hang-up comes between frames.
        self.finish("error" if self._decoder.partial else "caller", goodbye=False)

    def connection_lost(self, _error: Exception | None) -> None:
        # Asterisk closes with our sound unread, which the system reports as a reset: a hang-up like any other.
        self.finish("error" if self._decoder.partial else "caller", goodbye=False)
        if self._timer:
            self._timer.cancel()
        self.closed.set()
        self._server.closed(self)

    # Inside.

    def _take(self, frame: codec.Frame) -> None:
        if self.end is not None:
            return
        if not self.call_id:
            if frame.kind != codec.UUID:
                self.finish("garbage")
                return
            self.call_id = str(UUID(bytes=frame.payload))
            self._sounded_at = self._heard_at
            self._server.asked(self)
        elif frame.kind == codec.AUDIO:
            self._fills, self._sounded_at = False, self._heard_at
            self._rest += frame.payload
            whole = len(self._rest) - len(self._rest) % FRAME_BYTES
            for at in range(0, whole, FRAME_BYTES):
                self._put(Audio(bytes(self._rest[at : at + FRAME_BYTES])))
            del self._rest[:whole]
        elif frame.kind == codec.DTMF and (key := frame.payload.decode("latin-1")) in KEYS:
            self._keys += 1
            self._put(Key(key))
        elif frame.kind == codec.HANG_UP:
            self.finish("caller")
        elif frame.kind == codec.ERROR:
            self.finish("error")

    def _put(self, happening: Happening) -> None:
        if self._keys > self._limits.unread_keys:
            self.finish("garbage")
            return
        if len(self._unread) - self._keys >= self._limits.unread_frames and isinstance(happening, Audio):
            del self._unread[next(i for i, old in enumerate(self._unread) if isinstance(old, Audio))]
            self.dropped += 1
        self._unread.append(happening)
        self._arrived.set()

    def _tick(self) -> None:
        """Look after the line: is the peer still there, does somebody send?"""
        now = time.monotonic()
        since, limit = (
            (self._heard_at, self._limits.silence_s) if self.call_id else (self._opened_at, self._limits.uuid_s)
        )
        left = since + limit - now
        if left <= 0 and self._suspect:
            self.finish("silence")
            return
        # After a stall of our own, what the peer sent meanwhile lies unread: look twice.
        self._suspect = left <= 0
        delay = max(FRAME_MS / 1000, min(self._limits.idle_s / 4, left))
        if self._owner_sent_at is None or now - self._owner_sent_at >= self._limits.idle_s:
            if self._pace.wait(now) == 0:
                self._write(SILENCE)
                self._pace.sent(now)
            delay = self._pace.wait(time.monotonic())
        if self.call_id:
            delay = min(delay, self._fill(now))
        if self.end is None:
            self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _fill(self, now: float) -> float:
        """Let the silence of a caller who sends nothing be heard; seconds until it has to be looked at again.

        Turns end by silence, and time passes for the listener only with sound.
        """
        missing = now - self._sounded_at
        if not self._fills and missing < self._limits.gap_s:
            return self._limits.gap_s - missing
        if not self._fills:
            # After a stall of our own, what the caller said meanwhile lies unread: look twice.
            self._fills = True
            return _FRAME_S
        for _ in range(int(missing / _FRAME_S)):
            self._put(Audio(SILENCE))
            self._sounded_at += _FRAME_S
        return _FRAME_S

    def _write(self, frame: bytes) -> None:
        self._transport.write(codec.encode(codec.AUDIO, frame))
        if self._transport.get_write_buffer_size() > self._limits.unsent_bytes:
            self.finish("error", goodbye=False)
            self._transport.abort()

    def finish(self, reason: str, *, goodbye: bool = True) -> None:
        """The line is over; `goodbye`: say so to the peer. Does nothing the second time."""
        if self.end is not None:
            return
        self.end = HungUp(reason)
        self._arrived.set()
        if self._timer:
            self._timer.cancel()
        if goodbye and not self._transport.is_closing():
            self._transport.write(codec.encode(codec.HANG_UP))
            self._transport.write_eof()
        self._timer = asyncio.get_running_loop().call_later(self._limits.linger_s, self._transport.abort)


class AudioSocketServer:
    """Listens for Asterisk. Has no authentication of its own: bind it to loopback, `known` is the door."""

    def __init__(
        self,
        host: str,
        port: int,
        known: Callable[[str], Awaitable[bool]],
        answer: Callable[[Line], Awaitable[None]],
        limits: Limits = Limits(),
    ) -> None:
        """`port` 0 takes any free one. `known` says whether a call of this UUID was registered; `answer` leads the call.

        When `answer` ends, the line is hung up; it is told of a caller who left by its line and is not cancelled for it.
        """
        self._host = host
        self._port = port
        self._known = known
        self._answer = answer
        self._limits = limits
        self._server: asyncio.Server | None = None
        self._open: set[SocketLine] = set()
        self._waiting: dict[SocketLine, None] = {}
        self._calls: dict[str, SocketLine] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def connections(self) -> int:
        """Open sockets, calls or not."""
        return len(self._open)

    @property
    def calls(self) -> int:
        """Calls that are being answered."""
        return len(self._tasks)

    async def start(self) -> None:
        """Begin to listen. Raises OSError when the port is in use."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SocketLine(self, self._limits), self._host, self._port, backlog=self._limits.waiting
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self, deadline: float) -> None:
        """Take no new calls, give the running ones `deadline` seconds to end, hang up those that are left."""
        if self._server:
            self._server.close()
        for line in list(self._waiting):
            await line.hang_up()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=deadline)
        for line in list(self._open):
            await line.hang_up()
        # Whoever led a call has heard the hang-up and puts its things in order.
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._limits.linger_s * 2)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(line.closed.wait() for line in self._open))

    def opened(self, line: SocketLine) -> None:
        """A line came; it is no call yet."""
        self._open.add(line)
        self._waiting[line] = None
        if len(self._waiting) > self._limits.waiting:
            # Asterisk says its UUID at once: who has not spoken for longest is no call.
            mute = next((one for one in self._waiting if not one.call_id), line)
            self._refuse(mute, "too_many")

    def asked(self, line: SocketLine) -> None:
        """A line has told its UUID."""
        task = asyncio.get_running_loop().create_task(self._serve(line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def closed(self, line: SocketLine) -> None:
        """The socket of a line is closed."""
        self._open.discard(line)
        if line in self._waiting and not line.call_id:
            log.info("call_refused", reason="no_uuid", how=line.end.reason if line.end else "")
        self._waiting.pop(line, None)

    def _refuse(self, line: SocketLine, reason: str) -> None:
        self._waiting.pop(line, None)
        log.info("call_refused", reason=reason, call=line.call_id)
        line.finish("refused")

    async def _serve(self, line: SocketLine) -> None:
        if line.call_id in self._calls:
            self._refuse(line, "twice")
            return
        self._calls[line.call_id] = line
        try:
            async with asyncio.timeout(self._limits.known_s):
                known = await self._known(line.call_id)
            if not known:
                self._refuse(line, "unknown")
                return
            self._waiting.pop(line, None)
            await self._answer(line)
        except Exception as error:
            log.error("call_failed", call=line.call_id, kind=type(error).__name__, at=_place(error))
        finally:
            self._waiting.pop(line, None)
            await line.hang_up()
            del self._calls[line.call_id]
            if line.dropped:
                log.warning("call_unheard", call=line.call_id, frames=line.dropped)


def _place(error: BaseException) -> str:
    """Where an error was raised, without what it says: that may be the caller's words."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
