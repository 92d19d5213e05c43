"""The caller's side of one call: frames and keys come in, utterances come out with their words already under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from voice.line import Audio, HungUp, Key, Line
from voice.listening.events import Interrupted, NoInput, Paused, Resumed, SpeechStarted, TurnDropped, TurnEnded
from voice.listening.listener import Listener
from voice.measures import STOP_SECONDS
from voice.mouth import Mouth
from voice.recognition.base import Busy, Heard, Hint, Recogniser

log = structlog.get_logger(__name__)

JOINED_MS = 700
"""Silence after the end of a turn up to which new speech belongs to it."""


@dataclass(frozen=True)
class Utterance:
    """The caller has said something. Times are seconds of the clock."""

    pcm: bytes = field(repr=False)
    guess: asyncio.Task[Heard] | None
    """The words of this very sound, recognised since the pause."""
    speech_ended: float
    turn_ended: float
    speech_ms: float
    interrupted: bool
    """It stopped the robot."""
    joined: bool
    """It goes on where the utterance before was cut off too early."""


@dataclass(frozen=True)
class Pressed:
    """A key. `interrupted`: it stopped the robot."""

    key: str
    interrupted: bool


@dataclass(frozen=True)
class Silent:
    """Nothing was said since the robot fell silent."""


@dataclass(frozen=True)
class Gone:
    """The caller is gone."""

    reason: str


@dataclass(frozen=True)
class KeysDone:
    """The pause after the last key is over: what was typed is complete. Comes from a timer, in its turn with all else."""


Item = Utterance | Pressed | KeysDone | Silent | Gone


class Ears:
    """Reads one line until the caller is gone. What happened is put into `inbox`, in order."""

    def __init__(
        self,
        line: Line,
        listener: Listener,
        recogniser: Recogniser,
        mouth: Mouth,
        clock: Callable[[], float],
        on_frame: Callable[[bytes], None],
        sent: Callable[[], bytes],
    ) -> None:
        """`on_frame` gets every frame of the caller, for the recording; `sent` is what she hears of us at this moment."""
        self._line, self.listener, self._recogniser = line, listener, recogniser
        self._mouth, self._clock, self._on_frame, self._sent = mouth, clock, on_frame, sent
        self.inbox: asyncio.Queue[Item] = asyncio.Queue()
        self.hint = Hint()
        self._guess: asyncio.Task[Heard] | None = None
        self._guessed = b""
        self._interrupted = False
        self.going_on = False
        """The caller is in a turn that began so soon after the last one that both belong together."""

    async def run(self) -> None:
        """Listen until the caller is gone."""
        try:
            while True:
                happening = await self._line.receive()
                if isinstance(happening, HungUp):
                    self.inbox.put_nowait(Gone(happening.reason))
                    return
                try:
                    self._take(happening)
                except Exception as error:
                    # A slip over one frame must not leave the caller unheard for the rest of the call.
                    log.error("voice.ears_failed", error=type(error).__name__)
        finally:
            self._forget_guess()

    def _take(self, happening: Audio | Key) -> None:
        if isinstance(happening, Key):
            self._key(happening.key)
            return
        self._on_frame(happening.pcm)
        for event in self.listener.feed(happening.pcm, self._mouth.speaking, self._sent()):
            self._event(event)

    def _key(self, key: str) -> None:
        cut = self._mouth.interrupt()
        for event in self.listener.key():
            self._event(event)
        self.inbox.put_nowait(Pressed(key, cut))

    def _event(self, event: object) -> None:
        if isinstance(event, Interrupted):
            began = self._clock()
            self._interrupted = self._mouth.interrupt() or self._interrupted
            STOP_SECONDS.observe(self._clock() - began)
        elif isinstance(event, SpeechStarted):
            self.going_on = event.after_turn_ms is not None and event.after_turn_ms < JOINED_MS
        elif isinstance(event, Paused):
            self._recognise(event)
        elif isinstance(event, Resumed):
            self._forget_guess()
        elif isinstance(event, TurnEnded):
            self._ended(event)
        elif isinstance(event, TurnDropped):
            self._forget_guess()
            self.going_on = False
            if self._interrupted and event.reason == "short":
                self._mouth.resume()
            self._interrupted = False
        elif isinstance(event, NoInput):
            self.inbox.put_nowait(Silent())

    def _recognise(self, paused: Paused) -> None:
        self._forget_guess()
        self._guessed = paused.pcm
        task = asyncio.create_task(self._recogniser.hear(paused.pcm, self.hint, speculative=True), name="guess")
        task.add_done_callback(lambda done: self._guess_done(done, paused.at_ms))
        self._guess = task

    def _guess_done(self, task: asyncio.Task[Heard], paused_at_ms: float) -> None:
        if task.cancelled() or isinstance(task.exception(), Busy):
            return
        if task.exception() is None and task.result().text:
            self.listener.words(task.result().text, paused_at_ms)

    def _ended(self, event: TurnEnded) -> None:
        guess, self._guess = self._guess, None
        if guess is not None and self._guessed != event.pcm:
            guess.cancel()
            guess = None
        now = self._clock()
        interrupted, self._interrupted = self._interrupted, False
        joined, self.going_on = self.going_on, False
        if event.under_robot:
            # A «угу» while the robot explains, or words into a passage that has to be heard.
            if guess is not None:
                guess.cancel()
            return
        ended = now - (event.at_ms - event.ended_at_ms) / 1000
        self.inbox.put_nowait(
            Utterance(event.pcm, guess, ended, now, event.speech_ms, interrupted, joined or event.reason == "maximum")
        )

    def _forget_guess(self) -> None:
        if self._guess is not None:
            self._guess.cancel()
            self._guess = None
