"""Reads the events that answer QueueStatus and Status: figures of queues, who waits there, and which channels live."""

from __future__ import annotations

from collections.abc import Iterable

from voice.ami.codec import Message
from voice.ami.interface import ChannelNow, QueueCaller, QueueStatus

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


def callers(messages: Iterable[Message]) -> list[QueueCaller]:
    """Who waits, from QueueEntry."""
    return [
        QueueCaller(m.get("Queue"), _whole(m.get("Position")), m.get("Channel"), number(m), _whole(m.get("Wait")))
        for m in messages
        if m.event == "QueueEntry"
    ]


def channels(messages: Iterable[Message], variable: str) -> list[ChannelNow]:
    """Living channels, from Status."""
    return [
        ChannelNow(m.get("Channel"), m.get("Uniqueid"), m.get("Linkedid"), _variable(m, variable), m.get("BridgeID"))
        for m in messages
        if m.event == "Status"
    ]


def number(message: Message) -> str:
    """The caller's number of an event; "" for a withheld one, for which Asterisk has words of its own."""
    told = message.get("CallerIDNum")
    return "" if told in ("unknown", "<unknown>") else told


def _variable(message: Message, name: str) -> str:
    pairs = (told.partition("=") for told in message.all("Variable"))
    return next((value for key, _, value in pairs if key == name), "")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
