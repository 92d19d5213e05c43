"""A token bucket: lets a burst through, then one at a time."""

from __future__ import annotations

from collections.abc import Callable


class Bucket:
    """`size` tokens at once, refilled at `per_second`; `clock` gives seconds that only grow."""

    def __init__(self, size: float, per_second: float, clock: Callable[[], float]) -> None:
        self._size, self._rate, self._clock = size, per_second, clock
        self._tokens, self._at = size, clock()

    def take(self) -> float:
        """Take one token: 0 when there was one, else the seconds until there will be."""
        now = self._clock()
        self._tokens = min(self._size, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate
