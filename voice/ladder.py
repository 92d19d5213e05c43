"""What follows when a caller was not heard: rephrase, then offer the keys, then a human."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Step = Literal["first", "keys", "human"]
STEPS: tuple[Step, ...] = ("first", "keys", "human")


@dataclass
class Ladder:
    """Counts misses in a row of one call; silence and unclear speech climb the same ladder."""

    misses: int = 0

    def miss(self) -> Step:
        """The next rung."""
        step = STEPS[min(self.misses, len(STEPS) - 1)]
        self.misses += 1
        return step

    def heard(self) -> None:
        """Something was understood: begin at the bottom again."""
        self.misses = 0
