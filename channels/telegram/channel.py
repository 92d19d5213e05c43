"""The door to Telegram: one Channel over aiogram's client, whose own polling, webhook and dispatcher are not used."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from functools import lru_cache
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import TelegramMethod
from aiogram.types import FSInputFile

from bot.messages import Button
from channels.base import Features, Finding, Happening, Limits, OutFile, Part, Received, RemoteFile
from channels.download import Hosts, capped, check_size
from channels.errors import Misconfigured, Rejected
from channels.findings import clock_of, webhook
from channels.messenger import Messenger
from channels.raw import as_dict, objects
from channels.telegram import Settings
from channels.telegram.parse import WANTED, key, parse
from channels.telegram.refusals import refusal

TRANSFER = 120  # seconds that one file may take, either way


@lru_cache(maxsize=32)
def _method(name: str) -> Any:
    """A method whose answer stays as it came: one odd update, or a field aiogram does not know, must not spoil the rest."""
    metaclass: Any = type(TelegramMethod)
    body = {"__module__": __name__, "__returning__": Any, "__api_method__": name}
    return metaclass(name, (TelegramMethod,), body)


class Telegram(Messenger):
    """Telegram; see Channel. `hook` is the address of our webhook, empty for long polling. A peer is a private chat's id."""

    name, title, secret_header = "telegram", "Telegram", "x-telegram-bot-api-secret-token"
    limits = Limits(4096, "utf16", 1024, 10, 3, 30, 40, per_second=25.0, file=50_000_000, fetch=20_000_000)
    key = staticmethod(key)

    def __init__(self, settings: Settings, hook: str) -> None:
        super().__init__(hook, settings.webhook_secret, Hosts((), settings.api_url))
        self.features = Features(True, True, True, True, True, True, settings.personal_data)
        self._settings, self._server = settings, TelegramAPIServer.from_base(settings.api_url)
        self._session = AiohttpSession(settings.proxy or None, api=self._server, timeout=settings.timeout)
        self._bot = Bot(settings.token, self._session)

    async def open(self) -> None:
        """Set our webhook, or take it away, which Telegram wants before polling; what waits there stays."""
        try:
            if self._hook:
                await self._call("setWebhook", url=self._hook, secret_token=self._secret, allowed_updates=WANTED)
            else:
                await self._call("deleteWebhook", drop_pending_updates=False)
        except Rejected:
            raise Misconfigured("webhook", f"Telegram не принял адрес вебхука {self._hook}") from None

    async def receive(self, cursor: str | None) -> Received:
        """The cursor is the next `offset`. Not the highest ever: after a quiet week Telegram goes on from a random number."""
        offset, wait = int(cursor or 0), self._settings.poll_seconds
        seconds = wait + int(self._settings.timeout) + 1
        news = await self._call("getUpdates", seconds, offset=offset, timeout=wait, allowed_updates=WANTED)
        for event in (events := objects(news)):
            number = event.get("update_id")
            offset = number + 1 if isinstance(number, int) else offset + 1
        return Received(events, str(offset) if events else cursor)

    def parse(self, event: dict[str, Any]) -> list[Happening]:
        """See channels.telegram.parse."""
        return parse(event, self._bot.id)

    async def send(self, peer: str, part: Part, key: int) -> str:
        """Telegram knows no idempotency key. Plain text without a preview, which would open a one-time link."""
        shown = [[_drawn(button) for button in row] for row in part.rows]
        target = {"chat_id": peer} | ({"reply_markup": {"inline_keyboard": shown}} if shown else {})
        if part.file:
            return await self._send_file(part.file, target | {"caption": part.text})
        plain = {"text": part.text, "link_preview_options": {"is_disabled": True}}
        return _number(await self._call("sendMessage", None, **plain, **target))

    async def _send_file(self, file: OutFile, target: dict[str, Any]) -> str:
        if not file.path.is_file():
            raise Rejected("file_missing", "файла для отправки больше нет")
        given = FSInputFile(file.path, re.sub(r'[\x00-\x1f"\\/]', "_", file.name))
        kind = {"image/jpeg": "photo", "image/png": "photo", "audio/ogg": "voice"}.get(file.media_type)
        if kind and file.path.stat().st_size <= 10_000_000:  # a larger one goes as a document
            # A picture of odd proportions still is a document; what else is wrong is told below.
            with suppress(Rejected):
                return _number(await self._call(f"send{kind.title()}", TRANSFER, **target, **{kind: given}))
        return _number(await self._call("sendDocument", TRANSFER, **target, document=given))

    async def typing(self, peer: str) -> None:
        """Shown for five seconds or until the next message."""
        await self._call("sendChatAction", chat_id=peer, action="typing")

    async def answered(self, callback: str) -> None:
        """Stops the button's spinning."""
        with suppress(Rejected):  # pressed too long ago
            await self._call("answerCallbackQuery", callback_query_id=callback)

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """Raises Rejected as soon as more than `limits.fetch` bytes came, or when that is known before."""
        check_size(file.size, self.limits.fetch)
        path = str((await self._call("getFile", file_id=file.id)).get("file_path"))
        try:
            stream = self._session.stream_content(self._server.file_url(self._bot.token, path), timeout=TRANSFER)
            async with aclosing(stream) as chunks:
                async for chunk in capped(chunks, self.limits.fetch):
                    yield chunk
            return
        except Exception as error:
            failed = refusal(error)
        raise failed

    async def look(self) -> list[Finding]:
        """Token, webhook, what waits, clock."""
        me, hook = await self._call("getMe"), await self._call("getWebhookInfo")
        found = [Finding(True, f"токен подходит, бот @{me.get('username')}")]
        found += webhook(self._hook, [hook.get("url")], stray=None)
        if waiting := hook.get("pending_update_count"):
            last = f", последняя ошибка: {hook['last_error_message']}" if hook.get("last_error_message") else ""
            found.append(Finding(None, f"ждут доставки: {waiting}{last}"))
        return found + await clock_of(await self._session.create_session(), self._settings.api_url)

    async def close(self) -> None:
        """Give back the connections."""
        await self._session.close()

    async def _call(self, name: str, seconds: int | None = None, **parameters: Any) -> Any:
        """One call of the Bot API, its answer as it came. Raises a ChannelError that holds nothing of the original."""
        try:
            return await self._bot(_method(name)(**parameters), request_timeout=seconds)
        except Exception as error:
            failed = refusal(error)
        raise failed


def _number(answer: Any) -> str:
    # Sent is sent: an answer without a number must not make the outbox say it again.
    return str(as_dict(answer).get("message_id", ""))


def _drawn(button: Button) -> dict[str, str]:
    return {"text": button.title} | ({"url": button.url} if button.url else {"callback_data": button.payload})
