"""What the settings of all channels have in common: how they are read, and how an administrator is told of wrong ones."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from channels.errors import Misconfigured

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_local(address: str) -> bool:
    """Whether an http(s) address is of this machine. Raises ValueError for what is no address."""
    return urlsplit(address).hostname in LOOPBACK


def safe(address: str) -> str:
    """The address without its last slash. Raises ValueError unless it is https://, or http:// on this machine."""
    parts = urlsplit(address)
    schemes = ("http", "https") if is_local(address) else ("https",)
    if parts.scheme not in schemes or not parts.hostname or parts.port == 0:
        raise ValueError("not a safe address")
    return address.rstrip("/")


Address = Annotated[str, AfterValidator(safe), Field(description="адрес, который начинается с https://")]
"""The address of a platform's API, without a slash at its end."""


def _proxy(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "socks4", "socks5") or not parts.hostname or not parts.port:
        raise ValueError("not a proxy")
    return address


Proxy = Annotated[
    str, AfterValidator(_proxy), Field(description="http://… или socks5://имя:пароль@адрес:порт", repr=False)
]
"""The address of a proxy; it may hold a password."""


def secret(shortest: int, longest: int) -> Any:
    """A field for a webhook's secret of so many characters."""
    words = f"{shortest}–{longest} латинских букв, цифр, знаков _ и -"
    return Field("", pattern=f"^[A-Za-z0-9_-]{{{shortest},{longest}}}$", description=words, repr=False)


class Options(BaseSettings):
    """One channel's settings; subclasses name the `env_prefix`. A description is what people read of a wrong value.

    Secrets are `str` with `repr=False`, so that a pattern can check them.
    """

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True,
        str_strip_whitespace=True, validate_default=False
    )  # fmt: skip
    SWITCH: ClassVar[str] = "token"
    """The channel is off while this setting is empty."""

    def at_odds(self) -> Collection[str]:
        """Names of settings that are missing or wrong in view of the others."""
        return ()

    @classmethod
    def variable(cls, name: str) -> str:
        """What a setting is called in the environment."""
        return f"{cls.model_config.get('env_prefix', '')}{name}".upper()


class MessengerOptions(Options):
    """What every messenger asks for."""

    token: str = Field("", repr=False, pattern="^[!-~]+$", description="ключ целиком, без пробелов и русских букв")
    receive: Literal["poll", "webhook"] = Field("poll", description="poll или webhook")
    NEEDS: ClassVar[tuple[str, ...]] = ()
    """Settings that must not be empty."""
    HOOK_NEEDS: ClassVar[tuple[str, ...]] = ("webhook_secret",)
    """Settings that must not be empty while `receive` is `webhook`."""

    def at_odds(self) -> Collection[str]:
        needed = self.NEEDS + (self.HOOK_NEEDS if self.receive == "webhook" else ())
        return [name for name in needed if not getattr(self, name)]

    def hook(self, name: str, public_url: str, ports: Collection[int] = ()) -> str:
        """Where the platform calls channel `name`, "" while we poll. `ports` are all it would call, if it has a rule.

        Raises Misconfigured for an address that it could not call, or not safely.
        """
        if self.receive == "poll":
            return ""
        try:
            address = f"{safe(public_url)}/hooks/{name}"
            if is_local(address) or not ports or (urlsplit(address).port or 443) in ports:
                return address
        except ValueError:
            pass
        rule = f" на порту {', '.join(map(str, ports))}" if ports else ""
        words = f"{self.variable('receive')}=webhook: внешний адрес помощника должен начинаться с https://{rule}"
        raise Misconfigured("webhook", f"{words}, а указан «{public_url}».")


Given = TypeVar("Given", bound=Options)


def read(kind: type[Given], env_file: Path | None) -> Given | None:
    """The settings, None while the channel is off. Raises Misconfigured, which names variables and never quotes a value."""
    try:
        settings = kind(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        wrong: Collection[str] = [str(slip["loc"][0]) for slip in error.errors(include_input=False)]
    else:
        if not getattr(settings, kind.SWITCH):
            return None
        wrong = settings.at_odds()
        if not wrong:
            return settings
    lines = [f"{kind.variable(name)} — {kind.model_fields[name].description or 'не годится'}" for name in wrong]
    raise Misconfigured("settings", f"Проверьте настройки: {'; '.join(lines)}.")
