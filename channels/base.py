"""What a channel is: what it can carry, what it reports, and the few calls the assistant makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from bot.messages import Button, InboundKind

Units = Literal["chars", "utf16", "bytes"]
"""How a channel counts the length of a text: characters, UTF-16 units, or bytes of UTF-8."""


@dataclass(frozen=True)
class Limits:
    """What one message of a channel may hold, and how fast messages may follow each other."""

    text: int
    """Longest text of one message, in `units`."""
    units: Units = "chars"
    caption: int = 0
    """Longest text beside a file, in `units`; 0: a file travels without words."""
    rows: int = 0
    """Most rows of buttons under one message."""
    per_row: int = 0
    """Most buttons in a row."""
    buttons: int = 0
    """Most buttons under one message altogether."""
    label: int = 0
    """Longest title of a button, in characters."""
    per_second: float = 30.0
    """Messages a second over the whole channel."""
    per_peer: float = 1.0
    """Messages a second to one peer; a few at once are allowed."""
    file: int = 0
    """Largest file we may send, in bytes; 0 for none."""
    fetch: int = 0
    """Largest file we may fetch, in bytes; 0 for none."""


@dataclass(frozen=True)
class Features:
    """What a channel can do. `personal_data`: it may carry personal data of citizens (149-FZ art. 10 part 8)."""

    buttons: bool = False
    links: bool = False
    """Buttons that open a web page."""
    files: bool = False
    voice: bool = False
    """Citizens may send voice messages."""
    typing: bool = False
    edit: bool = False
    """Citizens may edit what they sent, and we are told."""
    personal_data: bool = False
    idempotent_send: bool = False
    """The server drops a second send with the same key, so a crash in mid-send doubles nothing."""


@dataclass(frozen=True)
class RemoteFile:
    """A file that still lies with the channel. `id` is what `Channel.fetch` needs: a URL or the platform's own id.

    `size` in bytes as far as the platform told. The name is the citizen's and may be hostile.
    """

    id: str
    name: str = ""
    size: int | None = None
    voice: bool = False


@dataclass(frozen=True)
class Said:
    """One message of a citizen. `id` is the channel's own id, unique within the channel; `peer` is where answers go.

    `payload` is the reference behind a pressed button, `callback` what `Channel.answered` needs. Messages with the same
    `album` belong together. `contact` is a shared telephone number, only when it is the sender's own. `location` is latitude and
    longitude in degrees. `forwarded`: somebody else's words, or written through a bot. `order` is the platform's
    own order of messages within the peer (0: unknown). `link` is the token of a one-time link that led here.
    """

    peer: str
    id: str
    kind: InboundKind = "text"
    text: str = ""
    payload: str | None = None
    callback: str | None = None
    files: tuple[RemoteFile, ...] = ()
    album: str | None = None
    contact: str | None = None
    location: tuple[float, float] | None = None
    forwarded: bool = False
    order: int = 0
    sent_at: datetime | None = None
    link: str | None = None


@dataclass(frozen=True)
class Edited:
    """A citizen changed a message. `id` is that of the message as in `Said.id`, `version` tells several edits apart."""

    peer: str
    id: str
    text: str
    version: str


@dataclass(frozen=True)
class Reachable:
    """A citizen stopped (`allowed` False) or again allowed us to write."""

    peer: str
    allowed: bool


@dataclass(frozen=True)
class Ignored:
    """Something that is not for the robot: a group, another bot, our own echo, a service notice.

    `reason` is short and stable: `group`, `bot`, `echo`, `service`, `empty`. `callback` is answered all the same.
    """

    reason: str
    callback: str | None = None


Happening = Said | Edited | Reachable | Ignored


@dataclass(frozen=True)
class OutFile:
    """A file to send: where it lies, and the name and type the citizen sees."""

    path: Path
    name: str
    media_type: str


@dataclass(frozen=True)
class Part:
    """One native message. `rows` are buttons as drawn; a button has a `url` or a `payload` of at most 40 ASCII characters."""

    text: str = ""
    rows: tuple[tuple[Button, ...], ...] = ()
    file: OutFile | None = None


@dataclass(frozen=True)
class Received:
    """What one look for news brought: raw events as the platform sent them, and where to look next."""

    events: Sequence[dict[str, Any]]
    cursor: str | None


@dataclass(frozen=True)
class HookCall:
    """A request to our webhook. Header names are lower case; `query` holds the last value of each name."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HookReply:
    """The answer to a webhook call. `events` are stored before it is given; if that fails the platform gets 503 instead."""

    status: int = 200
    body: str = ""
    events: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing `./otklik doctor` looked at: `well` is None for a remark that is no fault; `text` is Russian, without secrets."""

    well: bool | None
    text: str


class Channel(Protocol):
    """One door to citizens. All calls but `key`, `parse` and `webhook` may raise a `ChannelError` and nothing else."""

    name: str
    title: str
    """The name citizens know it by: «Telegram»."""
    limits: Limits
    features: Features
    polls: bool
    """Whether news are fetched with `receive`; else the platform calls our webhook."""

    async def open(self) -> None:
        """Get ready: check the token, set the webhook or remove it. Called at start and again after `Misconfigured`."""

    async def receive(self, cursor: str | None) -> Received:
        """News after `cursor` (None: from now on), waiting up to half a minute. Acknowledges only what lies before `cursor`."""

    def webhook(self, call: HookCall) -> HookReply:
        """Check a webhook call and take its events out. Pure: touches nothing, and never raises."""

    def key(self, event: dict[str, Any]) -> str:
        """What makes a repeated event known, at most 120 characters. Pure; never raises, also for malformed events."""

    def parse(self, event: dict[str, Any]) -> list[Happening]:
        """What an event means. Pure; raises any exception for an event that makes no sense (it becomes a dead letter)."""

    async def send(self, peer: str, part: Part, key: int) -> str:
        """Send one native message and return the platform's id of it. The same `key` (63 bits, not 0) means the same message."""

    async def typing(self, peer: str) -> None:
        """Show that an answer is being written."""

    async def answered(self, callback: str) -> None:
        """Tell the platform that a pressed button was heard."""

    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """The file's bytes in chunks."""

    async def check(self) -> list[Finding]:
        """What `./otklik doctor` says: does the token work, is the webhook right, does the clock agree. Never raises."""

    async def close(self) -> None:
        """Give back the connections."""
