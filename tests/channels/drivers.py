"""What the contract test needs to know of each channel: its fake, the settings that point to it, and a citizen's address there."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fakes.base import FakeServer
from channels.base import Channel
from channels.registry import CHANNELS

PAYLOADS = Path(__file__).with_name("payloads")
HUGE = "Щ" * 19_990 + " конец ура"
WORDS = {"{invisible}": "за\u200bпи\u0000сь\u2060", "{rtl}": "\u202eзапись\u202c", "{huge}": HUGE}
CONTENT: dict[str, bytes] = {
    "pdf": b"%PDF-1.7\n%demo\n",
    "jpeg": b"\xff\xd8\xff\xe0" + b"\x00" * 200,
    "png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 200,
    "ogg": b"OggS" + b"\x00" * 200,
    "exe": b"MZ\x90\x00" + b"\x00" * 200,
    "big": b"\xff\xd8\xff\xe0" + b"\x00" * (6 * 1024 * 1024),
    "empty": b"",
}


@dataclass(frozen=True)
class Driver:
    """How to run one channel against its fake."""

    name: str
    fake: Callable[[], FakeServer]
    settings: Callable[[Any], dict[str, Any]]
    peer: str

    def channel(self, fake: FakeServer, folder: Path, site: str = "http://127.0.0.1:1", **more: Any) -> Channel:
        """The channel with its settings from a file, as an administrator keeps them."""
        values = {f"OTKLIK_{self.name.upper()}_{k.upper()}": v for k, v in (self.settings(fake) | more).items()}
        env_file = folder / f"{self.name}.env"
        env_file.write_text("".join(f"{key}={value}\n" for key, value in values.items()), "utf-8")
        channel = importlib.import_module(CHANNELS[self.name]).build(env_file, site)
        assert channel is not None
        return channel  # type: ignore[no-any-return]


def _telegram() -> FakeServer:
    from benchmarks.fakes.telegram import FakeTelegram

    return FakeTelegram("12345:fake-token")


def _vk() -> FakeServer:
    from benchmarks.fakes.vk import FakeVk

    return FakeVk("fake-token")


def _max() -> FakeServer:
    from benchmarks.fakes.max import FakeMax

    return FakeMax("fake-token")


def _email() -> FakeServer:
    from benchmarks.fakes.email import FakeMail

    return FakeMail("fake-token")


DRIVERS = {
    d.name: d
    for d in (
        Driver("telegram", _telegram, lambda f: {"token": f.token, "api_url": f.url, "poll_seconds": 1}, "7001"),
        Driver("vk", _vk, lambda f: {"token": f.token, "api_url": f.url, "group_id": f.group_id, "wait": 1}, "7001"),
        Driver("max", _max, lambda f: {"token": f.token, "api_url": f.url}, "7001"),
        Driver(
            "email", _email,
            lambda f: {"address": f.address, "password": f.token, "imap_host": "127.0.0.1", "imap_port": f.imap_port,
                       "smtp_host": "127.0.0.1", "smtp_port": f.smtp_port, "security": "none", "wait": 1},
            "anna@example.org",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One file of the payload corpus. `means` has a list per event, or None where a dead letter is due."""

    events: list[dict[str, Any]]
    means: list[list[dict[str, Any]] | None]
    files: dict[str, bytes]


def row(channel: str, name: str) -> Row | None:
    """A row of a channel; None for one that the channel cannot have, which `absent.json` explains."""
    path = PAYLOADS / channel / f"{name}.json"
    if not path.exists():
        return None
    text = path.read_text("utf-8")
    for sign, words in WORDS.items():
        text = text.replace(sign, json.dumps(words)[1:-1])
    data = json.loads(text)
    means = [None if m == "error" else m for m in data["means"]]
    return Row(data["events"], means, {key: CONTENT[kind] for key, kind in data.get("files", {}).items()})
