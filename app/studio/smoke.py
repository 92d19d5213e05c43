"""A short talk with a house before its edition is published: does it greet, understand, book, look up, and call a human."""

from __future__ import annotations

from typing import Protocol

from bot.rasa import Parsed
from bot.studio.studio import Said


class Tried(Protocol):
    """A house that can be talked to (`app.studio.trial_house.TrialHouse`)."""

    async def say(self, text: str, payload: str = "") -> Said:
        """One turn of one talk; a button by its payload. Raises NotPossible when the house does not answer."""
        ...

    async def parse(self, text: str) -> Parsed:
        """How the model reads a text. Raises NotPossible when the house does not answer."""
        ...


async def smoke_test(house: Tried) -> list[str]:
    """What went wrong, one Russian sentence each; [] when the edition may go to the citizens. Takes some 5 seconds."""
    raise NotImplementedError
