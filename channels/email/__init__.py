"""The e-mail door, one mailbox: what an administrator sets about it (`OTKLIK_EMAIL_…`), and the channel made of that."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from channels.base import Channel
from channels.letters import ADDRESS
from channels.options import LOOPBACK, Options, read

SECURITY = """tls, starttls или none: SECURITY=none, без шифрования, можно только на этой же машине (127.0.0.1); \
для starttls порты 993 и 465 не годятся, обычно 143 и 587"""

ONE_LINE = r"^[^\p{C}\p{Zl}\p{Zp}]{1,100}$"


class Settings(Options):
    """See docs/channels/email.md. Off while `address` is empty. `wait` and `timeout` in seconds."""

    model_config = SettingsConfigDict(env_prefix="OTKLIK_EMAIL_")
    SWITCH = "address"
    address: str = Field("", pattern=f"^{ADDRESS.pattern}$", description="нужен адрес вида mfc@example.ru")
    password: str = Field("", repr=False, pattern="^[ -~]+$", description="нужен «пароль приложения» латиницей")
    imap_host: str = Field("", description="нужно имя сервера, где читают почту")
    imap_port: int = Field(993, ge=1, le=65535, description="число от 1 до 65535")
    smtp_host: str = Field("", description="нужно имя сервера, который отправляет почту")
    smtp_port: int = Field(465, ge=1, le=65535, description="число от 1 до 65535")
    security: Literal["tls", "starttls", "none"] = Field("tls", description=SECURITY)
    folder: str = "INBOX"
    name: str = Field("Помощник «Моих документов»", pattern=ONE_LINE, description="до 100 знаков, без переводов строк")
    wait: float = Field(25, gt=0, le=28, description="секунды, не больше 28")
    timeout: float = Field(20, gt=0, description="секунды, больше нуля")

    def at_odds(self) -> list[str]:
        hosts, tls_ports = {self.imap_host, self.smtp_host}, self.imap_port == 993 or self.smtp_port == 465
        bare = self.security == "none" and not hosts <= {*LOOPBACK, ""}
        missing = [name for name in ("password", "imap_host", "smtp_host") if not getattr(self, name)]
        return missing + ["security"] * (bare or (self.security == "starttls" and tls_ports))


def build(env_file: Path | None, public_url: str) -> Channel | None:
    """The channel, or None while no address is set. Raises Misconfigured for settings that cannot work."""
    if (settings := read(Settings, env_file)) is None:
        return None
    from channels.email.channel import Email  # its libraries are for those only who have a mailbox

    return Email(settings)
