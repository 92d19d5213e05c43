"""Lets an editor hear a text as a caller would: in words for the ear, in a character's manner and a mood's tone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.spoken_edition import SpokenEdition
from bot.studio.refusals import NotPossible
from voice.audio import wav
from voice.ear.spoken import spoken
from voice.speech.base import Prosody, SpeechFailed, Voice
from voice.speech.feeling import Kind, prosody

MOST_SENTENCES = 20
"""More is nobody's answer, and would keep the voice from those who ring up."""
INTENSITY = 0.8
"""How strongly a trial shows a mood, so that it can be told from none."""

SILENT = "Голос сейчас не отвечает. Попробуйте через минуту; если не поможет, скажите администратору."


class Hearing:
    """`bot.studio.studio.Hear` over the voice of the telephone; editors are served one after the other."""

    def __init__(self, edition: SpokenEdition, voice: Voice, clock: Callable[[], datetime]) -> None:
        self._edition, self._voice, self._clock = edition, voice, clock
        self._turn = asyncio.Lock()

    async def __call__(
        self, text: str, persona: str, emotion: str, manner: Mapping[str, Any] | None = None, *, feels: bool = False
    ) -> bytes:
        """A WAV file, 8 kHz. `manner` (rate, pitch) stands for the character's own; `feels`: the text is about the mood.

        An unknown character speaks plainly. Raises NotPossible.
        """
        table = manner if manner is not None else self._edition.personas.get(persona, {})
        written = self._edition.script.for_ear(text)
        sentences = await asyncio.to_thread(spoken, written, now=self._clock().date(), words=self._edition.words)
        if not sentences:
            raise NotPossible("Здесь нечего произнести: в тексте нет слов. Допишите его и послушайте снова.")
        async with self._turn:
            sound = b"".join(
                [await self._say(s.text, s.pause_ms, table, emotion, feels) for s in sentences[:MOST_SENTENCES]]
            )
        return wav(sound)

    async def _say(self, sentence: str, pause_ms: int, table: Mapping[str, Any], emotion: str, feels: bool) -> bytes:
        kind: Kind = "feeling" if feels else "question" if sentence.endswith("?") else "answer"
        how = prosody(table, emotion, INTENSITY, kind)
        try:
            return await self._voice.say(sentence, Prosody(how.rate, how.pitch, max(how.pause_ms, pause_ms)))
        except SpeechFailed:
            raise NotPossible(SILENT) from None
