"""The recogniser: Whisper through CTranslate2 on the processor, in a window no longer than the utterance needs."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import structlog
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from voice.recognition import guard, media
from voice.recognition.base import Busy, Heard, Hint
from voice.recognition.guard import Decoded, StopPhrases, Verdict
from voice.recognition.hotwords import DICTATED, Hotwords, echoed, styled
from voice.recognition.loudness import clearness, cut
from voice.recognition.media import WIDE, NotSound, Samples
from voice.recognition.pool import Pool, Urgency

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Settings:
    """How the model listens. The defaults are what `benchmarks.voice_words` found best on two cores."""

    language: str = "ru"
    beam: int = 5
    """Readings followed at once. 1 is a third faster and makes half as many errors again in noise."""
    short_s: float = 13.0
    """Utterances up to this many seconds are heard in the short window."""
    short_window_s: int = 15
    """Whisper was trained on 30 s; half of it costs a third and loses nothing. A window that just fits makes it loop."""
    prompt_from_db: float = 18.0
    """How far speech must stand out of the noise for hotwords to help. In louder noise they are heard where nobody said them."""
    waiting: int = 4
    """Utterances that may wait for a worker; one more is Busy."""
    messages: int = 8
    """Voice messages that may wait; one more is Busy."""


NO_HINT = Hint()
NO_HOTWORDS = Hotwords()
USUAL = Settings()
WINDOW_S = 30
"""Whisper's own window, in seconds."""
TOKENS_A_SECOND = 12
"""More than the fastest speaker fills. It bounds the time a loop of the model can cost."""
SHORTEST_S = 0.1
"""Less sound than this is not asked about: not a syllable."""


class WhisperRecogniser:
    """Hears words with the model in a folder (`weights.find`). Making one takes a second or two: do it in a thread.

    `workers` utterances are heard at once, each with `threads_per_worker` threads; to be used from one event loop.
    """

    def __init__(
        self,
        model: Path,
        workers: int = 1,
        threads_per_worker: int = 2,
        hotwords: Hotwords = NO_HOTWORDS,
        settings: Settings = USUAL,
    ) -> None:
        self._model = WhisperModel(
            str(model), device="cpu", compute_type="int8", cpu_threads=threads_per_worker, num_workers=workers
        )
        self._tokens = Tokenizer(self._model.hf_tokenizer, True, task="transcribe", language=settings.language)
        self._suppressed = list(get_suppressed_tokens(self._tokens, [-1]))
        self._hotwords, self._settings = hotwords, settings
        self._stops = StopPhrases.read()
        self._pool = Pool(workers, settings.waiting)
        self._message, self._messages = asyncio.Lock(), 0
        self._warm_up()

    async def hear(self, pcm: bytes, hint: Hint = NO_HINT, *, speculative: bool = False) -> Heard:
        """The words of one utterance in the form of `voice.audio` (8 kHz). Raises Busy.

        `speculative`: the speaker may go on yet; work for others goes first, and cancelled before its turn it is never begun.
        """
        return await self._hear(
            await asyncio.to_thread(media.from_pcm, pcm), hint, Urgency.GUESS if speculative else Urgency.CALL
        )

    async def hear_media(self, data: bytes | Path, hint: Hint = NO_HINT, *, urgent: bool = True) -> Heard:
        """The words of a recording as browsers and messengers make them. Raises NotSound and Busy.

        `urgent` when somebody holds the line for the answer; else calls go first, and one message is heard at a time.
        """
        sound = await asyncio.to_thread(media.wide, data)
        if urgent:
            return await self._hear(sound, hint, Urgency.CALL)
        if self._messages >= self._settings.messages:
            raise Busy(f"{self._messages} messages wait already")
        self._messages += 1
        try:
            async with self._message:
                return await self._hear(sound, hint, Urgency.MESSAGE)
        finally:
            self._messages -= 1

    async def hear_file(self, path: Path) -> str | None:
        """The words of a voice message, None when nothing could be heard; what `channels.reading.Hear` wants."""
        try:
            heard = await self.hear_media(path, urgent=False)
        except (NotSound, Busy) as error:
            log.info("hear.message_not_heard", reason=getattr(error, "reason", "busy"))
            return None
        return heard.text or None

    async def close(self) -> None:
        """Give back threads and memory; what waits gets Busy."""
        await self._pool.close()
        self._model.model.unload_model()

    async def _hear(self, sound: Samples, hint: Hint, urgency: Urgency) -> Heard:
        if len(sound) < SHORTEST_S * WIDE:
            return Heard("", rejected="no_speech")
        verdicts: list[Verdict] = []
        decoded: list[Decoded] = []
        took = waited = 0.0
        # Each piece of a long one asks for a worker anew, so that a message of minutes does not hold up a call.
        longest = self._settings.short_s if urgency is Urgency.MESSAGE else WINDOW_S - 1
        for piece in await asyncio.to_thread(cut, sound, longest):
            done = await self._pool.run(partial(self._listen, piece, hint), urgency)
            verdict, said, ms = done.result
            verdicts.append(verdict)
            decoded.append(said)
            took, waited = took + ms, waited + done.waited_ms
        whole = guard.joined(verdicts)
        return Heard(
            text=whole.text,
            confidence=float(np.exp(np.mean([one.logprob for one in decoded]))),
            took_ms=took,
            waited_ms=waited,
            rejected=whole.rejected,
            raw=" ".join(one.text for one in decoded),
        )

    def _listen(self, sound: Samples, hint: Hint) -> tuple[Verdict, Decoded, float]:
        """In a worker's thread: what to believe of one piece, what the model said of it, and the milliseconds it took."""
        began = time.perf_counter()
        short = len(sound) <= self._settings.short_s * WIDE
        said, verdict = self._reading(sound, self._settings.short_window_s if short else WINDOW_S, hint)
        return verdict, said, (time.perf_counter() - began) * 1000

    def _reading(self, sound: Samples, window_s: int, hint: Hint) -> tuple[Decoded, Verdict]:
        dictated, clear = hint.expected in DICTATED, clearness(sound) >= self._settings.prompt_from_db
        words = self._hotwords.prompt(hint) if clear else ""
        prompt = styled(hint, words) if clear or not dictated else ""
        encoded = self._encoded(sound, window_s)
        seconds = len(sound) / WIDE
        said = self._decoded(encoded, seconds, prompt)
        verdict = guard.judge(said, self._stops)
        # The words of numbers are all in the prompt of a number; there only its very order is suspicious.
        doubted = echoed(said.text, prompt) if dictated else guard.only_hotwords(said, prompt)
        if prompt and (verdict.rejected in ("loop", "unsure") or doubted):
            # The prompt itself may have led astray; without it only the decoder has to work again.
            plain = self._decoded(encoded, seconds, "")
            again = guard.judge(plain, self._stops)
            if verdict.rejected or dictated:
                return plain, again
            if again.rejected or not guard.agree(said.text, plain.text):
                return said, Verdict("", "only_hotwords")
        return said, verdict

    def _encoded(self, sound: Samples, window_s: int) -> object:
        # WhisperModel.transcribe always fills up to 30 s (its pad_or_trim); the features are cheap to make of a shorter window
        # ourselves, and the encoder takes any length.
        window = np.zeros(window_s * WIDE, np.float32)
        window[: len(sound)] = sound[: len(window)]
        return self._model.encode(self._model.feature_extractor(window, padding=0))

    def _decoded(self, encoded: object, seconds: float, prompt: str) -> Decoded:
        start: list[int] = [*self._tokens.sot_sequence, self._tokens.no_timestamps]
        if prompt:
            room = self._model.max_length // 2 - 1
            start = [self._tokens.sot_prev, *self._tokens.encode(" " + prompt)[:room], *start]
        most = len(start) + 24 + int(seconds * TOKENS_A_SECOND)
        result = self._model.model.generate(
            encoded,
            [start],
            beam_size=self._settings.beam,
            max_length=min(most, self._model.max_length),
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = result.sequences_ids[0]
        # The score is the mean over the tokens without the end mark, which the sum contains.
        logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return Decoded(self._tokens.decode(tokens).strip(), logprob, result.no_speech_prob)

    def _warm_up(self) -> None:
        """The first two utterances would otherwise be the slow ones: memory is taken and kernels are chosen then."""
        quiet = np.zeros(WIDE, np.float32)
        for window in (self._settings.short_window_s, WINDOW_S):
            self._decoded(self._encoded(quiet, window), 1, "")


def at_once(cores: int) -> tuple[int, int]:
    """Workers and threads a worker for a machine: one call's answer comes first, so two cores hear one utterance together."""
    return max(1, cores // 2), min(2, max(1, cores))
