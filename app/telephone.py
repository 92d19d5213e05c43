"""The voice of one assistant: recogniser, speech, the telephone's server and its outgoing calls, put together and kept running."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter

from app import speech as app_speech
from app.desk_phone import DeskPhone
from app.outgoing_calls import OutgoingHouse
from app.paths import HERE
from app.problems import Problem
from app.settings import Settings
from app.spoken_edition import SpokenEdition, load_spoken
from bot.handover.calls import Waiters, forget_waiting
from bot.services.appointments import Appointments
from bot.services.calls.interface import Call
from bot.services.calls.lines import Lines, PhoneLine
from bot.services.calls.recordings import Recordings
from bot.services.calls.registry import Calls
from bot.services.content import Content
from bot.services.people.interface import Handover
from bot.store import Store, Vault
from bot.turns import Turns
from channels.widget.voice import VoiceBusy
from voice.audio import RATE, wav
from voice.audiosocket.server import AudioSocketServer
from voice.call import Equipment, Recorder, answer
from voice.ear.shorten import bite
from voice.ear.spoken import spoken
from voice.gateway import gateway_router
from voice.handing_over import HandingOver
from voice.line import Line
from voice.listening.vad import Detectors
from voice.live import live_router
from voice.recognition import weights
from voice.recognition.base import Busy
from voice.recognition.media import NotSound
from voice.recognition.whisper import WhisperRecogniser, at_once
from voice.recording import Keeper
from voice.speech import starting as speech
from voice.speech.base import SpeechFailed
from voice.speech.cache import CachedVoice
from voice.speech.no_voice import NoVoice
from voice.speech.prompts import PromptVoice
from voice.transcript import Transcripts

if TYPE_CHECKING:
    from app.desk import DeskSide
    from desk.parts import Telephones

log = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(minutes=30)
"""How long somebody waits in the PBX's queue at most (OTKLIK_WAIT of its dialplan), where nobody can tell us when she leaves it."""
HOUSEKEEPING = timedelta(minutes=5)
READ_ALOUD_WORDS = 120
"""Words of a reply that the widget reads aloud; nobody listens longer to a page."""


@dataclass(frozen=True)
class House:
    """What the telephone needs of the house around it."""

    settings: Settings
    content: Content
    store: Store
    vault: Vault
    turns: Turns
    clock: Callable[[], datetime]
    groups: frozenset[str]
    place: Callable[[str], Awaitable[Handover | None]]
    give_back: Callable[[str], Awaitable[None]]
    leave_draft: Callable[[str], Awaitable[None]]
    appointments: Appointments
    people: Waiters


class Telephone:
    """Built with the assistant, started and stopped with it."""

    def __init__(self, house: House) -> None:
        """Loads the recogniser's model (a second or two). Raises Problem, ContentError."""
        settings = house.settings
        self._house, self._settings = house, settings
        self._mute = False
        self._desk: DeskPhone | None = None
        self._edition = edition = load_spoken(settings, house.content, house.groups)
        self.lines: Lines = edition.lines
        self.calls = Calls(house.store, house.vault, house.clock, self.lines, settings.voice_calls)
        self.transcripts = Transcripts(time.monotonic)
        self.words, self._script = edition.words, edition.script
        self.outgoing = OutgoingHouse(
            settings, ZoneInfo(house.content.region.timezone), house.store, house.vault, house.clock, self.lines, self.calls,
            house.appointments, self._script,
        )  # fmt: skip
        try:
            model = weights.find(settings.voice_model, HERE.cache, settings.voice_model_path)
            self.recogniser = WhisperRecogniser(model, *_workers(settings), edition.hotwords)
            self._voice = app_speech.voice(settings, edition.stresses)
        except (weights.WeightsMissing, NoVoice) as error:
            raise Problem(str(error)) from error
        self._keeper = Keeper(
            settings.recordings_dir, house.vault, Recordings(house.store, house.clock, self.lines), self.calls
        )
        self._server = AudioSocketServer(settings.voice_host, settings.voice_port, self._known, self._answer)
        self._equipment = Equipment(
            turns=house.turns,
            store=house.store,
            vault=house.vault,
            clock=house.clock,
            zone=ZoneInfo(house.content.region.timezone),
            calls=self.calls,
            lines=self.lines,
            handing_over=HandingOver(self.calls, self.lines, house.place),
            give_back=house.give_back,
            recogniser=self.recogniser,
            voice=self._voice,
            script=self._script,
            personas=edition.personas,
            strategies=edition.strategies,
            recorder=self._recorder,
            leave_draft=house.leave_draft,
            mender=edition.mender,
            pronunciation=self.words,
            transcripts=self.transcripts,
            detectors=Detectors(ready=min(settings.voice_calls, 2)),
            talks=self.outgoing.talks,
        )

    @property
    def edition(self) -> SpokenEdition:
        """What it says and hears by."""
        return self._edition

    @property
    def voice(self) -> CachedVoice | PromptVoice:
        """What it speaks with."""
        return self._voice

    def read(self, settings: Settings, content: Content, groups: frozenset[str]) -> SpokenEdition:
        """Another edition of what is said and heard, not in use yet; `groups` are its ids of groups. Blocks for half a second.

        Raises ContentError.
        """
        return load_spoken(settings, content, groups)

    def adopt(self, edition: SpokenEdition) -> None:
        """Speak and hear by another edition from now on."""
        self._edition.adopt(edition)

    def for_desk(self, side: DeskSide) -> Telephones | None:
        """Controls of calls for the desk, to be asked for before `running`; None without a PBX to follow."""
        if self.outgoing.ami is None:
            return None
        self._desk = DeskPhone(side, self.outgoing.ami, self.lines, self._settings.ami_member)
        return self._desk.calls

    @property
    def address(self) -> str:
        """`host:port` of the AudioSocket server."""
        return f"{self._settings.voice_host}:{self._server.port}"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take calls; at the end those that go on are passed to people by the dialplan."""
        await self.calls.recover()
        try:
            await speech.start(self._voice)
        except (SpeechFailed, NoVoice) as error:
            # Who writes is answered all the same; who rings up goes to the queue.
            self._mute = True
            log.error("voice.cannot_speak", reason=str(error)[:200])
        await asyncio.to_thread(spoken, "а", words=self.words)
        await self._server.start()
        if self._desk is not None:
            await self._desk.start()
        await self.outgoing.start()
        log.info("voice.listening", port=self._server.port)
        tidying = asyncio.create_task(self._tidy())
        try:
            yield
        finally:
            tidying.cancel()
            await asyncio.gather(tidying, return_exceptions=True)
            await self.outgoing.stop()
            if self._desk is not None:
                await self._desk.stop()
            await self._server.stop(3.0)
            await self._voice.close()
            await self.recogniser.close()

    async def hear(self, path: Path) -> str | None:
        """The words of a voice message; None when nothing could be heard."""
        return await self.recogniser.hear_file(path)

    async def hear_now(self, path: Path) -> str | None:
        """The same for somebody who waits for the answer. Raises VoiceBusy when all recognisers are at work."""
        try:
            return (await self.recogniser.hear_media(path, urgent=True)).text or None
        except Busy as error:
            raise VoiceBusy from error
        except NotSound:
            return None

    async def speak(self, text: str) -> bytes:
        """A reply as a WAV file, at most what one listens to. Raises SpeechFailed."""
        sentences, _ = bite(spoken(text, now=self._house.clock().date(), words=self.words), READ_ALOUD_WORDS)
        sound = b"".join([await self._voice.say(s.text) + bytes(RATE // 1000 * s.pause_ms * 2) for s in sentences])
        if not sound:
            raise SpeechFailed("nothing to say")
        return wav(sound)

    async def _known(self, call_id: str) -> bool:
        return not self._mute and await self.calls.known(call_id)

    async def _answer(self, line: Line) -> None:
        await answer(line, self._equipment)

    def _recorder(self, call: Call, line: PhoneLine) -> Recorder | None:
        return self._keeper.recorder(call.id) if line.records else None

    async def _tidy(self) -> None:
        while True:
            try:
                await self.calls.expire()
                await self._keeper.delete_due()
                if self._desk is None:
                    await forget_waiting(self._house.store, self._house.people, self._house.clock() - LONGEST_WAIT)
            except Exception as error:
                log.warning("voice.tidying_failed", error=type(error).__name__)
            await asyncio.sleep(HOUSEKEEPING.total_seconds())


def voice_router(telephone: Telephone, token: str) -> APIRouter:
    """`/voice/…` for the PBX and for whoever follows a call live. Without a token only this machine may call it."""
    router = APIRouter()
    router.include_router(gateway_router(telephone.calls, token, lambda: telephone.address))
    router.include_router(live_router(telephone.transcripts, token))
    return router


def _workers(settings: Settings) -> tuple[int, int]:
    """Utterances at once, and threads for each."""
    workers, threads = at_once(os.cpu_count() or 2)
    return settings.voice_workers or workers, threads
