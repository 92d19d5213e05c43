"""The MAX messenger (max.ru): what an administrator sets (`OTKLIK_MAX_…`), and the channel made of it."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from channels.base import Channel
from channels.errors import Misconfigured

SECURE = re.compile(r"https://[^/]|http://(127\.0\.0\.1|localhost)(:\d+)?(/|$)")


class Settings(BaseSettings):
    """Off without `token`. `receive` is `poll` or `webhook`, and only the latter needs `webhook_secret`."""

    model_config = SettingsConfigDict(env_prefix="OTKLIK_MAX_", env_ignore_empty=True, extra="ignore", frozen=True)
    token: SecretStr = SecretStr("")
    receive: str = "poll"
    webhook_secret: SecretStr = SecretStr("")
    api_url: str = "https://platform-api2.max.ru"


def build(env_file: Path | None, public_url: str) -> Channel | None:
    """The channel, or None when no token is set. Raises Misconfigured for settings that can never work."""
    settings = Settings(_env_file=env_file)  # type: ignore[call-arg]
    token, secret = settings.token.get_secret_value().strip(), settings.webhook_secret.get_secret_value()
    if not token:
        return None
    hook = f"{public_url.rstrip('/')}/hooks/max" if settings.receive == "webhook" else ""
    rules = {
        "OTKLIK_MAX_RECEIVE: укажите poll или webhook": settings.receive in ("poll", "webhook"),
        "OTKLIK_MAX_TOKEN: в токене лишние знаки, скопируйте его ещё раз": re.fullmatch(r"[!-~]+", token),
        "OTKLIK_MAX_API_URL: нужен адрес, который начинается с https://": SECURE.match(settings.api_url),
        "Вебхук MAX: внешний адрес помощника должен начинаться с https://": not hook or SECURE.match(hook),
        "OTKLIK_MAX_WEBHOOK_SECRET: нужно от 5 до 256 латинских букв, цифр, знаков _ и -": (
            not hook or re.fullmatch(r"[A-Za-z0-9_-]{5,256}", secret)
        ),
    }
    if broken := [words for words, kept in rules.items() if not kept]:
        raise Misconfigured("settings", "; ".join(broken))
    from channels.max.channel import MaxChannel  # maxapi is heavy: only when there is a token

    return MaxChannel(token, settings.api_url.rstrip("/"), hook, secret)
