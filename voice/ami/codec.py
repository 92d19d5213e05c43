"""The words of the manager interface: lines `Key: Value`, an empty line after each message; no network in here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EOL = b"\r\n"
LARGEST = 256_000
"""Bytes of one message: a long command's output; more is no manager interface."""


class Garbage(ValueError):
    """What came is not the manager's protocol."""


@dataclass(frozen=True)
class Message:
    """One response or event. Keys may repeat (ChanVariable, Output); their case does not matter."""

    fields: tuple[tuple[str, str], ...]

    def get(self, key: str, default: str = "") -> str:
        """The first value of a key."""
        return next((value for name, value in self.fields if name.lower() == key.lower()), default)

    def all(self, key: str) -> list[str]:
        """All values of a key, in order."""
        return [value for name, value in self.fields if name.lower() == key.lower()]

    @property
    def event(self) -> str:
        """The event's name; "" for a response."""
        return self.get("Event") if self.fields and self.fields[0][0].lower() != "response" else ""


def encode(fields: Iterable[tuple[str, str]]) -> bytes:
    """One action as bytes. Raises ValueError for a value that would smuggle in further lines."""
    lines = []
    for key, value in fields:
        if any(letter in key + value for letter in "\r\n\0") or ":" in key:
            raise ValueError(f"{key}: no line breaks in an action")
        lines.append(f"{key}: {value}".encode() + EOL)
    return b"".join(lines) + EOL


class Decoder:
    """Cuts a stream of bytes into messages, whatever pieces it comes in."""

    def __init__(self) -> None:
        self._rest = b""
        self.banner = ""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now. Raises Garbage."""
        self._rest += data
        if not self.banner and not self._greet():
            return []
        messages = []
        while (end := self._rest.find(EOL + EOL)) >= 0:
            head, self._rest = self._rest[:end], self._rest[end + 2 * len(EOL) :]
            if message := _message(head):
                messages.append(message)
        if len(self._rest) > LARGEST:
            raise Garbage("a message without an end")
        return messages

    def _greet(self) -> bool:
        # The banner is one line, with no empty line after it.
        line, found, rest = self._rest.partition(EOL)
        if not found:
            if len(self._rest) > 200:
                raise Garbage("no banner")
            return False
        if not line.startswith(b"Asterisk Call Manager/"):
            raise Garbage("no banner")
        self.banner, self._rest = line.decode(errors="replace"), rest
        return True


def _message(head: bytes) -> Message | None:
    fields = []
    for line in head.decode(errors="replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            fields.append((key.strip(), value.removeprefix(" ")))
    return Message(tuple(fields)) if fields else None
