"""Ready answers of an account's groups, filled from the card of the talk's citizen; the page keeps them and expands shortcuts."""

from __future__ import annotations

from typing import Any

from bot.accounts.interface import Signed
from bot.handover.canned import fill
from bot.handover.views import Talk
from desk.panels.card import Card
from desk.panels.values import values_of
from desk.parts import Parts


async def canned_of(parts: Parts, me: Signed, talk: Talk, card: Card) -> list[dict[str, Any]]:
    """What the page needs of each: {id, shortcut, title, text, missing, files}; `missing` variables stay in braces."""
    values = values_of(parts, me, talk, card)
    answers = []
    for one in await parts.canned.of_groups(me.account.groups):
        filled = fill(one.text, values)
        answers.append(
            {
                "id": one.id, "shortcut": one.shortcut, "title": one.title, "text": filled.text,
                "missing": list(filled.missing), "files": [f.name for f in one.files],
            }
        )  # fmt: skip
    return answers
