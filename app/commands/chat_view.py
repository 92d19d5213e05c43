"""Shows an answer as a channel would have to: texts cut to its limit, buttons, or numbers where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one message of a channel may hold. `buttons` 0 means that the channel has none."""

    title: str
    text: int
    buttons: int
    label: int
    utf16: bool = False
    personal_data: bool = True

    def length(self, text: str) -> int:
        """How long the channel finds the text."""
        return len(text.encode("utf-16-le", "replace")) // 2 if self.utf16 else len(text)


CHANNELS = {
    "telegram": Limits("Telegram", 4096, 100, 64, utf16=True, personal_data=False),
    "vk": Limits("VK", 4096, 10, 40),
    "max": Limits("MAX", 4000, 210, 128, utf16=True),
    # 70 letters of Cyrillic in one message, 67 in each of several; an SMS of four parts is the longest anybody reads.
    "sms": Limits("SMS", 268, 0, 0, utf16=True),
    "widget": Limits("Виджет", 4096, 20, 100),
}


@dataclass(frozen=True)
class Part:
    """One message as the channel shows it: with `buttons`, or with the choices counted out in its text."""

    text: str
    buttons: tuple[str, ...] = ()


def shape(text: str, titles: Sequence[str], limits: Limits) -> list[Part]:
    """One answer as parts of the channel. Buttons go with the last part; a pressed number means the same as a button."""
    fits = len(titles) <= limits.buttons and all(limits.length(title) <= limits.label for title in titles)
    if titles and not fits:
        text = "\n".join([text, *(f"{n}. {title}" for n, title in enumerate(titles, 1)), "Ответьте цифрой."])
    parts = split(text, limits)
    buttons = tuple(titles) if titles and fits else ()
    return [Part(part) for part in parts[:-1]] + [Part(parts[-1], buttons)]


def split(text: str, limits: Limits) -> list[str]:
    """The text in pieces the channel takes, cut after a paragraph, else a sentence, else a word, else anywhere."""
    pieces, rest = [], text.strip()
    while limits.length(rest) > limits.text:
        head = rest[: limits.text]
        while limits.length(head) > limits.text:
            head = head[:-1]
        cut = max(_after(head, "\n"), 0) or _after(head, ". ", "! ", "? ") or _after(head, " ") or len(head)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest]


def _after(text: str, *marks: str) -> int:
    # A mark in the first third would leave a stump of a message.
    found = max((text.rfind(mark) + len(mark) for mark in marks if mark in text), default=0)
    return found if found > len(text) // 3 else 0
