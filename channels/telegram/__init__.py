"""Telegram: what an administrator sets (`OTKLIK_TELEGRAM_…`), and the channel made of it. aiogram is its client and codec."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from channels.base import Channel
from channels.options import MessengerOptions, Proxy, read, secret


class Settings(MessengerOptions):
    """`webhook_secret` is for `receive="webhook"` only; `proxy` may hold a password; `poll_seconds` and `timeout` in seconds."""

    model_config = SettingsConfigDict(env_prefix="OTKLIK_TELEGRAM_")
    # It becomes part of an address, so nothing else may be in it; aiogram takes anything with a colon.
    token: str = Field("", repr=False, pattern="^[0-9]{1,20}:[A-Za-z0-9_-]+$", description="токен вида 123456:AbC-dEf")
    webhook_secret: str = secret(1, 256)
    proxy: Proxy = ""
    # Plain http as well: a Bot API server of one's own stands in the next container.
    api_url: str = Field("https://api.telegram.org", pattern="^https?://[^/]", description="адрес https:// или http://")
    personal_data: bool = Field(False, description="true или false")
    poll_seconds: int = Field(25, ge=0, le=50, description="от 0 до 50 секунд")
    timeout: float = Field(20, gt=0, description="секунды, больше нуля")


def build(env_file: Path | None, public_url: str) -> Channel | None:
    """The channel, or None when no token is set. Raises Misconfigured for settings that can never work."""
    if (settings := read(Settings, env_file)) is None:
        return None
    hook = settings.hook("telegram", public_url, ports=(443, 80, 88, 8443))  # Bot API, setWebhook
    from channels.telegram.channel import Telegram  # aiogram costs seconds and 150 MB: only when there is a token

    return Telegram(settings, hook)
