"""Several voices in order of preference: when one fails the next speaks, and a dead one is left alone for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from voice.speech.base import PLAIN, Prosody, SpeechFailed, Voice
from voice.speech.no_voice import NoVoice
from voice.speech.starting import start

FAILURES = 2
"""So many failures in a row open a voice's circuit."""
REST = 30.0
"""Seconds an open circuit stays open; then one sentence tries the voice again."""


class FirstThatWorks:
    """Speaks with the first voice that is able to. `clock` gives seconds that only grow.

    `name` is that of the voice whose turn it is, so it changes with a failure; `say_by` tells who really spoke.
    """

    def __init__(self, voices: Sequence[Voice], *, clock: Callable[[], float] = time.monotonic) -> None:
        if not voices:
            raise ValueError("нужен хотя бы один голос")
        self._voices = list(voices)
        self._clock = clock
        self._failures = [0] * len(voices)
        self._closed_again = [0.0] * len(voices)
        self._first = voices[0]

    @property
    def name(self) -> str:
        """Of the voice whose turn it is."""
        return self._first.name

    async def start(self) -> None:
        """Make all voices ready; one that cannot be is left out for now. Raises the first one's error when none can."""
        ended = await asyncio.gather(*(start(voice) for voice in self._voices), return_exceptions=True)
        errors = [error for error in ended if isinstance(error, BaseException)]
        for number, error in enumerate(ended):
            if isinstance(error, (SpeechFailed, NoVoice)):
                self._failures[number] = FAILURES
                self._closed_again[number] = self._clock() + REST
            elif isinstance(error, BaseException):
                raise error
        if len(errors) == len(self._voices):
            raise errors[0]
        self._first = self._voices[self._order()[0]]

    async def say(self, sentence: str, prosody: Prosody = PLAIN) -> bytes:
        """See `voice.speech.base.Voice`. Raises the last voice's SpeechFailed when none could."""
        return (await self.say_by(sentence, prosody))[1]

    async def say_by(self, sentence: str, prosody: Prosody = PLAIN) -> tuple[str, bytes]:
        """The name of the voice that spoke, and what it said. Raises SpeechFailed."""
        last = SpeechFailed("нет ни одного голоса")
        for number in self._order():
            try:
                sound = await self._voices[number].say(sentence, prosody)
            except SpeechFailed as error:
                last = error
                self._failures[number] += 1
                if self._failures[number] >= FAILURES:
                    self._closed_again[number] = self._clock() + REST
            else:
                self._failures[number] = 0
                self._first = self._voices[self._order()[0]]
                return self._voices[number].name, sound
        raise last

    async def close(self) -> None:
        """Close all voices."""
        for voice in self._voices:
            await voice.close()

    def _order(self) -> list[int]:
        """Voices to try: those with a closed circuit, and, when there is none, all of them rather than silence."""
        now = self._clock()
        able = [
            number
            for number in range(len(self._voices))
            if self._failures[number] < FAILURES or now >= self._closed_again[number]
        ]
        return able or list(range(len(self._voices)))
