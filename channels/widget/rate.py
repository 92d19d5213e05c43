"""How often something may be done: a bucket lets a burst through and then one at a time, a window counts."""

from __future__ import annotations

from collections import deque
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


class Window:
    """At most `size` times within any `seconds`."""

    def __init__(self, size: int, seconds: float, clock: Callable[[], float]) -> None:
        self._size, self._seconds, self._clock = size, seconds, clock
        self._times: deque[float] = deque()

    def take(self) -> float:
        """Count one time: 0 when it is allowed, else the seconds until it will be."""
        now = self._clock()
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        if len(self._times) < self._size:
            self._times.append(now)
            return 0.0
        return self._times[0] + self._seconds - now
