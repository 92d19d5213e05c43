"""Turns a reply into native messages of a channel: long texts are split, choices become buttons or a numbered list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.messages import Attachment, Button
from channels.base import Features, Limits, OutFile, Part

_REFERENCE = re.compile(r"m([0-9]{1,9})\.([0-9]{1,3})")

CHOOSE = "Чтобы выбрать, напишите номер."
_BREAKS = (
    re.compile(r"\n\s*\n"),  # between paragraphs
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])\s+"),  # between sentences
    re.compile(r"(?<=[,;:])\s+"),
    re.compile(r"\s+"),
)
"""Where a text may be cut, the best place first."""


def reference(seq: int, index: int) -> str:
    """What a drawn button sends back: the message it stands under and its place there, so that no platform's limit cuts it."""
    return f"m{seq}.{index}"


def referred(payload: str) -> tuple[int, int] | None:
    """Message and place behind a pressed button; None for a payload that is none of ours."""
    match = _REFERENCE.fullmatch(payload)
    return (int(match[1]), int(match[2])) if match else None


def length(text: str, units: str) -> int:
    """The text's length as the channel counts it."""
    if units == "utf16":
        return len(text.encode("utf-16-le")) // 2
    return len(text.encode()) if units == "bytes" else len(text)


def split(text: str, limit: int, units: str = "chars") -> list[str]:
    """The text in pieces of at most `limit` units, cut between paragraphs, else sentences, else words; nothing is left out."""
    pieces = []
    rest = text.strip()
    while length(rest, units) > limit:
        most = _prefix(rest, limit, units)
        cut = _cut(rest, most)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def _prefix(text: str, limit: int, units: str) -> int:
    """How many characters fit into `limit` units."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text[:middle], units) <= limit else (low, middle - 1)
    return low


def _cut(text: str, most: int) -> int:
    for pattern in _BREAKS:
        places = [m.end() for m in pattern.finditer(text, 0, most + 1) if m.start() <= most]
        # A piece much shorter than allowed would make a stream of scraps.
        good = [p for p in places if p >= most // 3]
        if good:
            return min(good[-1], most) if text[:most].strip() else most
    return most


def render(
    body: Mapping[str, Any], seq: int, limits: Limits, features: Features, file: Callable[[Attachment], OutFile | None]
) -> list[Part]:
    """The native messages of one reply ({text, buttons, attachments}); the same reply always gives the same parts.

    An operator's first message (`introduces`) begins with her `name`.
    `seq` is the reply's number, named by its buttons. `file` finds a file to be sent, None when it is gone.
    """
    text = str(body.get("text") or "")
    if body.get("introduces") and body.get("name"):
        # A messenger does not show who of us speaks.
        text = f"{body['name']}, специалист" + (f":\n{text}" if text else "")
    buttons = [b for b in body.get("buttons") or [] if b.get("title")]
    rows = draw(buttons, seq, limits, features)
    if rows is None:
        text, rows = f"{text}\n\n{as_text(buttons, features)}".strip(), ()
    texts = split(text, limits.text, limits.units)
    parts = [Part(text=piece) for piece in texts]
    if rows:
        # Buttons need words to stand under.
        parts = [*parts[:-1], replace(parts[-1] if parts else Part(text=CHOOSE), rows=rows)]
    return [*parts, *_files(body, limits, features, file)]


def draw(
    buttons: list[Mapping[str, Any]], seq: int, limits: Limits, features: Features
) -> tuple[tuple[Button, ...], ...] | None:
    """The buttons in rows, () when there are none; None when the channel cannot draw them all."""
    if not buttons:
        return ()
    if not features.buttons or len(buttons) > limits.buttons:
        return None
    if any(b.get("url") for b in buttons) and not features.links:
        return None
    if any(len(b["title"]) > limits.label for b in buttons):
        return None
    made = [
        Button(b["title"], "" if b.get("url") else reference(seq, index), b.get("url"))
        for index, b in enumerate(buttons)
    ]
    rows: list[tuple[Button, ...]] = []
    for button in made:
        # Two short titles fit side by side on a phone, a long one needs the row for itself.
        wide = _width(len(button.title), limits.per_row)
        if rows and len(rows[-1]) < min(wide, *(_width(len(b.title), limits.per_row) for b in rows[-1])):
            rows[-1] = (*rows[-1], button)
        else:
            rows.append((button,))
    if len(rows) > limits.rows:
        per = min(limits.per_row, -(-len(made) // limits.rows))
        rows = [tuple(made[i : i + per]) for i in range(0, len(made), per)]
    return tuple(rows) if len(rows) <= limits.rows else None


def _width(title: int, most: int) -> int:
    """How many buttons with titles of this length a phone shows beside each other."""
    return max(1, min(most, 4 if title <= 6 else 3 if title <= 9 else 2 if title <= 16 else 1))


def as_text(buttons: list[Mapping[str, Any]], features: Features) -> str:
    """The choices as a numbered list, links as links; what a citizen types, «2» or «второй», is understood as a choice."""
    choices = [b for b in buttons if not b.get("url")]
    links = [f"{b['title']}: {b['url']}" for b in buttons if b.get("url")]
    numbered = [f"{number}. {button['title']}" for number, button in enumerate(choices, 1)]
    return "\n".join([*numbered, *([CHOOSE] if len(numbered) > 1 else []), *links])


def _files(
    body: Mapping[str, Any], limits: Limits, features: Features, file: Callable[[Attachment], OutFile | None]
) -> list[Part]:
    parts = []
    for data in body.get("attachments") or []:
        attachment = Attachment(data["name"], data["media_type"], data["size"], data["ref"])
        found = file(attachment) if features.files and attachment.size <= limits.file else None
        missing = (
            f"Файл «{attachment.name}» сюда не отправить. Он есть в переписке на сайте, его передаст и специалист."
        )
        parts.append(Part(file=found) if found else Part(text=missing))
    return parts


def without_buttons(part: Part, body: Mapping[str, Any], features: Features, limits: Limits) -> Part:
    """The part with its choices as text, for a platform that dislikes the keyboard."""
    buttons = [b for b in body.get("buttons") or [] if b.get("title")]
    return Part(text=split(f"{part.text}\n\n{as_text(buttons, features)}", limits.text, limits.units)[0])
