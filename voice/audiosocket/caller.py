"""Plays Asterisk's part of an AudioSocket call, for `./otklik call`, the bench and the tests; it is as strict as Asterisk is."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

from voice.audio import FRAME_MS, SILENCE, frames
from voice.audiosocket import codec
from voice.player import Pace, audible

SILENCE_S = 2.0
"""Asterisk drops the call when nothing comes for so long."""
HALF_FRAME_S = 0.005
"""Asterisk drops the call when the rest of a frame comes later than this."""


class Caller(asyncio.Protocol):
    """One call. Make it with `async with Caller.connect(...) as call`."""

    def __init__(self, *, talks: bool, silence_s: float) -> None:
        self.received: list[tuple[float, bytes]] = []
        """Every frame of sound the robot sent, with the moment (time.monotonic) of its arrival."""
        self.violations: list[str] = []
        """What the robot did for which Asterisk would have dropped the call, in words; the call was dropped here too."""
        self.hung_up = False
        """The robot hung up by a frame of its own, which lets the dialplan go on."""
        self.said_ms = 0.0
        """How much the caller has said, silence in between not counted."""
        self._talks = talks
        self._silence_s = silence_s
        self._decoder = codec.Decoder()
        self._unsaid: deque[bytes] = deque()
        self._said_at = time.monotonic()
        self._half_since: float | None = None
        self._heard_at = time.monotonic()
        self._suspect = False
        self._news = asyncio.Event()
        self._over = asyncio.Event()
        self._reason = ""
        self._transport: asyncio.Transport

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, host: str, port: int, uuid: str | None, *, talks: bool = True, silence_s: float = SILENCE_S
    ) -> AsyncIterator[Caller]:
        """Call. Without `uuid` the connection says nothing of itself; with `talks` false no sound is sent, not even silence.

        Raises OSError when nobody listens. The call is hung up at the end.
        """
        loop = asyncio.get_running_loop()
        _, call = await loop.create_connection(lambda: cls(talks=talks, silence_s=silence_s), host, port)
        try:
            if uuid is not None:
                call.send_raw(codec.encode(codec.UUID, UUID(uuid).bytes))
            task = loop.create_task(call._run())
            yield call
        finally:
            call.hang_up()
            await call.ended()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # The caller's side.

    def say(self, pcm: bytes) -> None:
        """Say a sound in the form of `voice.audio` in real time, after what is being said already."""
        self._unsaid.extend(frames(pcm))

    async def said(self) -> float:
        """Wait until all was said; the moment (time.monotonic) when the last of it was sent."""
        await self._until(lambda: not self._unsaid)
        return self._said_at

    def press(self, keys: str) -> None:
        """Press keys, now."""
        for key in keys:
            self.send_raw(codec.encode(codec.DTMF, key.encode()))

    def hang_up(self) -> None:
        """Put the receiver down: the robot sees the end of the stream."""
        self._leave("caller")

    async def ended(self) -> str:
        """Wait for the end of the call: `robot` hung up, `caller` did, `violation`, or `lost` (closed without a hang-up)."""
        await self._over.wait()
        return self._reason

    # What the robot did.

    async def heard(self, number: int) -> list[tuple[float, bytes]]:
        """Wait until so many frames were received (or the call ended); all that were."""
        await self._until(lambda: len(self.received) >= number)
        return self.received

    async def sounded(self, after: float = 0.0) -> float | None:
        """Wait for the first audible frame that arrived at `after` or later; its moment, or None when the call ended before."""
        at = 0
        while at < len(self.received) or not self._over.is_set():
            if at == len(self.received):
                await self._news.wait()
                continue
            moment, frame = self.received[at]
            if moment >= after and audible(frame):
                return moment
            at += 1
        return None

    @property
    def sound(self) -> bytes:
        """All that was received, as one sound."""
        return b"".join(frame for _, frame in self.received)

    # For tests of a robot's nerves.

    def send_raw(self, data: bytes) -> None:
        """Send any bytes."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def stop_reading(self) -> None:
        """Take nothing any more from the socket."""
        self._transport.pause_reading()

    def reset(self) -> None:
        """Break the connection off without a farewell."""
        self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods but are no subclass.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        now = self._heard_at = time.monotonic()
        self._suspect = False
        if self._half_since is not None and now - self._half_since > HALF_FRAME_S:
            self._violate(f"the rest of a frame came {(now - self._half_since) * 1000:.0f} ms later")
            return
        for frame in self._decoder.feed(data):
            if frame.kind == codec.AUDIO:
                self.received.append((now, frame.payload))
            elif frame.kind == codec.HANG_UP:
                self.hung_up = True
                self._leave("robot")
                return
            else:
                self._violate(f"a frame of kind {frame.kind:#04x}, which a server does not send")
                return
        if self._decoder.garbage:
            self._violate(f"no AudioSocket: {self._decoder.garbage}")
            return
        self._half_since = now if self._decoder.partial else None
        self._tell()

    def connection_lost(self, _error: Exception | None) -> None:
        self._reason = self._reason or "lost"
        self._over.set()
        self._tell()

    # Inside.

    async def _run(self) -> None:
        pace = Pace(FRAME_MS)
        while not self._over.is_set():
            if wait := pace.wait(time.monotonic()):
                await asyncio.sleep(wait)
                continue
            now = time.monotonic()
            pace.sent(now)
            self._check(now)
            if self._talks:
                self.send_raw(codec.encode(codec.AUDIO, self._unsaid[0] if self._unsaid else SILENCE))
                self._count(now)

    def _count(self, now: float) -> None:
        if self._unsaid:
            self._unsaid.popleft()
            self.said_ms += FRAME_MS
            self._said_at = now
            if not self._unsaid:
                self._tell()

    def _check(self, now: float) -> None:
        silent = now - self._heard_at
        if silent >= self._silence_s and self._suspect:
            self._violate(f"nothing came for {silent:.1f} s")
        # Looked at twice: after a stall of our own, what came meanwhile lies unread.
        self._suspect = silent >= self._silence_s

    def _violate(self, what: str) -> None:
        self.violations.append(what)
        self._leave("violation")

    def _leave(self, reason: str) -> None:
        self._reason = self._reason or reason
        self._transport.close()

    async def _until(self, true: Callable[[], bool]) -> None:
        """Wait until it is true or the call has ended."""
        while not true() and not self._over.is_set():
            await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
