"""Telegram: what an administrator sets (`OTKLIK_TELEGRAM_…`), and the channel made of it. aiogram is its client and codec."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from channels.base import Channel
from channels.errors import Misconfigured

PREFIX = "OTKLIK_TELEGRAM_"


class Settings(BaseSettings):
    """Off without `token`. `webhook_secret` is for `receive="webhook"` only; `proxy` may hold a password; seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    token: SecretStr = SecretStr("")
    receive: Literal["poll", "webhook"] = "poll"
    webhook_secret: SecretStr = SecretStr("")
    proxy: SecretStr = SecretStr("")
    api_url: str = Field("https://api.telegram.org", pattern="^https?://[^/]")
    personal_data: bool = False
    poll_seconds: int = Field(25, ge=0, le=50)
    timeout: float = Field(20, gt=0)


def build(env_file: Path | None, public_url: str) -> Channel | None:
    """The channel, or None when no token is set. Raises Misconfigured for settings that can never work."""
    try:
        settings = Settings(_env_file=env_file)  # type: ignore[call-arg]
        hook = f"{public_url.rstrip('/')}/hooks/telegram" if settings.receive == "webhook" else ""
        url = urlsplit(hook)
        port = url.port or 443
    except ValidationError as error:  # its text quotes the values, the token too
        names = ", ".join(f"{PREFIX}{e['loc'][0]}".upper() for e in error.errors())
        raise Misconfigured("settings", f"недопустимое значение: {names}") from None
    except ValueError:
        raise Misconfigured("webhook", f"публичный адрес написан с ошибкой: {public_url}") from None
    token, secret = settings.token.get_secret_value().strip(), settings.webhook_secret.get_secret_value()
    if not token:
        return None
    # It becomes part of an address, so nothing else may be in it; aiogram takes anything with a colon.
    if not re.fullmatch(r"[0-9]{1,20}:[A-Za-z0-9_-]+", token):
        raise Misconfigured("token", f"{PREFIX}TOKEN: это не токен бота, он выглядит как 123456:AbC-dEf")
    if hook and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        words = f"{PREFIX}WEBHOOK_SECRET: нужно от 1 до 256 латинских букв, цифр, знаков _ и -"
        raise Misconfigured("webhook_secret", words)
    callable_ = url.scheme == "https" and url.hostname and port in (443, 80, 88, 8443)  # Bot API, setWebhook
    if hook and not callable_ and url.hostname not in ("127.0.0.1", "localhost", "::1"):
        words = f"для webhook нужен адрес https:// на порту 443, 80, 88 или 8443, а указан {hook}"
        raise Misconfigured("webhook", words)
    from channels.telegram.channel import Telegram  # aiogram costs seconds and 150 MB: only when there is a token

    return Telegram(settings, token, hook, secret)
