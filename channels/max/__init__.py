"""The MAX messenger (max.ru): what an administrator sets (`OTKLIK_MAX_…`), and the channel made of it."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from channels.base import Channel
from channels.options import Address, MessengerOptions, read, secret


class Settings(MessengerOptions):
    """`webhook_secret` is for `receive="webhook"` only."""

    model_config = SettingsConfigDict(env_prefix="OTKLIK_MAX_")
    webhook_secret: str = secret(5, 256)
    api_url: Address = "https://platform-api2.max.ru"


def build(env_file: Path | None, public_url: str) -> Channel | None:
    """The channel, or None when no token is set. Raises Misconfigured for settings that can never work."""
    if (settings := read(Settings, env_file)) is None:
        return None
    hook = settings.hook("max", public_url)
    from channels.max.channel import MaxChannel  # maxapi is heavy: only when there is a token

    return MaxChannel(settings.token, settings.api_url, hook, settings.webhook_secret)
