"""Shows an answer as a channel would have to, by the channel's own limits and the renderer that channels use."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.base import Features, Limits, Part
from channels.render import render

PLACES = {
    "telegram": ("channels.telegram.channel", "Telegram"),
    "vk": ("channels.vk.channel", "Vk"),
    "max": ("channels.max.channel", "MaxChannel"),
    "email": ("channels.email.channel", "Email"),
}
"""Where each channel's limits stand."""


@dataclass(frozen=True)
class Look:
    """What a channel can show. `personal_data`: whether it asks for personal data by default."""

    title: str
    limits: Limits
    personal_data: bool = True

    def parts(self, message: Mapping[str, Any]) -> list[Part]:
        """A message of the portal API as native messages of the channel."""
        drawn = bool(self.limits.buttons)
        features = Features(buttons=drawn, links=drawn, files=bool(self.limits.file))
        return render({"text": message["text"], "buttons": message.get("buttons")}, message["id"], self.limits,
                      features, lambda _attachment: None)  # fmt: skip


OTHERS = {
    # 70 letters of Cyrillic in one message, 67 in each of several; an SMS of four parts is the longest anybody reads.
    "sms": Look("SMS", Limits(text=268, units="utf16")),
}
NAMES = (*PLACES, *OTHERS)


def look(name: str) -> Look | None:
    """The look of a channel by its name in any case; None for an unknown one. Telegram's library takes seconds to load."""
    if name not in PLACES:
        return OTHERS.get(name)
    module, kind = PLACES[name]
    channel = getattr(importlib.import_module(module), kind)
    return Look(channel.title, channel.limits, personal_data=name != "telegram")
