"""Remembers what a voice has said: static texts on disk, a caller's own sentences only in memory and not for long."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from voice.audio import silence
from voice.speech.base import PLAIN, Prosody, SpeechFailed, Voice
from voice.speech.fallbacks import FirstThatWorks
from voice.speech.sound_files import SoundFiles
from voice.speech.starting import start

MEMORY_BYTES = 8_000_000
"""Sound held in memory: eight minutes."""


@dataclass(frozen=True)
class Prerendered:
    """What `prerender` did: how many sentences were made, were there already, and which could not be said (why)."""

    made: int
    kept: int
    failed: dict[str, str]


class CachedVoice:
    """A voice that says nothing twice. `folder` is made with mode 0700; its sound takes at most `max_mb` megabytes.

    A sentence with a name or a number in it must not reach the disk, therefore `say` writes nothing unless told to: only
    texts from the repository and the editors' files are to be said with `keep=True`. What was kept is found by any `say`.
    """

    def __init__(self, voice: Voice, folder: Path, max_mb: float = 500, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self._voice = voice
        self._files = SoundFiles(folder, int(max_mb * 1_000_000))
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._memory_room = memory_bytes
        self._at_work: dict[str, asyncio.Task[tuple[str, bytes]]] = {}

    @property
    def name(self) -> str:
        """The voice's."""
        return self._voice.name

    async def start(self) -> None:
        """Make the voice ready. Raises SpeechFailed or NoVoice."""
        await start(self._voice)

    async def say(self, sentence: str, prosody: Prosody = PLAIN, keep: bool = False) -> bytes:
        """See `voice.speech.base.Voice`; `keep`: the text is static and may lie on disk.

        The pause after is no part of what is remembered. The same sentence asked for twice at once is made once.
        """
        key = self._key(self._voice.name, sentence, prosody)
        sound = self._remembered(key)
        if sound is None:
            # The voice may have said it for somebody else while the disk was read.
            sound = await asyncio.to_thread(self._files.read, key) or self._remembered(key)
            if sound is None:
                speaker, sound = await self._made(key, sentence, prosody)
                # Said by a second choice it must not be taken for the first one's tomorrow.
                key = self._key(speaker, sentence, prosody)
        if keep:
            await asyncio.to_thread(self._files.write_if_missing, key, sound)
        self._remember(key, sound)
        return sound + silence(prosody.pause_ms)

    async def prerender(
        self,
        sentences: Iterable[tuple[str, Prosody]],
        progress: Callable[[int, int], None] = lambda done, all_of_them: None,
        at_once: int = 2,
    ) -> Prerendered:
        """Make everything static ahead; what is on disk already is left alone, so a run that was broken off goes on.

        `progress` hears (done, all). A sentence that cannot be said is reported, not raised.
        """
        todo = list(dict.fromkeys(sentences))
        made, kept, failed = 0, 0, dict[str, str]()
        gate = asyncio.Semaphore(at_once)

        async def one(sentence: str, prosody: Prosody) -> None:
            nonlocal made, kept
            async with gate:
                try:
                    if await asyncio.to_thread(self._files.has, self._key(self._voice.name, sentence, prosody)):
                        kept += 1
                    else:
                        await self.say(sentence, prosody, keep=True)
                        made += 1
                except SpeechFailed as error:
                    failed[sentence] = str(error)
            progress(made + kept + len(failed), len(todo))

        async with asyncio.TaskGroup() as group:
            for sentence, prosody in todo:
                group.create_task(one(sentence, prosody))
        return Prerendered(made, kept, failed)

    async def close(self) -> None:
        """Close the voice itself; the disk keeps what it has."""
        for task in list(self._at_work.values()):
            task.cancel()
        await asyncio.gather(*self._at_work.values(), return_exceptions=True)
        self._memory.clear()
        await self._voice.close()

    async def _made(self, key: str, sentence: str, prosody: Prosody) -> tuple[str, bytes]:
        """Who said it and how, once for all who ask meanwhile. A caller who leaves does not take it from the others."""
        task = self._at_work.get(key)
        if task is None:
            task = asyncio.create_task(self._spoken(sentence, Prosody(prosody.rate, prosody.pitch)))
            self._at_work[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(task)

    async def _spoken(self, sentence: str, prosody: Prosody) -> tuple[str, bytes]:
        if isinstance(self._voice, FirstThatWorks):
            speaker, sound = await self._voice.say_by(sentence, prosody)
        else:
            speaker, sound = self._voice.name, await self._voice.say(sentence, prosody)
        self._remember(self._key(speaker, sentence, prosody), sound)
        return speaker, sound

    def _finished(self, key: str, task: asyncio.Task[tuple[str, bytes]]) -> None:
        self._at_work.pop(key, None)
        if not task.cancelled():
            # Looked at even when all who asked have gone, or asyncio would complain of an error nobody heard.
            task.exception()

    @staticmethod
    def _key(speaker: str, sentence: str, prosody: Prosody) -> str:
        said = f"{speaker}\n{' '.join(sentence.split())}\n{prosody.rate:.3f}\n{prosody.pitch:.2f}"
        return hashlib.sha256(said.encode()).hexdigest()

    def _remembered(self, key: str) -> bytes | None:
        sound = self._memory.get(key)
        if sound is not None:
            self._memory.move_to_end(key)
        return sound

    def _remember(self, key: str, sound: bytes) -> None:
        self._memory[key] = sound
        self._memory.move_to_end(key)
        size = sum(map(len, self._memory.values()))
        while size > self._memory_room and len(self._memory) > 1:
            size -= len(self._memory.popitem(last=False)[1])
