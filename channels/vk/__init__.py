"""The VK door: what an administrator sets about it (`OTKLIK_VK_…`), and the channel made of that (docs/channels/vk.md)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from channels.base import Channel
from channels.options import Address, MessengerOptions, read, secret


class Settings(MessengerOptions):
    """`confirmation` and `secret` are for `receive="webhook"` only. `wait` in seconds."""

    model_config = SettingsConfigDict(env_prefix="OTKLIK_VK_")
    NEEDS, HOOK_NEEDS = ("group_id",), ("confirmation", "secret")
    group_id: int = Field(0, ge=1, description="номер сообщества цифрами")
    confirmation: str = Field("", pattern="^[A-Za-z0-9]{1,64}$", description="строка, которую должен вернуть сервер")
    secret: str = secret(8, 50)
    api_url: Address = "https://api.vk.ru"
    wait: int = Field(25, ge=1, le=90, description="от 1 до 90 секунд")


def build(env_file: Path | None, public_url: str) -> Channel | None:
    """The channel, or None while no token is set. Raises Misconfigured for settings that cannot work."""
    if (settings := read(Settings, env_file)) is None:
        return None
    hook = settings.hook("vk", public_url)
    from channels.vk.channel import Vk  # vk-api is heavy: only when there is a token

    return Vk(settings, hook)
