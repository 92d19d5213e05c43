"""How soon the robot is silent once it has decided to be: real sound over a real socket through the parts of a call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from benchmarks.keeping import until
from benchmarks.voice_figures import percentile, silent_at
from voice.audio import SILENCE
from voice.audiosocket.caller import Caller
from voice.audiosocket.server import AudioSocketServer
from voice.ears import Ears
from voice.line import Line
from voice.listening import Interrupted, Listener, ListenEvent, SpeechDetector, Strategies
from voice.mouth import Mouth
from voice.player import Player
from voice.recognition.base import Recogniser
from voice.saying import Phrase, Speech
from voice.speech.base import PLAIN, Prosody

AFTER = 0.6
"""Seconds the robot speaks before it is interrupted."""
MISSED_AFTER = 2.0


class Announcer:
    """A voice that says one recording, whatever the words."""

    name = "recording"

    def __init__(self, sound: bytes) -> None:
        self._sound = sound

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        """The recording."""
        return self._sound

    async def close(self) -> None:
        """Nothing to give back."""


class Watched(Listener):
    """A listener that keeps the moments of its decisions to interrupt."""

    def __init__(self, detector: SpeechDetector, strategies: Strategies, decided: list[float]) -> None:
        super().__init__(detector, strategies)
        self._decided = decided

    def feed(self, frame: bytes, robot_speaking: bool, robot_frame: bytes | None = None) -> list[ListenEvent]:
        """As Listener."""
        events = super().feed(frame, robot_speaking, robot_frame)
        if any(isinstance(event, Interrupted) for event in events):
            self._decided.append(time.monotonic())
        return events


async def measure(
    recordings: Sequence[bytes], announcement: bytes, recogniser: Recogniser, strategies: Strategies
) -> dict[str, Any]:
    """Each recording, trimmed, is said into `announcement`: `stop_ms_*` from the decision, `onset_ms_*` from her first sound."""
    decided: list[float] = []
    detector = await asyncio.to_thread(SpeechDetector)

    async def known(_call: str) -> bool:
        return True

    async def answer(line: Line) -> None:
        detector.reset()
        sent = [SILENCE]
        player = Player(line, on_frame=lambda frame, _at: sent.__setitem__(0, frame))
        mouth = Mouth(player, Announcer(announcement), lambda _at: None)
        ears = Ears(
            line,
            Watched(detector, strategies, decided),
            recogniser,
            mouth,
            time.monotonic,
            lambda _frame: None,
            lambda: sent[0],
        )
        player.start()
        await mouth.speak(Speech((Phrase("", PLAIN),)))
        await ears.run()
        await mouth.close()
        await player.stop()

    server = AudioSocketServer("127.0.0.1", 0, known, answer)
    await server.start()
    try:
        trials = [await _trial(server.port, recording, decided) for recording in recordings]
    finally:
        await server.stop(1.0)
    found = [trial for trial in trials if trial is not None]
    return {
        "trials": len(trials),
        "missed": len(trials) - len(found),
        "stop_ms_p50": percentile((stop for stop, _ in found), 50),
        "stop_ms_p95": percentile((stop for stop, _ in found), 95),
        "onset_ms_p50": percentile((onset for _, onset in found), 50),
        "onset_ms_p95": percentile((onset for _, onset in found), 95),
    }


async def _trial(port: int, recording: bytes, decided: list[float]) -> tuple[float, float] | None:
    """Milliseconds to the end of the last sound from the decision and from the first sound; None when it never decided."""
    decided.clear()
    async with Caller.connect("127.0.0.1", port, str(uuid4())) as caller:
        await caller.sounded()
        await asyncio.sleep(AFTER)
        began = time.monotonic()
        caller.say(recording)
        await until(lambda: bool(decided) or time.monotonic() - began > MISSED_AFTER, 0.01)
        await asyncio.sleep(0.3)
        if not decided:
            return None
        silent = silent_at(caller.received)
        return max(0.0, silent - decided[0]) * 1000, (silent - began) * 1000
