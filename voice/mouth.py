"""Says speeches sentence by sentence: stops at a word or a key, knows what was not heard, and can take it up again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from voice.player import Cut, Player
from voice.saying import Phrase, Speech
from voice.speech.base import SpeechFailed, Voice

log = structlog.get_logger(__name__)


class Mouth:
    """The robot's side of one call. `first_sound` hears when a speech began to sound."""

    def __init__(self, player: Player, voice: Voice, first_sound: Callable[[float], None]) -> None:
        self._player, self._voice, self._first_sound = player, voice, first_sound
        self._task: asyncio.Task[None] | None = None
        self._speech = Speech(())
        self._unsaid: tuple[Phrase, ...] = ()
        self._cuts: list[Cut] = []

    @property
    def speaking(self) -> bool:
        """Whether a speech is under way, its pauses between sentences included."""
        return self._task is not None and not self._task.done()

    @property
    def unsaid(self) -> int:
        """How many sentences of the newest speech were not begun; 0 after `forget`."""
        return len(self._unsaid)

    async def speak(self, speech: Speech) -> None:
        """Begin a speech; what is still being said before it is said to its end first."""
        await self.quiet()
        self._speech, self._cuts = speech, []
        self._begin(speech.phrases)

    def _begin(self, phrases: Sequence[Phrase]) -> None:
        self._unsaid = tuple(phrases)
        self._task = asyncio.create_task(self._say(tuple(phrases), bool(self._cuts)), name="mouth")

    async def _say(self, phrases: tuple[Phrase, ...], resuming: bool) -> None:
        sayings = self._player.resume(self._cuts) if resuming else []
        self._cuts = []
        for number, phrase in enumerate(phrases):
            try:
                sound = await self._voice.say(phrase.text, phrase.prosody)
            except SpeechFailed as error:
                log.warning("voice.speech_failed", reason=str(error)[:100])
                continue
            first = number == 0 and not resuming
            # One sentence at a time is with the player; the next one is made meanwhile.
            if sayings and not await sayings[-1].finished():
                # The line is gone: what follows counts as not said.
                return
            self._unsaid = phrases[number + 1 :]
            sayings.append(self._player.say(sound, phrase))
            if first and (moment := await sayings[-1].started()) is not None:
                self._first_sound(moment)
        if sayings:
            await sayings[-1].finished()

    def interrupt(self) -> bool:
        """Fall silent at once; whether anything was cut off. What was cut may be taken up by `resume`."""
        if not self.speaking or self._task is None:
            return False
        self._task.cancel()
        self._task = None
        self._cuts = self._player.interrupt()
        return True

    def resume(self) -> bool:
        """Go on where `interrupt` cut; whether there was anything."""
        if self.speaking or not (self._cuts or self._unsaid):
            return False
        self._begin(self._unsaid)
        return True

    def forget(self) -> None:
        """What was cut will not be taken up again."""
        self._cuts, self._unsaid = [], ()

    async def repeat(self) -> bool:
        """Say the newest speech once more from its beginning; whether there was one."""
        if not self._speech.phrases:
            return False
        self.interrupt()
        self._cuts = []
        self._begin(self._speech.phrases)
        return True

    async def quiet(self) -> None:
        """Wait until everything is said."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def close(self) -> None:
        """Stop for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
