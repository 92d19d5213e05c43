"""The mailbox as a channel: asks IMAP in threads, answers by SMTP, and remembers which mail an answer belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from email.errors import MessageError
from typing import Any

import aiosmtplib

from channels import letter_parts, letters
from channels.base import Features, Finding, Happening, HookCall, HookReply, Limits, Part, Received, RemoteFile
from channels.email import Settings, parse
from channels.email.imap import Mailbox
from channels.errors import ChannelError, Rejected
from channels.recent import Recent
from channels.smtp import hand_over

_MIB = 1024 * 1024


class Email:
    """The channel; see channels.base.Channel for what each call promises."""

    name = "email"
    title = "Электронная почта"
    limits = Limits(text=50_000, caption=50_000, per_second=2.0, per_peer=0.5, file=10 * _MIB, fetch=5 * _MIB)
    features = Features(files=True, voice=True, personal_data=True)
    polls = True

    def __init__(self, settings: Settings) -> None:
        self._s, self._mailbox = settings, Mailbox(settings)
        self._threads = Recent[str, letters.Thread](5000)

    async def open(self) -> None:
        await asyncio.to_thread(self._mailbox.look, None)
        await hand_over(self._smtp())

    async def receive(self, cursor: str | None) -> Received:
        try:
            received = await asyncio.to_thread(self._mailbox.look, cursor)
        except asyncio.CancelledError:
            self._mailbox.cut()
            raise
        for event in received.events:
            with suppress(Exception):  # a mail that makes no sense is the business of `parse`
                peer, thread = letters.thread(letters.read(letter_parts.unpacked(event)))
                self._threads[peer] = thread
        return received

    def webhook(self, call: HookCall) -> HookReply:
        return HookReply(404)

    def key(self, event: dict[str, Any]) -> str:
        return parse.key(event)

    def parse(self, event: dict[str, Any]) -> list[Happening]:
        return parse.parse(event, self._s.address.lower())

    async def send(self, peer: str, part: Part, key: int) -> str:
        about = self._s.address, self._s.name, peer, part, key, self._threads.get(peer)
        try:
            mail = await asyncio.to_thread(letters.answer, *about)
        except (OSError, ValueError, MessageError):
            words = "Письмо не составить: нужны адрес и текст или целый файл, без кнопок и негодных знаков."
            raise Rejected("bad_part", words) from None
        await hand_over(self._smtp(), mail)
        return str(mail["Message-ID"])

    def _smtp(self) -> aiosmtplib.SMTP:
        s = self._s
        return aiosmtplib.SMTP(
            hostname=s.smtp_host, port=s.smtp_port, username=s.address, password=s.password, timeout=s.timeout,
            use_tls=s.security == "tls", start_tls=s.security == "starttls", local_hostname=s.address.rpartition("@")[2],
        )  # fmt: skip

    async def typing(self, peer: str) -> None:
        """Mail does not show this."""

    async def answered(self, callback: str) -> None:
        """Mail has no buttons."""

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        try:
            with closing(Mailbox(self._s)) as mailbox:  # the channel's own is busy waiting for news
                data = await asyncio.to_thread(mailbox.file, *(int(number) for number in file.id.split(":")))
        except (ValueError, TypeError, LookupError, RecursionError):
            raise Rejected("file_gone", "Этого вложения в ящике уже нет.") from None
        yield data[: self.limits.fetch + 1]  # at most 25 MB, and in memory anyhow

    async def check(self) -> list[Finding]:
        mailbox, findings = Mailbox(self._s), []
        for name, look in (("Приём", asyncio.to_thread(mailbox.look, None)), ("Отправка", hand_over(self._smtp()))):
            try:
                await look
                findings.append(Finding(True, f"Почта {self._s.address}. {name}: работает."))
            except ChannelError as error:
                findings.append(Finding(False, f"Почта {self._s.address}. {name}: {error.words}"))
        mailbox.close()
        return findings

    async def close(self) -> None:
        await asyncio.to_thread(self._mailbox.close)
