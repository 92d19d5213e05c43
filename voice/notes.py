"""What is kept of a call while it goes on: its transcript, its events, and how long each answer took."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import structlog

from voice import measures
from voice.dialogue import PhoneDialogue
from voice.ears import Utterance
from voice.recognition.base import Heard
from voice.saying import Speech
from voice.transcript import Transcript

log = structlog.get_logger(__name__)


@dataclass
class Stopwatch:
    """When the stages of one answer were reached, in seconds of the clock."""

    speech_ended: float
    turn_ended: float
    words: float = 0.0
    answer: float = 0.0
    confidence: float = 0.0


class Notes:
    """The notes of one call. `watch` runs while an answer is awaited."""

    def __init__(self, dialogue: PhoneDialogue, transcript: Transcript) -> None:
        self._dialogue, self.transcript = dialogue, transcript
        self.watch: Stopwatch | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def caller(self, heard: Heard, utterance: Utterance) -> None:
        """The caller was understood."""
        measures.ASR_CONFIDENCE.observe(heard.confidence)
        confidence = round(heard.confidence, 2)
        self.transcript.add("caller", heard.text, confidence=confidence, interrupted=utterance.interrupted)
        if utterance.interrupted:
            measures.BARGE_INS.labels("words").inc()
            self.note("barge_in", followed="words")

    def robot(self, speech: Speech) -> None:
        """The robot begins to say this."""
        if speech.phrases:
            self.transcript.add("robot", speech.text.replace("+", ""))

    def not_understood(self, why: str, speech_ms: float) -> None:
        """Something was said, but no usable words."""
        measures.NO_MATCH.labels(why).inc()
        self.transcript.add("note", "no_match", why=why)
        self.note("no_match", why=why, speech_ms=round(speech_ms))

    def interrupted_for_nothing(self) -> None:
        """The robot stopped, no words followed, and it goes on."""
        measures.BARGE_INS.labels("nothing").inc()
        self.note("barge_in", followed="nothing")

    def silence(self) -> None:
        """Nothing was said after a question."""
        measures.NO_INPUT.inc()
        self.note("no_input")

    def key(self, key: str, *, interrupted: bool) -> None:
        """A key was pressed."""
        if interrupted:
            measures.BARGE_INS.labels("keys").inc()
        self.transcript.add("key", key)

    def sounded(self, at: float) -> None:
        """The first frame of an answer was sent at this moment."""
        watch, self.watch = self.watch, None
        if watch is None:
            return
        words, answer = watch.words or at, watch.answer or at
        stages = measures.Stages(
            endpoint_ms=(watch.turn_ended - watch.speech_ended) * 1000,
            asr_ms=max(0.0, words - watch.turn_ended) * 1000,
            dialogue_ms=max(0.0, answer - words) * 1000,
            speech_ms=max(0.0, at - answer) * 1000,
        )
        stages.observe()
        self.transcript.add("note", "stages", **stages.facts())
        self.note("call_turn", confidence=round(watch.confidence, 2), **stages.facts())

    def note(self, name: str, **facts: Any) -> None:
        """Store an event beside the talk; the talk does not wait for it."""
        task = asyncio.create_task(_quietly(self._dialogue.note(name, **facts)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let what was noted be stored."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:
        log.warning("voice.note_failed", error=type(error).__name__)
