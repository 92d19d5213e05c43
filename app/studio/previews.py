"""How an answer looks in a messenger and in an SMS, by the renderer that channels use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.commands.chat_view import OTHERS, Look
from bot.studio.studio import Piece
from channels.base import Limits

# Those of channels.telegram.channel, whose library takes seconds and 150 MB; a test compares them.
TELEGRAM = Limits(4096, "utf16", 1024, 10, 3, 30, 40, per_second=25.0, file=50_000_000, fetch=20_000_000)
LOOKS: Mapping[str, Look] = {"telegram": Look("Telegram", TELEGRAM), "sms": OTHERS["sms"]}


def draw(text: str, buttons: Sequence[tuple[str, str]]) -> dict[str, tuple[Piece, ...]]:
    """`bot.studio.studio.Draw`."""
    message = {"id": 0, "text": text, "buttons": [{"title": title, "payload": payload} for title, payload in buttons]}
    return {
        name: tuple(
            Piece(part.text, tuple(tuple(b.title for b in row) for row in part.rows)) for part in look.parts(message)
        )
        for name, look in LOOKS.items()
    }
