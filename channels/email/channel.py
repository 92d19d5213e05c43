"""The mailbox as a channel: asks IMAP in threads, answers by SMTP, and remembers which mail an answer belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from channels.base import Features, Finding, Happening, HookCall, HookReply, Limits, Part, Received, RemoteFile
from channels.email import letter, parse
from channels.email.imap import Mailbox
from channels.email.settings import Settings
from channels.email.smtp import hand_over
from channels.errors import ChannelError, Rejected

_REMEMBERED = 5000
_CHUNK = 64 * 1024


class Email:
    """The channel; see channels.base.Channel for what each call promises."""

    name = "email"
    title = "Электронная почта"
    limits = Limits(
        text=50_000, caption=50_000, per_second=2.0, per_peer=0.5, file=10 * 1024 * 1024, fetch=5 * 1024 * 1024
    )
    features = Features(files=True, voice=True, personal_data=True)
    polls = True

    def __init__(self, settings: Settings) -> None:
        self._s, self._mailbox = settings, Mailbox(settings)
        self._threads: dict[str, letter.Thread] = {}

    async def open(self) -> None:
        await asyncio.to_thread(self._mailbox.look, None)
        await hand_over(self._s)

    async def receive(self, cursor: str | None) -> Received:
        try:
            received = await asyncio.to_thread(self._mailbox.look, cursor)
        except asyncio.CancelledError:
            self._mailbox.cut()
            raise
        for event in received.events:
            with suppress(Exception):  # a mail that makes no sense is the business of `parse`
                peer, thread = letter.thread(parse.read(parse.source_of(event)))
                self._threads[peer] = thread
        while len(self._threads) > _REMEMBERED:
            del self._threads[next(iter(self._threads))]
        return received

    def webhook(self, call: HookCall) -> HookReply:
        return HookReply(404)

    def key(self, event: dict[str, Any]) -> str:
        return parse.key(event)

    def parse(self, event: dict[str, Any]) -> list[Happening]:
        return parse.parse(event, self._s.address.lower())

    async def send(self, peer: str, part: Part, key: int) -> str:
        if not letter.ADDRESS.fullmatch(peer) or not (part.text.strip() or part.file) or part.rows:
            raise Rejected("bad_part", "Письму нужны адрес и текст или файл, а кнопок в нём не бывает.")
        about = self._s.address, self._s.name, peer, part, key, self._threads.get(peer)
        try:
            mail = await asyncio.to_thread(letter.answer, *about)
        except (OSError, ValueError):
            raise Rejected("bad_part", "Письмо не составить: файла нет, или в тексте негодные знаки.") from None
        await hand_over(self._s, peer, mail)
        return str(mail["Message-ID"])

    async def typing(self, peer: str) -> None:
        """Mail does not show this."""

    async def answered(self, callback: str) -> None:
        """Mail has no buttons."""

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        mailbox = Mailbox(self._s)  # the channel's own is busy waiting for news
        try:
            data = await asyncio.to_thread(mailbox.file, *(int(number) for number in file.id.split(":")))
        except (ValueError, TypeError, LookupError, RecursionError):
            raise Rejected("file_gone", "Этого вложения в ящике уже нет.") from None
        finally:
            mailbox.hang_up()
        for at in range(0, min(len(data), self.limits.fetch + 1), _CHUNK):
            yield data[at : at + _CHUNK]

    async def check(self) -> list[Finding]:
        mailbox, findings = Mailbox(self._s), []
        for name, look in (("Приём", asyncio.to_thread(mailbox.look, None)), ("Отправка", hand_over(self._s))):
            try:
                await look
                findings.append(Finding(True, f"Почта {self._s.address}. {name}: работает."))
            except ChannelError as error:
                findings.append(Finding(False, f"Почта {self._s.address}. {name}: {error.words}"))
        mailbox.hang_up()
        return findings

    async def close(self) -> None:
        await asyncio.to_thread(self._mailbox.hang_up)
