"""Hears when the caller speaks, pauses, is done or interrupts. Its time is the sound it was fed: no clock, no waiting."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal

from voice.audio import FRAME_BYTES, FRAME_MS
from voice.listening.events import (
    Interrupted,
    ListenEvent,
    NoInput,
    Paused,
    Resumed,
    SpeechStarted,
    TurnDropped,
    TurnEnded,
)
from voice.listening.gate import Gate
from voice.listening.strategies import ENDPOINTS, INTERRUPTIONS, Overlap, Question, Strategies
from voice.listening.turn import Turn
from voice.listening.vad import Detector


class Listener:
    """One call's turns. Feed every frame of the line, also while the robot speaks and while words are being recognised."""

    def __init__(self, detector: Detector, strategies: Strategies | None = None) -> None:
        """`detector` has to be fresh or reset, and belongs to this listener until the call is over."""
        self._detector, self._numbers = detector, strategies or Strategies()
        self._gate = Gate(self._numbers.sensitivity)
        self._question = Question()
        self._part = b""
        self._before: deque[bytes] = deque(maxlen=max(1, self._numbers.interruption.look_back_ms // FRAME_MS))
        self._turn: Turn | None = None
        self._now = self._deaf_until = self._waited = 0.0
        self._last_end: float | None = None
        self._waiting = True

    @property
    def now_ms(self) -> float:
        """How much sound was heard since the call began."""
        return self._now

    @property
    def in_turn(self) -> bool:
        """Whether the caller may be speaking, or pauses in a turn."""
        return self._turn is not None

    def set_question(
        self,
        expected: str | None = None,
        yes_no: bool = False,
        protected: bool = False,
        choices: Sequence[str] = (),
    ) -> None:
        """What the robot asks from now on, and whether what it says is protected from interruption."""
        self._question = Question(expected, yes_no, protected, tuple(choices))

    def listen_anew(self) -> None:
        """Wait for the caller once more: the time until NoInput begins now."""
        self._waited, self._waiting = 0.0, True

    def feed(self, frame: bytes, robot_speaking: bool, robot_frame: bytes | None = None) -> list[ListenEvent]:
        """The next sound of the caller, of any length; what happened in it.

        `robot_speaking`: whether she hears the robot now. `robot_frame`: what is sent to her at this moment, so that its echo
        is not taken for her; None where that is not known.
        """
        self._part += frame
        events: list[ListenEvent] = []
        while len(self._part) >= FRAME_BYTES:
            whole, self._part = self._part[:FRAME_BYTES], self._part[FRAME_BYTES:]
            events += self._frame(whole, robot_speaking, robot_frame)
        return events

    def key(self) -> list[ListenEvent]:
        """A key was pressed: a running turn is dropped, and the rest of its tone is not heard."""
        self._deaf_until = self._now + self._numbers.timeouts.key_ms
        self._before.clear()
        self.listen_anew()
        turn, self._turn = self._turn, None
        return [TurnDropped(self._now, turn.speech_ms, "key")] if turn else []

    def words(self, text: str, paused_at_ms: float | None = None) -> None:
        """What was recognised of the running turn at a pause; it counts from the next frame on.

        `paused_at_ms` is the `at_ms` of its Paused: words of an earlier pause do not decide when the turn ends.
        """
        if self._turn is None:
            return
        self._turn.heard = text
        if self._turn.paused_at_ms is not None and paused_at_ms in (None, self._turn.paused_at_ms):
            self._turn.words = text

    def _frame(self, frame: bytes, robot_speaking: bool, robot_frame: bytes | None) -> list[ListenEvent]:
        probability = self._detector.feed(frame)
        voiced = self._gate.voiced(frame, probability, robot_speaking, robot_frame if robot_speaking else None)
        began, self._now = self._now, self._now + FRAME_MS
        if began < self._deaf_until:
            return self._wait(robot_speaking)
        events: list[ListenEvent] = []
        if self._turn is None:
            if not voiced:
                self._before.append(frame)
                return self._wait(robot_speaking)
            self._turn = Turn(self._before, began, self._numbers.sensitivity.noticed_ms)
            self._before.clear()
            gap = None if self._last_end is None else max(0.0, self._turn.began_at_ms - self._last_end)
            events.append(SpeechStarted(self._now, self._turn.began_at_ms, gap))
        numbers = self._numbers
        resumed = self._turn.add(
            frame,
            voiced,
            robot_speaking,
            resume_ms=numbers.timeouts.resume_ms,
            gap_ms=numbers.interruption.gap_ms,
        )
        if resumed:
            events.append(Resumed(self._now))
        return events + self._decide(self._turn, robot_speaking) + self._wait(robot_speaking)

    def _decide(self, turn: Turn, robot_speaking: bool) -> list[ListenEvent]:
        """What the newest frame of a turn brings about."""
        events: list[ListenEvent] = []
        times = self._numbers.timeouts
        if robot_speaking and not turn.interrupted and self._interrupts(turn):
            turn.interrupted = True
            events.append(Interrupted(self._now, turn.began_at_ms, self._numbers.interruption.strategy))
        if turn.paused_at_ms is None and self._silence(turn) >= times.pause_ms:
            if turn.speech_ms < times.shortest_speech_ms:
                self._turn = None
                self._before.extend(turn.frames())
                return [*events, TurnDropped(self._now, turn.speech_ms, "short")]
            events.append(Paused(self._now, turn.pause()))
        if turn.paused_at_ms is not None and self._silence(turn) >= self._endpoint(turn):
            events.append(self._end(turn, "pause", robot_speaking))
        elif turn.length_ms >= times.maximum_turn_ms:
            events.append(self._end(turn, "maximum", robot_speaking))
        return events

    def _interrupts(self, turn: Turn) -> bool:
        numbers = self._numbers.interruption
        strategy = INTERRUPTIONS["never" if self._question.protected else numbers.strategy]
        return strategy(numbers, Overlap(turn.overlap_ms, turn.heard))

    def _endpoint(self, turn: Turn) -> int:
        numbers = self._numbers.endpoints
        return ENDPOINTS[numbers.strategy](numbers, self._question, turn.words)

    def _silence(self, turn: Turn) -> float:
        """How long she has been silent really: the detector lingers."""
        return turn.silence_ms + self._numbers.sensitivity.lingers_ms if turn.silence_ms else 0.0

    def _end(self, turn: Turn, reason: Literal["pause", "maximum"], robot_speaking: bool) -> TurnEnded:
        silence = self._silence(turn)
        if reason == "maximum":
            pcm, rest = b"".join(turn.frames()), list[bytes]()
        else:
            pcm, rest = turn.parted()
        self._turn, self._waiting, self._last_end = None, False, self._now - silence
        self._before.extend(rest)
        under = turn.under_robot and robot_speaking and not turn.interrupted
        return TurnEnded(self._now, pcm, turn.speech_ms, silence, turn.began_at_ms, self._last_end, reason, under)

    def _wait(self, robot_speaking: bool) -> list[ListenEvent]:
        """Count the time in which nothing was said."""
        if robot_speaking:
            self.listen_anew()
            return []
        self._waited += FRAME_MS
        if self._turn is None and self._waiting and self._waited >= self._numbers.timeouts.no_input_ms:
            self._waiting = False
            self._gate.forget()
            return [NoInput(self._now, self._waited)]
        return []
