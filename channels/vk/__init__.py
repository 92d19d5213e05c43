"""The VK door: what an administrator sets about it, and the channel made of that (docs/channels/vk.md)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from channels.base import Channel
from channels.errors import Misconfigured

LOCAL = r"^https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)"
_SAFE = f"^https://|{LOCAL}"


class Settings(BaseSettings):
    """Variables `OTKLIK_VK_…`; a description is what an administrator reads of a wrong one. `wait` in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="OTKLIK_VK_", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=False
    )
    token: str = Field("", repr=False)
    group_id: int = Field(0, ge=1, description="номер сообщества цифрами")
    receive: Literal["poll", "webhook"] = Field("poll", description="poll или webhook")
    confirmation: str = Field("", pattern=r"^[A-Za-z0-9]{1,64}$", description="строка, которую должен вернуть сервер")
    secret: str = Field(
        "", pattern=r"^[A-Za-z0-9_-]{8,50}$", repr=False, description="ключ, 8–50 латинских букв и цифр"
    )
    api_url: str = Field("https://api.vk.ru", pattern=_SAFE, description="адрес https://")
    wait: int = Field(25, ge=1, le=90, description="от 1 до 90 секунд")


def build(env_file: Path | None, public_url: str) -> Channel | None:
    """The channel, or None while no token is set. Raises Misconfigured for settings that cannot work."""
    wrong: list[str] = []
    try:
        settings = Settings(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        wrong = [str(slip["loc"][0]) for slip in error.errors()]
    else:
        if not settings.token:
            return None
        needed = ["group_id"] + ["confirmation", "secret"] * (settings.receive == "webhook")
        wrong = [name for name in needed if not getattr(settings, name)]
    if wrong:
        lines = [f"OTKLIK_VK_{name.upper()} — {Settings.model_fields[name].description}" for name in wrong]
        raise Misconfigured("settings", f"ВКонтакте: проверьте настройки: {'; '.join(lines)}.")
    if settings.receive == "webhook" and not re.match(_SAFE, public_url):
        raise Misconfigured("settings", "ВКонтакте: для RECEIVE=webhook адрес помощника должен начинаться с https://.")
    from channels.vk.channel import Vk

    return Vk(settings, public_url)
