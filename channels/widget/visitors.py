"""What one visitor may do how often, counted over all her tabs and requests together."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator

from channels.pace import Bucket, Window
from channels.widget.settings import WidgetSettings

FORGOTTEN_AFTER = 900.0
"""Seconds of rest after which every limit is fresh again, so that forgetting a visitor changes nothing."""


class Visitor:
    """The limits of one session. `user` is the name in its cookie."""

    def __init__(self, user: str, settings: WidgetSettings, clock: Callable[[], float]) -> None:
        self.user = user
        self.messages = Bucket(settings.per_second, settings.burst, clock)
        self.requests = Bucket(20, 80, clock)
        self.votes = Bucket(1, 10, clock)
        self.transcripts = Bucket(0.1, 3, clock)
        self.files = Window(settings.files, settings.files_within, clock)
        self.voices = Window(settings.voices, settings.voices_within, clock)
        self.speeches = Bucket(1, 20, clock)
        self.heard_now = False  # one recording at a time is recognised for her
        self.lines = self.streams = 0
        self.seen_at = clock()
        self._most_streams = settings.streams

    @contextlib.contextmanager
    def line(self) -> Iterator[None]:
        """An open line, over which the visitor must not be forgotten."""
        self.lines += 1
        try:
            yield
        finally:
            self.lines -= 1

    @property
    def may_stream(self) -> bool:
        """Whether one more event stream may be opened."""
        return self.streams < self._most_streams


class Visitors:
    """The visitors of late; `clock` gives seconds that only grow."""

    def __init__(self, settings: WidgetSettings, clock: Callable[[], float]) -> None:
        self._settings, self._clock = settings, clock
        self._known: OrderedDict[str, Visitor] = OrderedDict()

    def of(self, user: str) -> Visitor:
        """The visitor's limits, fresh ones after a long rest."""
        now = self._clock()
        visitor = self._known.get(user)
        if visitor is None:
            visitor = self._known[user] = Visitor(user, self._settings, self._clock)
        visitor.seen_at = now
        self._known.move_to_end(user)
        self._forget(now)
        return visitor

    def _forget(self, now: float) -> None:
        while self._known:
            oldest = next(iter(self._known.values()))
            if oldest.seen_at > now - FORGOTTEN_AFTER:
                return
            if oldest.lines:
                oldest.seen_at = now
                self._known.move_to_end(oldest.user)
            else:
                del self._known[oldest.user]
