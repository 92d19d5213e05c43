"""Where a caller goes who is to talk to a human: which queue, whether once more, and whether the wait is long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.services.calls.interface import After, Call
from bot.services.calls.lines import Lines, PhoneLine
from bot.services.calls.registry import Calls
from bot.services.people.interface import Handover

Place = Callable[[str], Awaitable[Handover | None]]
"""Conversation id to its place in the queue of humans."""


@dataclass(frozen=True)
class Plan:
    """`allowed` is False when the caller was passed on as often as the line lets; `long_wait_minutes` None for a short wait."""

    after: After
    allowed: bool
    long_wait_minutes: int | None


class HandingOver:
    """Decides with the rules of lines.yml."""

    def __init__(self, calls: Calls, lines: Lines, place: Place) -> None:
        self._calls, self._lines, self._place = calls, lines, place

    async def plan(self, call: Call, line: PhoneLine, conversation_id: str) -> Plan:
        """What to do with the caller of this conversation, who stands in the queue of the robot's house now."""
        place = await self._place(conversation_id)
        minutes = place.wait_minutes if place else None
        long = minutes if minutes is not None and minutes >= line.long_wait_minutes > 0 else None
        allowed = await self._calls.may_transfer(call.linked_id, line.id)
        return Plan(self._lines.queue(place.group if place else line.group), allowed, long)

    def default(self, line: PhoneLine) -> After:
        """The queue of the line itself: for a robot that cannot go on."""
        return self._lines.queue(line.group)
