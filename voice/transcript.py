"""What was said in a call, as it is said: for whoever follows it live, kept in memory only and not for long."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Who = Literal["caller", "robot", "key", "note"]
KEPT_CALLS = 50
"""Transcripts of ended calls that can still be read; the durable one is the journal of the conversation."""


@dataclass(frozen=True)
class Entry:
    """One thing said, keyed or noted, `at` seconds after the call began. `facts` are figures: confidence, stages."""

    at: float
    who: Who
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"at": round(self.at, 2), "who": self.who, "text": self.text, **self.facts}


class Transcript:
    """The entries of one call, in order."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._began = clock, clock()
        self.entries: list[Entry] = []
        self.ended = ""
        """Why the call ended; "" while it lasts."""
        self.busy: Callable[[], bool] = lambda: False
        """Whether the robot speaks, thinks or is being spoken to at this moment."""

    def add(self, who: Who, text: str, **facts: Any) -> None:
        """Something happened now."""
        self.entries.append(Entry(self._clock() - self._began, who, text, facts))


class Transcripts:
    """The transcripts of the calls that go on, and of the latest that ended."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._all: OrderedDict[str, Transcript] = OrderedDict()

    def open(self, call_id: str) -> Transcript:
        """A new one for a call that begins."""
        transcript = self._all[call_id] = Transcript(self._clock)
        ended = [one for one, kept in self._all.items() if kept.ended]
        for one in ended[: max(0, len(ended) - KEPT_CALLS)]:
            del self._all[one]
        return transcript

    def get(self, call_id: str) -> Transcript | None:
        """The transcript of a call; None for an unknown one or one that ended long ago."""
        return self._all.get(call_id)
