"""VK as a channel: news, webhook calls, sends, files, and what the doctor asks."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
from vk_api import VkUpload  # type: ignore[import-untyped]

from bot.messages import Button
from channels.base import Features, Finding, Happening, HookCall, HookReply, Limits, OutFile, Part, Received, RemoteFile
from channels.errors import ChannelError, Misconfigured, Rejected
from channels.vk import LOCAL, Settings
from channels.vk.api import Api, retry
from channels.vk.parse import parse

_RIGHTS = {"manage": "управление сообществом", "messages": "сообщения", "photos": "фотографии", "docs": "документы"}
_EVENTS = {"message_new": "входящее сообщение", "message_edit": "редактирование", "message_deny": "запрет сообщений"}
_STATES = {"ok": "подтверждён", "unconfigured": "не подтверждён", "wait": "проверяется", "failed": "не отвечает"}


def random_id(key: int) -> int:
    """VK's idempotency key: 32 bits with sign, never 0. Keys counted one by one stay apart for four billion messages."""
    value = key % (2**32 - 1) + 1
    return value if value < 2**31 else value - 2**32


def keyboard(rows: Sequence[Sequence[Button]]) -> str:
    """Buttons under the message itself, as VK wants them; a press comes back as a message with our payload."""

    def action(button: Button) -> dict[str, str]:
        kind = {"type": "open_link", "link": button.url} if button.url else {"type": "text"}
        return kind | {"label": button.title} | ({} if button.url else {"payload": json.dumps({"p": button.payload})})

    return json.dumps({"inline": True, "buttons": [[{"action": action(b)} for b in row] for row in rows]})


def upload(client: Any, peer: str, file: OutFile) -> str:
    """Give VK a file for a message and return its `attachment`: JPEG and PNG as a photo, all else as a document."""
    uploader, content = VkUpload(client), io.BytesIO(file.path.read_bytes())
    uploader.http, content.name = client.http, file.name
    if photo := file.media_type in ("image/jpeg", "image/png"):
        saved = uploader.photo_messages(content, peer_id=peer)[0]
    else:
        saved = uploader.document_message(content, title=file.name, peer_id=peer)["doc"]
    names = (str(saved[name]) for name in ("owner_id", "id", "access_key") if saved.get(name))
    return ("photo" if photo else "doc") + "_".join(names)


class Vk:
    """Satisfies `channels.base.Channel`."""

    name, title = "vk", "ВКонтакте"
    # VK does not say what its 4096 counts; UTF-16 units are the stricter reading.
    limits = Limits(
        text=4096, units="utf16", caption=4096, rows=6, per_row=5, buttons=10, label=40, per_second=20, per_peer=2,
        file=50_000_000, fetch=20_000_000
    )  # fmt: skip
    features = Features(True, True, True, voice=True, typing=True, edit=True, personal_data=True, idempotent_send=True)

    def __init__(self, settings: Settings, public_url: str) -> None:
        self._settings, self._hook = settings, f"{public_url.rstrip('/')}/hooks/vk"
        self.polls, self._group = settings.receive == "poll", {"group_id": settings.group_id}
        self._api, self._server = Api(settings), {}  # type: ignore[var-annotated]
        self._web: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        await (self._connect() if self.polls else self._api.call("groups.getById", **self._group))

    async def _connect(self) -> dict[str, Any]:
        try:
            return dict(await self._api.call("groups.getLongPollServer", **self._group))
        except Rejected as error:
            words = "ВКонтакте: включите «Работа с API» → «Long Poll API» и проверьте номер сообщества."
            raise Misconfigured(error.code, words) from None

    async def receive(self, cursor: str | None) -> Received:
        # Not through the threads: a thread that waits for news would hold up the end of the process.
        self._web = self._web or aiohttp.ClientSession(trust_env=not re.match(LOCAL, self._settings.api_url))
        wait = self._settings.wait
        for _ in range(2):
            server, self._server = self._server or await self._connect(), {}
            try:
                query = {"act": "a_check", "key": server["key"], "ts": cursor or str(server["ts"]), "wait": str(wait)}
                limit = aiohttp.ClientTimeout(wait + 10)
                async with self._web.get(server["server"], params=query, timeout=limit) as response:
                    news = await response.json(content_type=None)
                # 1: older events are gone, go on from this `ts`; 2: the key has aged; 3: ask for both anew.
                if (failed := news.get("failed", 0)) < 2:
                    events = [e if isinstance(e, dict) else {"malformed": e} for e in news.get("updates", [])]
                    found, self._server = Received(events, str(news["ts"])), server
                    return found
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError, LookupError, TypeError, AttributeError):
                raise retry("long_poll") from None
            cursor = cursor if failed == 2 else None
        raise retry("long_poll")

    def webhook(self, call: HookCall) -> HookReply:
        try:
            event = json.loads(call.body)
            secret = str(event.pop("secret", "")).encode("utf-8", "surrogatepass")
        except (ValueError, TypeError, AttributeError, RecursionError):
            return HookReply(400)
        if self.polls or event.get("group_id") != self._settings.group_id:
            return HookReply(403)
        if event.get("type") == "confirmation":
            return HookReply(200, self._settings.confirmation)
        right = hmac.compare_digest(secret, self._settings.secret.encode())
        return HookReply(200, "ok", (event,)) if right else HookReply(403)

    def key(self, event: dict[str, Any]) -> str:
        given = event.get("event_id")
        if isinstance(given, str) and 0 < len(given) <= 120:
            return given
        return hashlib.sha256(json.dumps(event, sort_keys=True, default=str).encode()).hexdigest()

    def parse(self, event: dict[str, Any]) -> list[Happening]:
        return parse(event)

    async def send(self, peer: str, part: Part, key: int) -> str:
        values = {"peer_id": peer, "random_id": random_id(key), "message": part.text}
        values |= {"keyboard": keyboard(part.rows)} if part.rows else {}
        if file := part.file:
            values["attachment"] = await self._api.run(lambda client: upload(client, peer, file))
        return str(await self._api.call("messages.send", **values, dont_parse_links=1, disable_mentions=1))

    async def typing(self, peer: str) -> None:
        await self._api.call("messages.setActivity", peer_id=peer, type="typing")

    async def answered(self, callback: str) -> None:
        """Nothing to do: our buttons send messages, which VK does not wait to see answered."""

    async def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        response = await self._api.run(lambda client: client.http.get(file.id, stream=True))
        try:
            chunks, size = response.iter_content(65536), 0
            while chunk := await self._api.run(lambda _: next(chunks, b"")):
                size += len(chunk)
                if size > self.limits.fetch:
                    raise Rejected("too_large")
                yield chunk
        finally:
            response.close()

    async def check(self) -> list[Finding]:
        try:
            return [Finding(well, f"ВКонтакте: {words}.") for well, words in await self._state()]
        except ChannelError as error:
            return [Finding(False, error.words)]
        except (LookupError, TypeError, AttributeError, ValueError):
            return [Finding(None, "ВКонтакте отвечает не так, как описано: проверьте настройки сообщества сами.")]

    async def _state(self) -> list[tuple[bool, str]]:
        call = self._api.call
        name = (await call("groups.getById", **self._group))["groups"][0]["name"]
        held = {right["name"] for right in (await call("groups.getTokenPermissions"))["permissions"]}
        lacking = ", ".join(words for right, words in _RIGHTS.items() if right not in held)
        if self.polls:
            state = await call("groups.getLongPollSettings", **self._group)
            off = ", ".join(words for event, words in _EVENTS.items() if not state["events"].get(event))
            words = f"не отмечены события: {off}" if off else "нужные события отмечены"
            news = (
                state["is_enabled"] and not off,
                f"Long Poll API {'включён' if state['is_enabled'] else 'выключен'}, {words}",
            )
        else:
            servers = (await call("groups.getCallbackServers", **self._group))["items"]
            status = next((server["status"] for server in servers if server["url"] == self._hook), "")
            news = (status == "ok", f"адрес {self._hook} в Callback API {_STATES.get(status, 'не указан')}")
        ahead = round(time.time() - await call("utils.getServerTime"))
        return [
            (True, f"ключ работает, сообщество «{name}»"),
            (not lacking, f"у ключа нет прав: {lacking}" if lacking else "права у ключа есть"),
            news,
            (abs(ahead) <= 60, f"часы этого компьютера {f'расходятся на {ahead} с' if abs(ahead) > 60 else 'верны'}"),
        ]

    async def close(self) -> None:
        self._api.close()
        if self._web:
            await self._web.close()
