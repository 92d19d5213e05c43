"""Reads the events of QueueStatus into one figure line a queue."""

from __future__ import annotations

from collections.abc import Iterable

from voice.ami.codec import Message
from voice.ami.interface import QueueStatus

FREE = "1"
"""`Status` of a member whose telephone is reachable and not in use (Asterisk's AST_DEVICE_NOT_INUSE)."""


def statuses(messages: Iterable[Message]) -> dict[str, QueueStatus]:
    """Queues by name from QueueParams, QueueMember and QueueEntry."""
    found = tuple(messages)
    result = {}
    for params in (m for m in found if m.event == "QueueParams"):
        name = params.get("Queue")
        members = [m for m in found if m.event == "QueueMember" and m.get("Queue") == name]
        entries = [m for m in found if m.event == "QueueEntry" and m.get("Queue") == name]
        free = [
            m
            for m in members
            if m.get("Paused", "0") == "0" and m.get("InCall", "0") == "0" and m.get("Status") == FREE
        ]
        result[name] = QueueStatus(
            queue=name,
            waiting=_whole(params.get("Calls")),
            longest_wait_s=max((_whole(e.get("Wait")) for e in entries), default=0),
            holdtime_s=_whole(params.get("Holdtime")),
            members=len(members),
            free=len(free),
        )
    return result


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
