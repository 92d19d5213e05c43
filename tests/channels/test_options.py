"""Settings that channels share: read from a file, and told in words when they cannot work."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from channels.errors import Misconfigured
from channels.options import Address, MessengerOptions, Proxy, is_local, read, safe, secret


class Settings(MessengerOptions):
    """A messenger that does not exist."""

    model_config = SettingsConfigDict(env_prefix="OTKLIK_DOVE_")
    NEEDS = ("loft",)
    loft: int = Field(0, ge=1, description="номер голубятни цифрами")
    webhook_secret: str = secret(5, 20)
    api_url: Address = "https://api.dove.example"
    proxy: Proxy = ""


GOOD = {"TOKEN": "coo-very-secret", "LOFT": "7"}
HOOKED = GOOD | {"RECEIVE": "webhook", "WEBHOOK_SECRET": "feather"}


def given(tmp_path: Path, **values: str) -> Path:
    file = tmp_path / "dove.env"
    file.write_text("".join(f"OTKLIK_DOVE_{name}={value}\n" for name, value in values.items()), "utf-8")
    return file


def test_off_without_a_token_whatever_else_is_lacking(tmp_path: Path) -> None:
    assert read(Settings, None) is None
    assert read(Settings, given(tmp_path, TOKEN="", RECEIVE="webhook")) is None


def test_spaces_empty_values_and_strange_variables_do_no_harm(tmp_path: Path) -> None:
    values = GOOD | {"TOKEN": '" coo-very-secret "', "API_URL": "", "COLOUR": "grey"}
    found = read(Settings, given(tmp_path, **values))
    assert found and (found.token, found.api_url) == ("coo-very-secret", "https://api.dove.example")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"LOFT": ""}, "OTKLIK_DOVE_LOFT — номер голубятни цифрами"),
        ({"LOFT": "seven"}, "OTKLIK_DOVE_LOFT"),
        ({"RECEIVE": "pigeon"}, "OTKLIK_DOVE_RECEIVE — poll или webhook"),
        ({"RECEIVE": "webhook"}, "OTKLIK_DOVE_WEBHOOK_SECRET — 5–20"),
        ({"WEBHOOK_SECRET": "перо"}, "OTKLIK_DOVE_WEBHOOK_SECRET"),
        ({"WEBHOOK_SECRET": "pen"}, "OTKLIK_DOVE_WEBHOOK_SECRET"),
        ({"TOKEN": "very-секрет"}, "OTKLIK_DOVE_TOKEN"),
        ({"API_URL": "http://api.dove.example/very-secret"}, "OTKLIK_DOVE_API_URL"),
        ({"PROXY": "ftp://user:very-secret@proxy:1"}, "OTKLIK_DOVE_PROXY"),
        ({"PROXY": "socks5://user:very-secret@proxy:99999"}, "OTKLIK_DOVE_PROXY"),
    ],
)
def test_a_wrong_variable_is_named_and_its_value_is_not(tmp_path: Path, values: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read(Settings, given(tmp_path, **(GOOD | values)))
    shown = "".join(traceback.format_exception(caught.value)) + caught.value.words
    assert named in caught.value.words
    assert "very-" not in shown and "перо" not in shown


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        read(Settings, given(tmp_path, **(GOOD | {"LOFT": "x", "RECEIVE": "y"})))
    assert "OTKLIK_DOVE_LOFT" in caught.value.words and "OTKLIK_DOVE_RECEIVE" in caught.value.words


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("https://dove.example/", False),
        ("https://dove.example:8443/base", False),
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:5/", True),
    ],
)
def test_safe_addresses(address: str, local: bool) -> None:
    assert safe(address) == address.rstrip("/") and is_local(address) is local


@pytest.mark.parametrize(
    "address",
    ["", "dove.example", "https://", "http://dove.example", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example",
     "https://dove.example:port", "https://dove.example:99999", "https://[dove", "ftp://127.0.0.1"],
)  # fmt: skip
def test_unsafe_addresses(address: str) -> None:
    with pytest.raises(ValueError):
        safe(address)


def test_the_address_of_the_webhook(tmp_path: Path) -> None:
    polling, hooked = read(Settings, given(tmp_path, **GOOD)), read(Settings, given(tmp_path, **HOOKED))
    assert polling and polling.hook("dove", "") == ""
    assert hooked and hooked.hook("dove", "https://mfc.example/") == "https://mfc.example/hooks/dove"
    assert hooked.hook("dove", "https://mfc.example", (443,)) == "https://mfc.example/hooks/dove"
    assert hooked.hook("dove", "http://127.0.0.1:5", (443,)) == "http://127.0.0.1:5/hooks/dove"


@pytest.mark.parametrize(
    "public_url", ["", "http://mfc.example", "https://mfc.example:8080", "https://mfc.example:port"]
)
def test_a_webhook_that_nobody_could_call_safely(tmp_path: Path, public_url: str) -> None:
    hooked = read(Settings, given(tmp_path, **HOOKED))
    assert hooked
    with pytest.raises(Misconfigured, match="webhook") as caught:
        hooked.hook("dove", public_url, (443, 8443))
    assert "OTKLIK_DOVE_RECEIVE" in caught.value.words and "8443" in caught.value.words
