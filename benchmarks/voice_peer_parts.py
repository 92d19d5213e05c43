"""What Pipecat needs to hold our calls: an AudioSocket transport, our recogniser, voice and dialogue as its services.

Runs in the peers' environment only. Written against pipecat-ai 1.14: as its own transports and services are, so that nothing but
the parts we lend is ours.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import date
from typing import Any

import aiohttp
from faster_whisper import WhisperModel
from pipecat.audio.utils import create_stream_resampler
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams
from pipecat.utils.time import time_now_iso8601

from voice.audio import FRAME_BYTES, RATE
from voice.audiosocket import codec
from voice.ear.pronunciation import Pronunciation
from voice.ear.spoken import spoken
from voice.recognition.base import Recogniser
from voice.speech.base import Voice


class Input(BaseInputTransport):
    """The caller's sound, resampled to the pipeline's rate as Pipecat's telephone serializers do."""

    def __init__(self, reader: asyncio.StreamReader, params: TransportParams) -> None:
        super().__init__(params)
        self._reader, self._resampler = reader, create_stream_resampler()
        self.gone = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self._reading = self.create_task(self._read())
        await self.set_transport_ready(frame)

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._reading is not None:
            await self.cancel_task(self._reading)
            self._reading = None

    async def _read(self) -> None:
        decoder = codec.Decoder()
        while data := await self._reader.read(4096):
            for frame in decoder.feed(data):
                if frame.kind == codec.AUDIO:
                    audio = await self._resampler.resample(frame.payload, RATE, self.sample_rate)
                    await self.push_audio_frame(InputAudioRawFrame(audio, self.sample_rate, 1))
        self.gone.set()


class Output(BaseOutputTransport):
    """The robot's sound in frames of 20 ms, paced as Pipecat's own socket transports pace it."""

    def __init__(self, writer: asyncio.StreamWriter, params: TransportParams) -> None:
        super().__init__(params)
        self._writer, self._due = writer, 0.0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._due = 0.0

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        if self._writer.is_closing():
            return False
        for at in range(0, len(frame.audio), FRAME_BYTES):
            piece = frame.audio[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")
            self._writer.write(codec.encode(codec.AUDIO, piece))
        await self._pace(len(frame.audio) / 2 / RATE)
        return True

    async def _pace(self, seconds: float) -> None:
        now = time.monotonic()
        wait = max(0.0, self._due - now)
        await asyncio.sleep(wait)
        self._due = self._due + seconds if wait else time.monotonic() + seconds


class AudioSocketTransport(BaseTransport):
    """One accepted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        # Chunks of 20 ms instead of 40: the line's own frames, and the sooner the first sound.
        params = TransportParams(audio_in_enabled=True, audio_out_enabled=True, audio_out_10ms_chunks=2)
        self._input, self._output = Input(reader, params), Output(writer, params)

    def input(self) -> Input:
        return self._input

    def output(self) -> Output:
        return self._output


class OurRecogniser(SegmentedSTTService):
    """Our WhisperRecogniser behind Pipecat's segmented service: window of 15 s, hotwords and guard as in our calls."""

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__(settings=STTSettings(model="whisper-base", language="ru"))
        self._recogniser = recogniser

    @property
    def wants_wav_segments(self) -> bool:
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame, None]:
        heard = await self._recogniser.hear(audio)
        if heard.text:
            yield TranscriptionFrame(heard.text, self._user_id, time_now_iso8601())


class SharedWhisper(WhisperSTTService):
    """Pipecat's own Whisper service, unchanged but for the model, which is loaded once for all calls."""

    def __init__(self, model: WhisperModel) -> None:
        self._shared = model
        super().__init__(settings=WhisperSTTService.Settings(model="base", language="ru"))

    def _load(self) -> None:
        self._model = self._shared


class OurVoice(TTSService):
    """Our voice as Pipecat's speech service."""

    def __init__(self, voice: Voice) -> None:
        super().__init__(
            push_start_frame=True, push_stop_frames=True, sample_rate=RATE,
            settings=TTSSettings(model=None, voice=voice.name, language="ru"),
        )  # fmt: skip
        self._voice = voice

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        pcm = await self._voice.say(text)
        yield TTSAudioRawFrame(pcm, RATE, 1, context_id=context_id)


class Dialogue(FrameProcessor):
    """In the place of the language model: the same house's dialogue over its portal API, its answers in words for the ear."""

    def __init__(self, client: aiohttp.ClientSession, user: str, words: Pronunciation) -> None:
        super().__init__()
        self._client, self._user, self._words = client, user, words

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        for sentence in await self._answer(_last_words(frame.context.messages)):
            await self.push_frame(LLMTextFrame(sentence + " "))
        await self.push_frame(LLMFullResponseEndFrame())

    async def _answer(self, text: str) -> list[str]:
        path = f"/api/v1/conversations/{self._user}/messages"
        async with self._client.post(path, json={"text": text}) as answer:
            answer.raise_for_status()
            replies = (await answer.json())["messages"]
        said = (spoken(str(reply["text"]), now=date.today(), words=self._words) for reply in replies)
        return [sentence.text for sentences in said for sentence in sentences]


def _last_words(messages: list[Any]) -> str:
    """What the user said since the assistant's last message."""
    said: list[str] = []
    for message in reversed(messages):
        if message.get("role") != "user":
            break
        said.append(str(message.get("content") or ""))
    return " ".join(reversed(said))
