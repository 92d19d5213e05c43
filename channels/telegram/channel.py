"""The door to Telegram: one Channel over aiogram's client, whose own polling, webhook and dispatcher are not used."""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import TelegramMethod
from aiogram.types import FSInputFile
from aiohttp import ClientTimeout

from channels.base import Features, Finding, Happening, HookCall, HookReply, Limits, OutFile, Part, Received, RemoteFile
from channels.errors import ChannelError, Misconfigured, Rejected
from channels.telegram import Settings
from channels.telegram.parse import WANTED, key, parse
from channels.telegram.refusals import refusal

PHOTO = 10_000_000
"""Bytes of the largest picture that is sent as one; more goes as a document."""
TRANSFER = 120
"""Seconds that one file may take, either way."""
TOO_BIG = "файл больше, чем Telegram отдаёт ботам"


@lru_cache(maxsize=32)
def _method(name: str) -> Any:
    """A method whose answer stays as it came: one odd update, or a field aiogram does not know, must not spoil the rest."""
    metaclass: Any = type(TelegramMethod)
    body = {"__module__": __name__, "__returning__": Any, "__api_method__": name}
    return metaclass(name, (TelegramMethod,), body)


class Telegram:
    """Telegram; see Channel. `hook` is the address of our webhook, empty for long polling. A peer is a private chat's id."""

    name, title = "telegram", "Telegram"
    limits = Limits(4096, "utf16", 1024, 10, 3, 30, 40, per_second=25.0, file=50_000_000, fetch=20_000_000)
    key = staticmethod(key)

    def __init__(self, settings: Settings, token: str, hook: str, secret: str) -> None:
        """Raises Misconfigured for a proxy that none can be."""
        self.features = Features(True, True, True, True, True, True, settings.personal_data)
        self._settings, self._hook, self._secret, self.polls = settings, hook, secret, not hook
        self._server = TelegramAPIServer.from_base(settings.api_url)
        try:
            proxy = settings.proxy.get_secret_value() or None
            self._session = AiohttpSession(proxy, api=self._server, timeout=settings.timeout)
        except ValueError:
            words = "OTKLIK_TELEGRAM_PROXY: нужен вид http://… или socks5://имя:пароль@адрес:порт"
            raise Misconfigured("proxy", words) from None
        self._bot = Bot(token, self._session)

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
        events = await self._call("getUpdates", seconds, offset=offset, timeout=wait, allowed_updates=WANTED)
        for event in events:
            number = event.get("update_id")
            offset = number + 1 if isinstance(number, int) else offset + 1
        return Received(events, str(offset) if events else cursor)

    def webhook(self, call: HookCall) -> HookReply:
        """403 without our secret, 400 for a body that is no JSON object."""
        given = call.headers.get("x-telegram-bot-api-secret-token", "").encode(errors="replace")
        if not self._hook or not hmac.compare_digest(given, self._secret.encode()):
            return HookReply(403)
        try:
            event = json.loads(call.body)
        except (ValueError, RecursionError):
            event = None
        return HookReply(events=(event,)) if isinstance(event, dict) else HookReply(400)

    def parse(self, event: dict[str, Any]) -> list[Happening]:
        """See channels.telegram.parse."""
        return parse(event, self._bot.id)

    async def send(self, peer: str, part: Part, key: int) -> str:
        """Telegram knows no idempotency key. Plain text without a preview, which would open a one-time link."""
        shown = [
            [{"text": b.title} | ({"url": b.url} if b.url else {"callback_data": b.payload}) for b in r]
            for r in part.rows
        ]
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
        if kind and file.path.stat().st_size <= PHOTO:
            with suppress(
                Rejected
            ):  # a picture of odd proportions still is a document; what else is wrong is told below
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
        left = self.limits.fetch
        if (file.size or 0) > left:
            raise Rejected("file_too_big", TOO_BIG)
        path = str((await self._call("getFile", file_id=file.id)).get("file_path"))
        try:
            stream = self._session.stream_content(self._server.file_url(self._bot.token, path), timeout=TRANSFER)
            async with aclosing(stream) as chunks:
                async for chunk in chunks:
                    left -= len(chunk)
                    if left < 0:
                        raise Rejected("file_too_big", TOO_BIG)
                    yield chunk
            return
        except Exception as error:
            failed = refusal(error)
        raise failed

    async def check(self) -> list[Finding]:
        """Token, webhook, what waits, clock."""
        try:
            me, hook = await self._call("getMe"), await self._call("getWebhookInfo")
        except ChannelError as error:
            return [Finding(False, error.words)]
        found, set_ = [Finding(True, f"токен подходит, бот @{me.get('username')}")], hook.get("url")
        if self._hook:
            words = "стоит" if set_ == self._hook else "не стоит: запустите помощника"
            found.append(Finding(set_ == self._hook, f"вебхук {self._hook} {words}"))
        elif set_:
            found.append(Finding(None, "у бота стоит вебхук, опрос с ним невозможен: запуск помощника его снимет"))
        if waiting := hook.get("pending_update_count"):
            last = f", последняя ошибка: {hook['last_error_message']}" if hook.get("last_error_message") else ""
            found.append(Finding(None, f"ждут доставки: {waiting}{last}"))
        with suppress(Exception):  # no answer, no remark
            web = await self._session.create_session()
            async with web.head(self._settings.api_url, timeout=ClientTimeout(5)) as answer:
                ahead = round(time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp())
            words = f"расходятся на {ahead} с" if abs(ahead) > 60 else "верны"
            found.append(Finding(abs(ahead) <= 60, f"часы этого компьютера {words}"))
        return found

    async def close(self) -> None:
        """Give back the connections."""
        await self._session.close()

    async def _call(self, name: str, seconds: int | None = None, **parameters: Any) -> Any:
        """One call of the Bot API, its answer as it came. Raises a ChannelError that holds nothing of the original."""
        method = _method(name)(**parameters)
        try:
            return await self._bot(method, request_timeout=seconds)
        except Exception as error:
            failed = refusal(error)
        raise failed


def _number(answer: Any) -> str:
    # Sent is sent: an answer without a number must not make the outbox say it again.
    return str((answer or {}).get("message_id", ""))
