"""Answers AudioSocket calls with Pipecat's pipeline: its VAD, turn strategies and queues, our recogniser, voice and dialogue.

`./otklik bench voice` runs it in the peers' environment. Prints `ready` and the port when calls may come.

Usage: .otklik/venvs/peers/bin/python -m benchmarks.voice_peer --model FOLDER --house URL [--stop timeout] [--ears own]
The key of the portal API comes in OTKLIK_LOCAL_API_KEY.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import aiohttp
from faster_whisper import WhisperModel
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.services.stt_service import STTService
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from benchmarks.voice_peer_parts import AudioSocketTransport, Dialogue, OurRecogniser, OurVoice, SharedWhisper
from benchmarks.voice_words import recogniser
from voice.audio import RATE
from voice.ear import pronunciation
from voice.recognition.base import Recogniser
from voice.speech.factory import SpeechSettings, make
from voice.speech.festival import FestivalVoice

HELLO = "Здравствуйте, это линия сто двадцать два. Я робот. Разговор записывается. Расскажите, что случилось?"
STOP_AFTER = 0.6
"""Seconds of silence that end a turn where the stop is tuned to ours: 0.2 of them are the VAD's own."""
VAD_STOP = 0.2
WIDE = 16000
HEADER = 3 + 16


@dataclass
class Kit:
    """What all calls share."""

    options: argparse.Namespace
    recogniser: Recogniser | None
    whisper: WhisperModel | None
    voice: FestivalVoice
    client: aiohttp.ClientSession
    words: pronunciation.Pronunciation


async def _call(kit: Kit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        user = str(UUID(bytes=(await reader.readexactly(HEADER))[3:]))
        await _converse(kit, user, reader, writer)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _converse(kit: Kit, user: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    transport = AudioSocketTransport(reader, writer)
    stop = [SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=STOP_AFTER - VAD_STOP)]
    # None: Pipecat's own default, smart-turn behind the VAD.
    strategies = UserTurnStrategies(stop=stop if kit.options.stop == "timeout" else None)
    pair = LLMContextAggregatorPair(
        LLMContext(),
        user_params=LLMUserAggregatorParams(user_turn_strategies=strategies, vad_analyzer=SileroVADAnalyzer()),
    )
    stt: STTService = OurRecogniser(kit.recogniser) if kit.recogniser else SharedWhisper(kit.whisper)
    pipeline = Pipeline(
        [
            transport.input(),
            stt,
            pair.user(),
            Dialogue(kit.client, user, kit.words),
            OurVoice(kit.voice),
            transport.output(),
            pair.assistant(),
        ]
    )
    # Its telephone examples run at the line's 8 kHz; its Whisper service wants 16.
    params = PipelineParams(audio_in_sample_rate=RATE if kit.recogniser else WIDE, audio_out_sample_rate=RATE)
    worker = PipelineWorker(pipeline, params=params, enable_rtvi=False, idle_timeout_secs=None)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    await worker.queue_frame(TTSSpeakFrame(HELLO))
    await transport.input().gone.wait()
    await worker.cancel()
    await running


async def _serve(options: argparse.Namespace) -> None:
    ours = options.ears == "ours"
    hearing = recogniser(options.cache, options.content, str(options.model)) if ours else None
    whisper = None if ours else WhisperModel(str(options.model), device="cpu", compute_type="int8")
    voice = make(SpeechSettings(engine="festival", stress=options.content / "stress.yml"))
    assert isinstance(voice, FestivalVoice)
    await voice.start()
    headers = {"X-API-Key": os.environ.get("OTKLIK_LOCAL_API_KEY", "")}
    async with aiohttp.ClientSession(options.house, headers=headers, timeout=aiohttp.ClientTimeout(20)) as client:
        kit = Kit(options, hearing, whisper, voice, client, pronunciation.book(options.content / "pronunciation.yml"))
        server = await asyncio.start_server(lambda r, w: _call(kit, r, w), "127.0.0.1", 0)
        print("ready", server.sockets[0].getsockname()[1], flush=True)
        try:
            # Whoever started us says that it is over by closing our input.
            await asyncio.to_thread(sys.stdin.read)
        finally:
            server.close()
            await voice.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--house", required=True)
    parser.add_argument("--content", type=Path, default=Path("bot/content"))
    parser.add_argument("--cache", type=Path, default=Path(".otklik/cache"))
    parser.add_argument("--stop", choices=("smart", "timeout"), default="smart")
    parser.add_argument("--ears", choices=("ours", "own"), default="ours")
    parser.add_argument("--log", default="ERROR")
    options = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level=options.log)
    asyncio.run(_serve(options))


if __name__ == "__main__":
    main()
