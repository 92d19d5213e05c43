"""The words of what was said: waits for the recogniser kindly, and puts together what a pause in mid-sentence has parted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from voice.ears import Ears, Item, Utterance
from voice.notes import Notes, Stopwatch
from voice.recognition.base import Busy, Heard, Recogniser

log = structlog.get_logger(__name__)

HOLD_ON_AFTER = 1.5
"""Seconds of thinking after which the caller hears «секунду» rather than silence."""
ASK_AGAIN_AFTER = 0.3
"""Seconds until a recogniser that is busy is asked once more."""


class Hearing:
    """`hold_on` says «секунду»."""

    def __init__(
        self,
        ears: Ears,
        recogniser: Recogniser,
        notes: Notes,
        hold_on: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._ears, self._recogniser, self._notes = ears, recogniser, notes
        self._hold_on, self._clock = hold_on, clock
        self.held: Item | None = None
        """Taken out of the inbox, but not yet dealt with."""

    async def next(self) -> Item:
        """The next thing that happened."""
        item, self.held = self.held or await self._ears.inbox.get(), None
        return item

    @property
    def waiting(self) -> bool:
        """Whether something happened, or happens now, that nobody has dealt with."""
        return self.held is not None or not self._ears.inbox.empty() or self._ears.listener.in_turn

    async def words(self, utterance: Utterance) -> Heard:
        """The words of an utterance; while all recognisers are busy the caller is asked for a second."""
        waited = False
        while True:
            task = utterance.guess or asyncio.create_task(self._recogniser.hear(utterance.pcm, self._ears.hint))
            try:
                done, _ = await asyncio.wait({task}, timeout=None if waited else HOLD_ON_AFTER)
                if not done:
                    waited = True
                    await self._hold_on()
                return await task
            except Busy:
                await self._hold_on()
                waited = True
                await asyncio.sleep(ASK_AGAIN_AFTER)
            except Exception as error:
                # A fault of the recogniser must not end the call: it counts as not heard.
                log.error("voice.recognition_failed", error=type(error).__name__)
                return Heard("", rejected="failed")
            utterance = replace(utterance, guess=None)

    async def with_rest(self, text: str, watch: Stopwatch) -> str:
        """The words with those of utterances that belong to them; `watch` is set to the last one."""
        while self.held is None and (self._ears.going_on or not self._ears.inbox.empty()):
            item = await self._ears.inbox.get()
            if not isinstance(item, Utterance) or not item.joined:
                self.held = item
                break
            more = await self.words(item)
            watch.speech_ended, watch.turn_ended, watch.words = item.speech_ended, item.turn_ended, self._clock()
            if more.text:
                self._notes.caller(more, replace(item, interrupted=False))
                text = f"{text} {more.text}"
        return text
