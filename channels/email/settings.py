"""What an administrator sets about the mailbox, what of it cannot be, and the channel made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from channels.base import Channel
from channels.email.letter import ADDRESS
from channels.errors import Misconfigured

_LOCAL = ("127.0.0.1", "localhost", "::1")


class Settings(BaseSettings):
    """Variables `OTKLIK_EMAIL_…`; see docs/channels/email.md. Off while `address` is empty. `wait` and `timeout` in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="OTKLIK_EMAIL_", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )
    address: str = ""
    password: SecretStr = SecretStr("")
    imap_host: str = ""
    imap_port: int = Field(993, ge=1, le=65535)
    smtp_host: str = ""
    smtp_port: int = Field(465, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    folder: str = "INBOX"
    name: str = Field("Помощник «Моих документов»", max_length=100)
    wait: float = Field(25, gt=0, le=28)
    timeout: float = Field(20, gt=0)


def build(env_file: Path | None, public_url: str) -> Channel | None:
    """The channel, or None while no address is set. Raises Misconfigured for settings that cannot work."""
    try:
        settings = Settings(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        names = ", ".join(f"OTKLIK_EMAIL_{'_'.join(map(str, e['loc'])).upper()}" for e in error.errors())
        raise Misconfigured("settings", f"Почта: не годится значение {names}.") from None
    if not settings.address:
        return None
    password = settings.password.get_secret_value()
    problems = {
        "ADDRESS: нужен адрес вида mfc@example.ru": not ADDRESS.fullmatch(settings.address),
        "PASSWORD: нужен пароль ящика, обычно отдельный «пароль приложения»": not password,
        "PASSWORD: годятся только латинские буквы, цифры и знаки": not (password.isascii() and password.isprintable()),
        "IMAP_HOST и SMTP_HOST: нужны имена почтовых серверов": not (settings.imap_host and settings.smtp_host),
        "SECURITY=none: без шифрования можно только на этой же машине (127.0.0.1)": settings.security == "none"
        and not {settings.imap_host, settings.smtp_host} <= {*_LOCAL, ""},
        "SECURITY=starttls: порты 993 и 465 для него не годятся, обычно 143 и 587": settings.security == "starttls"
        and (settings.imap_port == 993 or settings.smtp_port == 465),
        "NAME: без переводов строк": not settings.name.isprintable(),
    }
    if wrong := [f"OTKLIK_EMAIL_{words}" for words, is_wrong in problems.items() if is_wrong]:
        raise Misconfigured("settings", f"Почта: {'; '.join(wrong)}.")
    from channels.email.channel import Email

    return Email(settings)
