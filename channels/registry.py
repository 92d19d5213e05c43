"""The list of channels that call or are called over the network; one line here switches a new folder on."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from channels.base import Channel
from channels.errors import Misconfigured

CHANNELS = {
    "telegram": "channels.telegram",
    "vk": "channels.vk",
    "max": "channels.max",
    "email": "channels.email",
}
"""A channel's name and its package, which has `build(env_file, public_url) -> Channel | None`."""


@dataclass(frozen=True)
class Configured:
    """What the settings give: channels that can start, and what is wrong with the others, by name, in Russian."""

    channels: tuple[Channel, ...]
    wrong: dict[str, str]


def configured(env_file: Path | None, public_url: str) -> Configured:
    """Build every channel that has a token; one with impossible settings does not keep the others from starting."""
    found: list[Channel] = []
    wrong: dict[str, str] = {}
    for name, package in CHANNELS.items():
        try:
            channel: Channel | None = importlib.import_module(package).build(env_file, public_url)
        except Misconfigured as error:
            wrong[name] = error.words
            continue
        if channel is not None:
            found.append(channel)
    return Configured(tuple(found), wrong)
