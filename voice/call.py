"""One telephone call from its first frame to its last: puts the parts of a call together, and leaves everything in good order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import structlog

from bot.services.calls.interface import After, Call, UnknownCall
from bot.services.calls.lines import Lines, PhoneLine
from bot.services.calls.registry import Calls
from bot.services.calls.talked import OutgoingTalks
from bot.store import Store, StoreAway, Vault
from bot.turns import Turns
from voice.audio import SILENCE
from voice.conversation import Conversation
from voice.dialogue import PhoneDialogue
from voice.dictation.sound_alikes import Mender
from voice.ear.pronunciation import Pronunciation
from voice.ears import Ears
from voice.handing_over import HandingOver
from voice.line import Line
from voice.listening.listener import Listener
from voice.listening.strategies import Strategies
from voice.listening.vad import Detectors, SpeechDetector
from voice.measures import CALLS, CALLS_ENDED
from voice.mouth import Mouth
from voice.notes import Notes
from voice.player import Player
from voice.recognition.base import Recogniser
from voice.saying import Teller
from voice.script import Script
from voice.speech.base import Voice
from voice.transcript import Transcripts

log = structlog.get_logger(__name__)

LONGEST_CALL = 30 * 60.0
"""Seconds after which a human is the better help."""
LAST_TURN = 20.0
"""Seconds that the dialogue's last turn of an outgoing call is waited for, before it is settled what came of the call."""


class Recorder(Protocol):
    """Keeps both voices of a call, apart from each other."""

    def heard(self, frame: bytes) -> None:
        """A frame of the caller."""

    def said(self, frame: bytes) -> None:
        """A frame of the robot."""

    async def close(self) -> None:
        """Finish and keep the recording."""


LeaveDraft = Callable[[str], Awaitable[None]]
"""Conversation id of a call that broke off in the middle of something."""


@dataclass(frozen=True)
class Equipment:
    """What all calls share. `clock` is the time of day, `personas` the voices of the characters by name."""

    turns: Turns
    store: Store
    vault: Vault
    clock: Callable[[], datetime]
    zone: ZoneInfo
    calls: Calls
    lines: Lines
    handing_over: HandingOver
    give_back: Callable[[str], Awaitable[None]]
    recogniser: Recogniser
    voice: Voice
    script: Script
    personas: Mapping[str, Mapping[str, Any]]
    strategies: Strategies
    recorder: Callable[[Call, PhoneLine], Recorder | None]
    leave_draft: LeaveDraft
    mender: Mender
    pronunciation: Pronunciation
    transcripts: Transcripts
    detectors: Detectors
    talks: OutgoingTalks | None = None
    """The matters of outgoing calls; None where there are none."""


async def answer(line: Line, equipment: Equipment) -> None:
    """Talk with whoever is on this line until one of the two is done."""
    try:
        call = await equipment.calls.begin(line.call_id)
    except (UnknownCall, StoreAway) as error:
        log.warning("voice.call_refused", reason=type(error).__name__)
        await line.hang_up()
        return
    CALLS.inc()
    try:
        # Making a detector takes as long as several frames.
        detector = await asyncio.to_thread(equipment.detectors.take)
        await _PhoneCall(line, call, equipment, detector).run()
        equipment.detectors.give_back(detector)
    finally:
        CALLS.dec()


class _PhoneCall:
    def __init__(self, line: Line, call: Call, equipment: Equipment, detector: SpeechDetector) -> None:
        self._line, self._call, self._e = line, call, equipment
        self._phone_line = equipment.lines.get(call.line)
        self._recorder = equipment.recorder(call, self._phone_line)
        self._transcript = equipment.transcripts.open(call.id)
        self._player = Player(line, on_frame=self._said)
        self._mouth = Mouth(self._player, equipment.voice, lambda at: self._notes.sounded(at))
        listener = Listener(detector, equipment.strategies)
        self._sent_frame = SILENCE
        self._ears = Ears(
            line, listener, equipment.recogniser, self._mouth, time.monotonic, self._heard, lambda: self._sent_frame
        )
        self._dialogue = PhoneDialogue(
            equipment.turns, equipment.store, equipment.vault, equipment.clock, equipment.give_back, call.user, call.id
        )
        self._notes = Notes(self._dialogue, self._transcript)
        self._teller = Teller(
            equipment.script,
            equipment.personas.get(self._phone_line.persona, {}),
            equipment.clock().astimezone(equipment.zone).date(),
            equipment.pronunciation,
        )
        self._talk = Conversation(
            call, self._phone_line, self._dialogue, self._ears, self._mouth, self._teller, equipment.recogniser,
            equipment.calls, equipment.handing_over, self._notes, equipment.mender, time.monotonic,
            equipment.talks,
        )  # fmt: skip

    async def run(self) -> None:
        """Talk, then finish in the order that loses nothing: the dialplan asks where to go as soon as the line is closed."""
        self._player.start()
        ears = asyncio.create_task(self._ears.run(), name="ears")
        end: tuple[str, After | None] = ("stopped", None)
        try:
            end = await self._talked()
        finally:
            ears.cancel()
            await asyncio.gather(ears, return_exceptions=True)
            await self._finish(*end)

    async def _talked(self) -> tuple[str, After | None]:
        queue = self._e.handing_over.default(self._phone_line)
        try:
            async with asyncio.timeout(LONGEST_CALL):
                reason = await self._talk.run(same_call=self._call.transfers > 0)
            return reason, self._talk.end[1] if self._talk.end else None
        except TimeoutError:
            await self._last_words("maximum_call")
            return "maximum", queue
        except Exception as error:
            # Whatever breaks here, a human is there for the caller.
            log.error("voice.call_failed", error=type(error).__name__, where=_place(error))
            await self._last_words("robot_away")
            return "failed", queue

    async def _last_words(self, name: str) -> None:
        self._mouth.interrupt()
        try:
            async with asyncio.timeout(8):
                await self._mouth.speak(self._teller.line(name))
                await self._mouth.quiet()
        except Exception as error:
            log.warning("voice.last_words_failed", error=type(error).__name__)

    async def _finish(self, reason: str, after: After | None) -> None:
        CALLS_ENDED.labels(reason).inc()
        self._transcript.ended = reason
        await self._talk.close()
        await self._mouth.close()
        for step in (
            self._keep_end(reason, after), self._player.stop(), self._line.hang_up(), self._keep_rest(reason), self._tell_plan(),
        ):  # fmt: skip
            try:
                await step
            except Exception as error:
                log.error("voice.finish_failed", error=type(error).__name__, where=_place(error))

    async def _keep_end(self, reason: str, after: After | None) -> None:
        await self._e.calls.finish(self._call.id, reason, after)

    async def _tell_plan(self) -> None:
        """Let the plan of an outgoing call know how it went, after the dialogue's last turn is over."""
        if self._talk.outgoing is not None and self._e.talks is not None:
            talked = self._talk.outgoing.talked
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._dialogue.drain(), LAST_TURN)
            result = await self._e.talks.finished(self._call, talked)
            await self._dialogue.note("outgoing_talked", result=result)

    async def _keep_rest(self, reason: str) -> None:
        if self._recorder is not None:
            await self._recorder.close()
        if not reason.startswith("caller_"):
            return
        if self._talk.unfinished is not None:
            await self._dialogue.drain()
            await self._e.leave_draft(self._dialogue.conversation_id)
        await self._dialogue.leave_queue()

    def _heard(self, frame: bytes) -> None:
        if self._recorder is not None:
            self._recorder.heard(frame)

    def _said(self, frame: bytes, _moment: float) -> None:
        self._sent_frame = frame
        if self._recorder is not None:
            self._recorder.said(frame)


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"
