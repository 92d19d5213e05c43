"""How fast, and whether at all, something may be done now: buckets, windows, a circuit breaker. Times are monotonic seconds."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Lets `burst` pass at once and then `rate` a second."""

    rate: float
    burst: float
    clock: Callable[[], float]
    level: float = field(init=False)
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.at = self.burst, self.clock()

    def take(self) -> float:
        """Take one token; the seconds to wait first, 0 for none. The token is taken in any case: waiting is a promise."""
        self._fill()
        self.level -= 1
        return max(0.0, -self.level / self.rate)

    def ask(self) -> float:
        """Take one token if there is one; 0 then, else the seconds until there will be, and none is taken."""
        if self.left() >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate

    def left(self) -> float:
        """How many tokens are there now."""
        self._fill()
        return self.level

    def _fill(self) -> None:
        now = self.clock()
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now


PROBE = 30.0
"""Seconds within which the one who tries a dead server hears of it."""


class Window:
    """At most `size` times within any `seconds`."""

    def __init__(self, size: int, seconds: float, clock: Callable[[], float]) -> None:
        self._size, self._seconds, self._clock = size, seconds, clock
        self._times: deque[float] = deque()

    def ask(self) -> float:
        """Count one time: 0 when it is allowed, else the seconds until it will be."""
        now = self._clock()
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        if len(self._times) < self._size:
            self._times.append(now)
            return 0.0
        return self._times[0] + self._seconds - now


def backoff(tries: int, first: float = 0.5, longest: float = 60.0) -> float:
    """Seconds to wait after the `tries`-th failure: doubling, and spread so that waiters do not come back together."""
    return float(min(first * 2 ** min(tries - 1, 30), longest)) * random.uniform(0.5, 1.0)


@dataclass
class Circuit:
    """Opens after `threshold` failures in a row; then only one call at a time finds out whether the server is back."""

    clock: Callable[[], float]
    threshold: int = 5
    failures: int = 0
    until: float = 0.0
    probing_until: float = 0.0

    def wait(self) -> float:
        """Seconds until a call may be tried, 0 for now. Whoever gets 0 while it is open is the one who tries."""
        if self.failures < self.threshold:
            return 0.0
        now = self.clock()
        if now < self.probing_until:
            return 0.5
        if (left := self.until - now) > 0:
            return left
        # Whoever tries may be cancelled or fail before the call: then somebody else may try after a while.
        self.probing_until = now + PROBE
        return 0.0

    def worked(self) -> None:
        """The server took or understood a call."""
        self.failures, self.probing_until = 0, 0.0

    def failed(self) -> None:
        """A call met a dead or broken server."""
        self.failures += 1
        self.probing_until = 0.0
        if self.failures >= self.threshold:
            self.until = self.clock() + backoff(self.failures - self.threshold + 1, 1.0, 60.0)

    @property
    def open(self) -> bool:
        """Whether the server is taken for dead."""
        return self.failures >= self.threshold
