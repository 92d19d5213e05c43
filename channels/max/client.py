"""How MAX's servers refuse, where its files lie, and what its keyboards look like."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import ClientResponse
from maxapi.exceptions import MaxError

from bot.messages import Button
from channels import web
from channels.errors import Blocked, Misconfigured, Rejected, Retry

HOSTS = ("max.ru", "oneme.ru", "okcdn.ru", "mycdn.me")
LOST = (MaxError, *web.LOST)


async def refuse(response: ClientResponse) -> None:
    """aiohttp's `raise_for_status`, because maxapi's errors drop the Retry-After header. Raises a ChannelError."""
    status, path = response.status, response.url.path
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
        raise web.no_answer(code, web.pause(response))
    if status == 401:
        raise Misconfigured(code, "MAX не принимает токен: проверьте OTKLIK_MAX_TOKEN")
    # Only in MAX's own words: a proxy's 404 page must not count as a thousand citizens who left.
    if status in (403, 404) and path.endswith(("/messages", "/actions")) and not code.startswith("http_"):
        raise Blocked(code, "Гражданин остановил бота, удалил диалог или ещё не начинал его")
    if status in (403, 404, 405) and path.endswith(("/me", "/updates", "/subscriptions", "/uploads", "/messages")):
        raise Misconfigured(code, f"MAX не даёт боту работать ({code}): проверьте модерацию и OTKLIK_MAX_API_URL")
    raise Rejected(code, f"MAX не принял запрос ({code})")


def keyboard(rows: tuple[tuple[Button, ...], ...]) -> dict[str, Any]:
    """Buttons as MAX's attachment. A row with a link holds three at most, so a longer one is broken."""
    shown: list[list[dict[str, str]]] = []
    for row in rows:
        drawn = [{"type": "link", "url": b.url} if b.url else {"type": "callback", "payload": b.payload} for b in row]
        named = [{"text": button.title} | look for button, look in zip(row, drawn, strict=True)]
        width = 3 if any(button.url for button in row) else 7
        shown += [named[at : at + width] for at in range(0, len(named), width)]
    return {"type": "inline_keyboard", "payload": {"buttons": shown}}
