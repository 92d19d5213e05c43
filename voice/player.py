"""Says things on a line: one frame each 20 ms, silence when there is nothing to say, and stops at once when interrupted."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field

import numpy as np
import structlog

from voice.audio import FRAME_BYTES, FRAME_MS, RATE, SILENCE
from voice.line import Line

log = structlog.get_logger(__name__)

MAX_AHEAD_MS = 40
"""What was sent ahead cannot be stopped when the caller interrupts; and less would leave gaps when the machine is busy."""
LOOK_BACK_MS = 400
"""How far back at most an interrupted sentence is taken up again."""
AUDIBLE = 200
"""The loudest sample (of 32767) from which a frame counts as sound: what a voice leaves in its pauses is below."""

_FRAME_S = FRAME_MS / 1000
_WINDOW_MS = 10
_PAUSE_WINDOWS = 4
"""40 ms: shorter quiet spots are inside of words (п, т, к)."""
_QUIET = 0.08
"""Quieter than this part of the loudest 10 ms nearby is a pause."""

Tap = Callable[[bytes, float], None]
"""Gets every frame that was sent, and the moment by the player's clock."""


def audible(frame: bytes) -> bool:
    """Whether there is sound in it."""
    return bool(frame) and int(np.abs(np.frombuffer(frame, "<i2").astype(np.int32)).max()) >= AUDIBLE


class Pace:
    """When frames may go: absolute, so that it does not drift, and never more than `ahead_ms` before they are heard.

    It reckons how far the listener has sound. A stall in which she ran dry starts it anew: what was missed is late
    already, and sent in one go it would only pile up in front of her.
    """

    def __init__(self, ahead_ms: float = MAX_AHEAD_MS) -> None:
        self._early = (ahead_ms - FRAME_MS) / 1000
        self._until = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until the next frame may be sent; 0 means now."""
        return max(0.0, self._until - self._early - now)

    def sent(self, now: float) -> None:
        """A frame was sent at `now`."""
        self._until = max(self._until, now) + _FRAME_S


@dataclass(eq=False)
class _Sound:
    """All that is known so far of a piece of sound; a stream is still adding to it while `complete` is false."""

    pcm: bytearray
    complete: bool = True
    error: Exception | None = None
    wanted: asyncio.Event = field(default_factory=asyncio.Event)


class Saying:
    """One thing that is said or waits to be said."""

    def __init__(self, sound: _Sound, label: object, at: int = 0) -> None:
        self.label = label
        self.started_at: float | None = None
        """The moment (player's clock) when its first audible frame was handed to the line."""
        self.underruns = 0
        """How often a stream came too late and silence was heard within it."""
        self.cut = False
        """It was interrupted, or the line went away."""
        self._sound = sound
        self._at = at
        self._starving = True
        self._started = asyncio.Event()
        self._finished = asyncio.Event()

    @property
    def heard_ms(self) -> float:
        """How much of it was sent, counted from the beginning of the sound, also when it was taken up again."""
        return self._at / 2 / RATE * 1000

    @property
    def total_ms(self) -> float | None:
        """How long it is; None while a stream has not ended."""
        return len(self._sound.pcm) / 2 / RATE * 1000 if self._sound.complete else None

    @property
    def error(self) -> Exception | None:
        """Why its stream broke off."""
        return self._sound.error

    async def started(self) -> float | None:
        """Wait until it can be heard; the moment, or None when it ended before."""
        await self._started.wait()
        return self.started_at

    async def finished(self) -> bool:
        """Wait for the end; True when all of it was said."""
        await self._finished.wait()
        return not self.cut and self.error is None

    def _take(self) -> bytes | None:
        """The next frame, b"" at the end, None while the stream is late."""
        left = len(self._sound.pcm) - self._at
        if left < FRAME_BYTES and not self._sound.complete:
            self.underruns += not self._starving
            self._starving = True
            return None
        self._starving = False
        frame = bytes(self._sound.pcm[self._at : self._at + FRAME_BYTES])
        self._at += len(frame)
        return frame.ljust(FRAME_BYTES, b"\0") if frame else b""

    def _sent(self, frame: bytes, moment: float) -> None:
        if self.started_at is None and audible(frame):
            self.started_at = moment
            self._started.set()

    @property
    def _over(self) -> bool:
        return self._sound.complete and self._at >= len(self._sound.pcm)

    def _end(self, *, cut: bool) -> None:
        self.cut = cut
        self._started.set()
        self._finished.set()


@dataclass(frozen=True)
class Cut:
    """A saying that was interrupted: how much the caller heard of it, and what she did not."""

    saying: Saying
    label: object
    heard_ms: float
    rest: bytes = field(repr=False)
    """The unheard sound; of a stream, what had come of it."""


class Player:
    """Owns what the caller hears. Sayings follow each other; every frame of the call comes from here, silence too."""

    def __init__(self, line: Line, clock: Callable[[], float] = time.monotonic, on_frame: Tap | None = None) -> None:
        self._line = line
        self._clock = clock
        self._tap = on_frame
        self._queue: deque[Saying] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self.gone = False
        """The line went away or the player was stopped: nothing is said any more."""

    def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End sending; what was not said is cut, streams are closed."""
        tasks = [*self._pumps, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._leave()

    @property
    def playing(self) -> bool:
        """Whether something is being said or waits to be."""
        return bool(self._queue)

    async def idle(self) -> None:
        """Wait until all is said, or nothing can be said any more."""
        await self._idle.wait()

    def say(self, pcm: bytes, label: object = None) -> Saying:
        """Say a sound in the form of `voice.audio` after what waits already. `label` comes back in a Cut."""
        return self._add(Saying(_Sound(bytearray(pcm)), label))

    def say_stream(self, chunks: AsyncIterator[bytes], label: object = None) -> Saying:
        """Say what is still being made, in pieces of any size; there is silence while it is late. Fetching begins at once."""
        sound = _Sound(bytearray(), complete=False)
        saying = self._add(Saying(sound, label))
        pump = asyncio.create_task(_fill(sound, chunks))
        self._pumps.add(pump)
        pump.add_done_callback(self._pumps.discard)
        if self.gone:
            pump.cancel()
        return saying

    def interrupt(self) -> list[Cut]:
        """Be silent at once. Gives back what was not heard, in order, for `resume`; streams wait for it till the call's end."""
        cuts = []
        for saying in self._queue:
            saying._sound.wanted.clear()
            saying._end(cut=True)
            rest = bytes(saying._sound.pcm[saying._at :])
            cuts.append(Cut(saying, saying.label, saying.heard_ms, rest))
        self._queue.clear()
        self._idle.set()
        return cuts

    def resume(self, cuts: list[Cut]) -> list[Saying]:
        """Say what was interrupted, from the last pause before the cut, so that no word begins in its middle."""
        return [self._add(Saying(s._sound, s.label, take_up_at(s._sound.pcm, s._at))) for s in (c.saying for c in cuts)]

    def _add(self, saying: Saying) -> Saying:
        if self.gone:
            saying._end(cut=True)
            return saying
        saying._sound.wanted.set()
        self._queue.append(saying)
        self._idle.clear()
        return saying

    async def _run(self) -> None:
        pace = Pace()
        # The gateway kept the line alive till now: its last frame may not have been heard yet.
        pace.sent(self._clock())
        try:
            while True:
                if wait := pace.wait(self._clock()):
                    await asyncio.sleep(wait)
                    continue
                saying, frame = self._next()
                moment = self._clock()
                await self._line.send(frame)
                pace.sent(moment)
                self._tell(frame, moment)
                if saying:
                    saying._sent(frame, moment)
                    self._drop_said()
        except ConnectionError:
            pass  # whoever listens to the line hears of it there
        finally:
            self._leave()

    def _next(self) -> tuple[Saying | None, bytes]:
        self._drop_said()
        if not self._queue:
            return None, SILENCE
        frame = self._queue[0]._take()
        return (self._queue[0], frame) if frame else (None, SILENCE)

    def _drop_said(self) -> None:
        while self._queue and self._queue[0]._over:
            self._queue.popleft()._end(cut=False)
        if not self._queue:
            self._idle.set()

    def _tell(self, frame: bytes, moment: float) -> None:
        if self._tap is None:
            return
        try:
            self._tap(frame, moment)
        except Exception as error:  # the call matters more than its recording
            self._tap = None
            log.error("player_tap_failed", kind=type(error).__name__)

    def _leave(self) -> None:
        self.gone = True
        self.interrupt()
        for pump in self._pumps:
            pump.cancel()


async def _fill(sound: _Sound, chunks: AsyncIterator[bytes]) -> None:
    try:
        async for chunk in chunks:
            sound.pcm += chunk
            # An interrupted sentence is not made to its end for nobody.
            await sound.wanted.wait()
    except Exception as error:
        sound.error = error
        log.error("player_stream_failed", kind=type(error).__name__)
    finally:
        sound.complete = True
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


def take_up_at(pcm: bytes | bytearray, at: int) -> int:
    """Where to go on with a sound that was cut at byte `at`: in the last pause before it, at most LOOK_BACK_MS back.

    Without a pause: at its beginning if that is near, else at the quietest spot.
    """
    step = RATE * _WINDOW_MS // 1000 * 2
    back = LOOK_BACK_MS // _WINDOW_MS
    windows = min(at // step, back * 5)
    if not windows:
        return 0
    samples = np.frombuffer(bytes(pcm[at - windows * step : at]), "<i2").astype(np.float64)
    loudness = np.sqrt((samples.reshape(windows, -1) ** 2).mean(axis=1))
    quiet = loudness <= max(loudness.max() * _QUIET, AUDIBLE / 4)
    first = max(0, windows - back)
    for end in range(windows, first + _PAUSE_WINDOWS - 1, -1):
        if quiet[end - _PAUSE_WINDOWS : end].all():
            # Two windows of the pause come along, so that a soft beginning of the word is not lost.
            return at - (windows - end + 2) * step
    if windows <= back:
        return 0
    return at - (windows - first - int(loudness[first:].argmin())) * step
