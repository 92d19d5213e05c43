"""The lively voice: Silero's v5_cis_base models (MIT), loaded from a file the administrator has put there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy

from voice.audio import RATE, silence
from voice.speech.base import PLAIN, Prosody, SpeechFailed
from voice.speech.letters import sayable
from voice.speech.no_voice import NoVoice
from voice.speech.sound import Samples, fit
from voice.speech.split import pieces
from voice.speech.stress import Accentor, Overrides, digest

FREE = re.compile(r"v5_cis_base(_nostress)?")
"""Names of the models under MIT. All other Russian ones of this family are for non-commercial use only."""
BREAK_MS = 220
"""Pause between two sentences said as one."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_T = TypeVar("_T")


class SileroVoice:
    """Speaks through a torch package. All of torch runs in one thread of its own and is imported only there.

    `speaker` is one of the model's `ru_…` names. `licence_held` says that the agency has bought a licence for a model that
    is not free. `limit` is how many seconds a sentence may take. Raises NoVoice for a missing file or a licence not held.
    """

    def __init__(
        self,
        model: Path,
        speaker: str = "ru_ekaterina",
        *,
        overrides: Overrides | None = None,
        licence_held: bool = False,
        threads: int = 1,
        limit: float = 5.0,
    ) -> None:
        check_licence(model, licence_held)
        if not model.is_file():
            raise NoVoice(f"Нет файла модели Silero: {model}. Как её поставить: docs/voice-silero.md")
        self._overrides = {} if overrides is None else overrides
        self._path, self._speaker, self._torch_threads, self._limit = model, speaker, threads, limit
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="silero")
        self._model: Any = None
        self._accentor: Accentor | None = None

    @property
    def name(self) -> str:
        """See `voice.speech.base.Voice`."""
        return "/".join(filter(None, ("silero", self._path.stem, self._speaker, digest(self._overrides))))

    async def start(self) -> None:
        """Load torch, the accentor and the model (seconds). `say` does it too. Raises NoVoice."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._load)

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        """See `voice.speech.base.Voice`. What is no Russian letter or mark is left out; nothing sayable gives only the pause."""
        texts = pieces(sayable(sentence))
        if not texts:
            return silence(prosody.pause_ms)
        try:
            samples = await self._in_thread(lambda: self._samples(texts))
        except NoVoice as error:
            raise SpeechFailed(str(error)) from None
        # SSML knows only named steps of rate and pitch, whose size is not told; a feeling needs a few per cent.
        return await asyncio.to_thread(fit, samples, RATE, prosody)

    async def close(self) -> None:
        """Give back the thread; the model goes with the voice."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._model = self._accentor = None

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        """Do it in torch's thread, in time. Raises SpeechFailed for whatever the model throws."""
        try:
            async with asyncio.timeout(self._limit if self._model is not None else None):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except TimeoutError:
            raise SpeechFailed(f"Silero не успел за {self._limit:g} с") from None
        except (NoVoice, SpeechFailed):
            raise
        except Exception as error:
            raise SpeechFailed(f"Silero: {type(error).__name__}") from None

    def _load(self) -> None:
        if self._model is not None:
            return
        try:
            import torch
        except ImportError:
            raise NoVoice("Для голоса Silero нужен пакет torch: docs/voice-silero.md") from None
        # Before the accentor: its module sets the number to one by itself.
        accentor = Accentor(self._overrides)
        torch.set_num_threads(self._torch_threads)
        torch.set_grad_enabled(False)
        try:
            model = torch.package.PackageImporter(str(self._path)).load_pickle("tts_models", "model")
            model.to(torch.device("cpu"))
        except Exception as error:
            raise NoVoice(f"Файл {self._path} не похож на модель Silero ({type(error).__name__})") from None
        known = list(getattr(model, "speakers", []))
        if known and self._speaker not in known:
            russian = ", ".join(name for name in known if name.startswith("ru_")) or ", ".join(known)
            raise NoVoice(f"В модели {self._path.name} нет голоса {self._speaker}. Есть: {russian}")
        self._accentor, self._model = accentor, model

    def _samples(self, texts: list[str]) -> Samples:
        self._load()
        assert self._accentor is not None
        said: list[Samples] = []
        for text in texts:
            ssml = to_ssml(self._accentor.mark(text))
            sound = self._model.apply_tts(ssml_text=ssml, speaker=self._speaker, sample_rate=RATE)
            said.append(numpy.asarray(sound.detach().cpu().numpy(), dtype=numpy.float32).reshape(-1))
        return numpy.concatenate(said)


def to_ssml(text: str) -> str:
    """Sayable text as SSML: its sentences, and a pause between them. Has nothing to escape, see `voice.speech.letters`."""
    sentences = [f"<s>{part}</s>" for part in _SENTENCE.split(text) if part]
    return "<speak>" + f'<break time="{BREAK_MS}ms"/>'.join(sentences) + "</speak>"


def check_licence(model: Path, held: bool) -> None:
    """Raises NoVoice when the model's name is not one of the free ones and no licence is held."""
    if held or FREE.fullmatch(model.stem):
        return
    raise NoVoice(
        f"Модель {model.name} нельзя использовать без договора: v5_ru и новее распространяются по CC BY-NC, только для "
        "некоммерческих целей. Возьмите v5_cis_base (MIT) или, если лицензия куплена, скажите об этом в настройках голоса "
        "(licence_held). Подробнее: docs/voice-silero.md"
    )
