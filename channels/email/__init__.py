"""The e-mail door, one mailbox: what an administrator sets about it (`OTKLIK_EMAIL_…`), and the channel made of that."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from channels.base import Channel
from channels.letters import ADDRESS
from channels.options import LOOPBACK, Options, read


class Settings(Options):
    """See docs/channels/email.md. Off while `address` is empty. `wait` and `timeout` in seconds."""

    model_config = SettingsConfigDict(env_prefix="OTKLIK_EMAIL_")
    SWITCH = "address"
    address: str = Field("", pattern=f"^{ADDRESS.pattern}$", description="нужен адрес вида mfc@example.ru")
    password: str = Field(
        "", repr=False, pattern="^[ -~]+$",
        description="нужен пароль ящика, обычно отдельный «пароль приложения»: латинские буквы, цифры и знаки",
    )  # fmt: skip
    imap_host: str = Field("", description="нужно имя сервера, где читают почту")
    imap_port: int = Field(993, ge=1, le=65535, description="число от 1 до 65535")
    smtp_host: str = Field("", description="нужно имя сервера, который отправляет почту")
    smtp_port: int = Field(465, ge=1, le=65535, description="число от 1 до 65535")
    security: Literal["tls", "starttls", "none"] = Field(
        "tls",
        description="tls, starttls или none. Без шифрования (SECURITY=none) можно только на этой же машине (127.0.0.1); "
        "для starttls порты 993 и 465 не годятся, обычно 143 и 587",
    )
    folder: str = "INBOX"
    name: str = Field("Помощник «Моих документов»", max_length=100, description="до 100 знаков, без переводов строк")
    wait: float = Field(25, gt=0, le=28, description="секунды, не больше 28")
    timeout: float = Field(20, gt=0, description="секунды, больше нуля")

    def at_odds(self) -> list[str]:
        hosts, ports = {self.imap_host, self.smtp_host}, (self.imap_port, self.smtp_port)
        bare = self.security == "none" and not hosts <= {*LOOPBACK, ""}
        wrong = {
            "password": not self.password,
            "imap_host": not self.imap_host,
            "smtp_host": not self.smtp_host,
            "security": bare or (self.security == "starttls" and (ports[0] == 993 or ports[1] == 465)),
            "name": not self.name.isprintable(),
        }
        return [name for name, is_wrong in wrong.items() if is_wrong]


def build(env_file: Path | None, public_url: str) -> Channel | None:
    """The channel, or None while no address is set. Raises Misconfigured for settings that cannot work."""
    if (settings := read(Settings, env_file)) is None:
        return None
    from channels.email.channel import Email  # its libraries are for those only who have a mailbox

    return Email(settings)
