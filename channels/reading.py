"""Makes one inbound message of what a citizen sent: joins what belongs together, fetches files, finds what a button stood for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from bot.messages import Attachment, Inbound, InboundKind
from bot.store import Store, Vault, journal
from channels.base import Channel, Happening, RemoteFile, Said
from channels.errors import ChannelError, Retry
from channels.files import FileRefused, FileStore
from channels.pace import backoff
from channels.render import referred
from channels.wire import conversation_of_user

log = structlog.get_logger(__name__)

Hear = Callable[[Path], Awaitable[str | None]]
"""Turns a voice message into words; None when nothing could be heard."""

Redeem = Callable[[str, str, str, str], Awaitable[Inbound]]
"""Token of a one-time link, channel, user and the message's id, to what continues the conversation or says why it cannot."""

COMMANDS = {
    "/start": "/greet", "start": "/greet", "начать": "/greet", "/help": "/help", "/stop": "/stop",
    "/operator": "/request_operator",
}  # fmt: skip
"""Commands that messengers offer in their menus, and the wish each one names."""

FETCH_TRIES = 4
NOT_FETCHED = "Файл не дошёл: не получилось его загрузить. Пришлите его, пожалуйста, ещё раз."
TEXTS = 20
"""Different texts of a flood that are read; between the first and the last half of them the middle is left out."""


def together(first: Happening, other: Happening) -> bool:
    """Whether two messages of one peer may be read as one: plain texts, or pieces of an album."""
    if not isinstance(first, Said) or not isinstance(other, Said):
        return False
    if first.album or other.album:
        return first.album == other.album
    return all(_plain(said) for said in (first, other)) and first.forwarded == other.forwarded


def _plain(said: Said) -> bool:
    other = said.payload or said.files or said.contact or said.location or said.link or said.callback
    return said.kind == "text" and not other and bool(said.text) and said.text.strip().casefold() not in COMMANDS


class Reader:
    """Reads messages of one channel. `hear` is the recogniser of speech, None while none is installed."""

    def __init__(
        self,
        channel: Channel,
        store: Store,
        vault: Vault,
        files: FileStore,
        hear: Hear | None = None,
        redeem: Redeem | None = None,
    ) -> None:
        self._channel, self._store, self._vault, self._files = channel, store, vault, files
        self._hear, self._redeem = hear, redeem

    async def inbound(self, said: list[Said]) -> Inbound:
        """The message behind one or several that belong together. Raises StoreAway."""
        first, last = said[0], said[-1]
        if last.link and self._redeem is not None:
            return await self._redeem(last.link, self._channel.name, last.peer, last.id)
        text = _joined([s.text for s in said])
        if first.payload is not None:
            return await self._pressed(first)
        attachments, problem = await self._fetched([f for s in said for f in s.files])
        kind: InboundKind = first.kind
        if kind == "voice" and attachments and self._hear is not None:
            with self._files.opened(attachments[0].ref) as path:
                text = await self._hear(path) or text
        return Inbound(
            channel=self._channel.name,
            user=first.peer,
            # Of several messages the last one's id: a repeat of the whole burst is known by its raw events.
            external_id=last.id,
            kind=kind,
            text=last.contact or text,
            payload=COMMANDS.get(text.strip().casefold()),
            attachments=tuple(attachments),
            received_at=last.sent_at,
            forwarded=first.forwarded,
            location=last.location,
            problem=problem,
        )

    async def _pressed(self, said: Said) -> Inbound:
        seq, title, payload = 0, said.text, "/inform"
        if place := referred(said.payload or ""):
            async with self._store.read() as session:
                conversation = await conversation_of_user(session, self._channel.name, said.peer)
                button = conversation and await journal.button(session, self._vault, conversation.id, *place)
            if button:
                seq, title, payload = place[0], str(button.get("title") or title), str(button.get("payload") or "")
        return Inbound(
            channel=self._channel.name, user=said.peer, external_id=said.id, kind="choice", text=title, payload=payload,
            received_at=said.sent_at, offered_in=seq,
        )  # fmt: skip

    async def _fetched(self, remote: list[RemoteFile]) -> tuple[list[Attachment], str | None]:
        """The files that could be taken, and why another one could not, in words for the citizen."""
        taken: list[Attachment] = []
        problem = None
        for file in remote:
            try:
                taken.append(await self._fetch(file))
            except FileRefused as error:
                problem = error.message
            except ChannelError as error:
                log.warning("inbox.file_not_fetched", channel=self._channel.name, code=error.code)
                problem = NOT_FETCHED
        return taken, problem

    async def _fetch(self, file: RemoteFile) -> Attachment:
        """Raises FileRefused and ChannelError."""
        self._files.check_size(file.size or 0)
        tries = 0
        while True:
            try:
                return await self._files.save(file.name, self._channel.fetch(file))
            except Retry as error:
                tries += 1
                if tries >= FETCH_TRIES:
                    raise
                await asyncio.sleep(min(error.after or backoff(tries), 10))

    def forget(self, inbound: Inbound) -> None:
        """Throw away the files of a message that was known already."""
        for attachment in inbound.attachments:
            self._files.remove(attachment.ref)


def _joined(texts: list[str]) -> str:
    """The texts one below the other, each different one once; of very many the beginning and the end."""
    different = list(dict.fromkeys(t.strip() for t in texts if t.strip()))
    if len(different) > TEXTS:
        different = [*different[: TEXTS // 2], "…", *different[-TEXTS // 2 :]]
    return "\n".join(different)
