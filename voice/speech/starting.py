"""Some voices are slow at the first word; whoever makes a voice can have it ready ahead without knowing which it is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from voice.speech.base import Voice


@runtime_checkable
class Startable(Protocol):
    """A voice that loads something before it speaks well."""

    async def start(self) -> None:
        """Load it. Raises SpeechFailed or NoVoice."""


async def start(voice: Voice) -> None:
    """Make a voice ready; does nothing for one that needs no making ready. Raises SpeechFailed or NoVoice."""
    if isinstance(voice, Startable):
        await voice.start()
