"""What channels with a token, a webhook and files on the platform's own hosts do alike; see channels.base.Channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

from channels.base import Finding, HookCall, HookReply, Limits, RemoteFile
from channels.download import Hosts, download
from channels.findings import told
from channels.hooks import signed


class Messenger:
    """A base for channels: subclasses add what is the platform's own, and replace what it does otherwise.

    `hook` is the address of our webhook, empty for polling; `secret` is what the platform shows in `secret_header`.
    """

    secret_header: ClassVar[str] = ""
    limits: Limits

    def __init__(self, hook: str, secret: str, hosts: Hosts) -> None:
        self._hook, self._secret, self._hosts, self.polls = hook, secret, hosts, not hook

    def webhook(self, call: HookCall) -> HookReply:
        """403 without our secret and always while we poll, 400 for a body that is no JSON object."""
        return signed(call, self.secret_header, self._secret) if self._hook else HookReply(403)

    async def answered(self, callback: str) -> None:
        """Nothing: for platforms that do not wait to see a press answered."""

    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """For platforms where a file's id is its address."""
        return download(file.id, self._hosts, self.limits.fetch)

    async def check(self) -> list[Finding]:
        """What `look` finds, and never an exception."""
        return await told(self.look())

    async def look(self) -> list[Finding]:
        """What the doctor wants to know; may raise what calls raise, and stumble over odd answers."""
        raise NotImplementedError
