"""How MAX's servers refuse, how its files are fetched, and what its keyboards look like."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
)
from maxapi.client.ssl import create_default_ssl_context
from maxapi.exceptions import MaxError

from bot.messages import Button
from channels.errors import Blocked, Misconfigured, Rejected, Retry

OURS = re.compile(r"https://([a-z\d-]+\.)+(max\.ru|oneme\.ru|okcdn\.ru|mycdn\.me)/", re.ASCII | re.IGNORECASE)
"""Where MAX keeps citizens' files. An event may name any address; others are not asked."""
LOST = (MaxError, ClientError, OSError)  # a TimeoutError is an OSError


async def refuse(response: ClientResponse) -> None:
    """aiohttp's `raise_for_status`, because maxapi's errors drop the Retry-After header. Raises a ChannelError."""
    status, path, pause = response.status, response.url.path, response.headers.get("Retry-After", "")
    if status < 400:
        return
    try:
        code = str(json.loads(await response.content.read(10_000))["code"])[:60]
    except (*LOST, ValueError, LookupError, TypeError):
        code = f"http_{status}"
    response.close()
    if code == "attachment.not.ready":
        raise Retry(code, 1.0, "MAX ещё обрабатывает файл", peer_only=True)
    if status == 429 or status >= 500:
        after = float(pause) if re.fullmatch(r"\d{1,4}(\.\d+)?", pause) else None
        raise Retry(code, after, f"MAX просит подождать ({code})")
    if status == 401:
        raise Misconfigured(code, "MAX не принимает токен: проверьте OTKLIK_MAX_TOKEN")
    # Only in MAX's own words: a proxy's 404 page must not count as a thousand citizens who left.
    if status in (403, 404) and path.endswith(("/messages", "/actions")) and not code.startswith("http_"):
        raise Blocked(code, "Гражданин остановил бота, удалил диалог или ещё не начинал его")
    if status in (403, 404, 405) and path.endswith(("/me", "/updates", "/subscriptions", "/uploads", "/messages")):
        raise Misconfigured(code, f"MAX не даёт боту работать ({code}): проверьте модерацию и OTKLIK_MAX_API_URL")
    raise Rejected(code, f"MAX не принял запрос ({code})")


async def download(address: str, home: str, limit: int) -> AsyncIterator[bytes]:
    """A file in chunks, asked for without our token. Files may lie at `home`, the API's address, only if that is loopback.

    Raises Rejected for any other address that is not MAX's own, and as soon as more than `limit` bytes came.
    """

    def guard(url: str) -> None:
        if not OURS.match(url) and not (home.startswith("http:") and url.startswith(f"{home}/")):
            raise Rejected("foreign_host", "Файл лежит не на серверах MAX")

    async def guarded(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        guard(str(request.url))  # a redirect comes through here as well
        return await handler(request)

    guard(address)
    trust = await asyncio.to_thread(create_default_ssl_context)  # reads a pile of certificates
    session = ClientSession(connector=TCPConnector(ssl=trust), middlewares=(guarded,), raise_for_status=refuse)
    try:
        async with session, session.get(address, timeout=ClientTimeout(120)) as response:
            async for chunk in response.content.iter_chunked(65536):
                limit -= len(chunk)
                if limit < 0:
                    raise Rejected("file_too_big", "Файл из MAX больше, чем мы принимаем")
                yield chunk
    except LOST as error:
        raise Retry("no_file", words=f"Файл из MAX не скачался ({type(error).__name__})") from None


def keyboard(rows: tuple[tuple[Button, ...], ...]) -> dict[str, Any]:
    """Buttons as MAX's attachment. A row with a link holds three at most, so a longer one is broken."""
    shown: list[list[dict[str, str]]] = []
    for row in rows:
        drawn = [{"type": "link", "url": b.url} if b.url else {"type": "callback", "payload": b.payload} for b in row]
        named = [{"text": button.title} | look for button, look in zip(row, drawn, strict=True)]
        width = 3 if any(button.url for button in row) else 7
        shown += [named[at : at + width] for at in range(0, len(named), width)]
    return {"type": "inline_keyboard", "payload": {"buttons": shown}}
