"""VK as a channel: news, webhook calls, sends, files, and what the doctor asks."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Sequence
from typing import Any

from vk_api import VkUpload  # type: ignore[import-untyped]

from bot.messages import Button
from channels.base import Features, Finding, HookCall, HookReply, Limits, OutFile, Part, Received
from channels.download import Hosts
from channels.errors import Misconfigured, Rejected
from channels.findings import clock
from channels.hooks import same
from channels.messenger import Messenger
from channels.raw import json_object, objects
from channels.vk import Settings
from channels.vk.api import HOSTS, Api
from channels.vk.parse import key, parse
from channels.web import Web, no_answer

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
        if button.url:
            return {"type": "open_link", "label": button.title, "link": button.url}
        return {"type": "text", "label": button.title, "payload": json.dumps({"p": button.payload})}

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


class Vk(Messenger):
    """VK; see Channel. `hook` is the address of our webhook, empty for long polling. A peer is a `peer_id`."""

    name, title = "vk", "ВКонтакте"
    # VK does not say what its 4096 counts; UTF-16 units are the stricter reading.
    limits = Limits(4096, "utf16", 4096, 6, 5, 10, 40, per_second=20, per_peer=2, file=50_000_000, fetch=20_000_000)
    features = Features(True, True, True, voice=True, typing=True, edit=True, personal_data=True, idempotent_send=True)
    key, parse = staticmethod(key), staticmethod(parse)

    def __init__(self, settings: Settings, hook: str) -> None:
        super().__init__(hook, settings.secret, Hosts(HOSTS, settings.api_url))
        self._settings, self._group = settings, {"group_id": settings.group_id}
        self._api, self._web = Api(settings.token, self._hosts), Web(settings.api_url)
        self._server: dict[str, Any] = {}

    async def open(self) -> None:
        """Check the key, and for polling that VK offers it; the webhook's address is entered by an administrator."""
        await (self._connect() if self.polls else self._api.call("groups.getById", **self._group))

    async def _connect(self) -> dict[str, Any]:
        try:
            return dict(await self._api.call("groups.getLongPollServer", **self._group))
        except Rejected as error:
            words = "ВКонтакте: включите «Работа с API» → «Long Poll API» и проверьте номер сообщества."
            raise Misconfigured(error.code, words) from None

    async def receive(self, cursor: str | None) -> Received:
        """The cursor is VK's `ts`; the server to ask and its key are VK's to change at any time."""
        wait = self._settings.wait
        for _ in range(2):
            server, self._server = self._server or await self._connect(), {}
            try:
                query = {"act": "a_check", "key": server["key"], "ts": cursor or str(server["ts"]), "wait": str(wait)}
                # Not through the threads: a thread that waits for news would hold up the end of the process.
                news = await self._web.json(server["server"], query, wait + 10)
                # 1: older events are gone, go on from this `ts`; 2: the key has aged; 3: ask for both anew.
                if (failed := news.get("failed", 0)) < 2:
                    found, self._server = Received(objects(news.get("updates")), str(news["ts"])), server
                    return found
            except (Rejected, LookupError, TypeError, AttributeError):
                raise no_answer("long_poll") from None
            cursor = cursor if failed == 2 else None
        raise no_answer("long_poll")

    def webhook(self, call: HookCall) -> HookReply:
        """400 for a body that is no JSON object, 403 for strangers; VK's trial call gets the community's string."""
        if (event := json_object(call.body)) is None:
            return HookReply(400)
        secret = event.pop("secret", None)
        if self.polls or event.get("group_id") != self._settings.group_id:
            return HookReply(403)
        if event.get("type") == "confirmation":
            return HookReply(200, self._settings.confirmation)
        return HookReply(200, "ok", (event,)) if same(secret, self._secret) else HookReply(403)

    async def send(self, peer: str, part: Part, key: int) -> str:
        """VK drops a second message with the same `random_id`, and answers with the id of the first."""
        values = {"peer_id": peer, "random_id": random_id(key), "message": part.text}
        values |= {"keyboard": keyboard(part.rows)} if part.rows else {}
        if file := part.file:
            values["attachment"] = await self._api.run(lambda client: upload(client, peer, file))
        return str(await self._api.call("messages.send", **values, dont_parse_links=1, disable_mentions=1))

    async def typing(self, peer: str) -> None:
        """Shown for ten seconds or until the next message."""
        await self._api.call("messages.setActivity", peer_id=peer, type="typing")

    async def look(self) -> list[Finding]:
        """Key, its rights, where news come from, clock."""
        call = self._api.call
        name = (await call("groups.getById", **self._group))["groups"][0]["name"]
        held = {right["name"] for right in (await call("groups.getTokenPermissions"))["permissions"]}
        lacking = ", ".join(words for right, words in _RIGHTS.items() if right not in held)
        rights = Finding(not lacking, f"у ключа нет прав: {lacking}" if lacking else "права у ключа есть")
        news = await (self._long_poll() if self.polls else self._callback())
        ahead = time.time() - await call("utils.getServerTime")
        return [Finding(True, f"ключ работает, сообщество «{name}»"), rights, news, clock(ahead)]

    async def _long_poll(self) -> Finding:
        state = await self._api.call("groups.getLongPollSettings", **self._group)
        off = ", ".join(words for event, words in _EVENTS.items() if not state["events"].get(event))
        words = f"не отмечены события: {off}" if off else "нужные события отмечены"
        is_on = bool(state["is_enabled"])
        return Finding(is_on and not off, f"Long Poll API {'включён' if is_on else 'выключен'}, {words}")

    async def _callback(self) -> Finding:
        servers = (await self._api.call("groups.getCallbackServers", **self._group))["items"]
        status = next((server["status"] for server in servers if server["url"] == self._hook), "")
        return Finding(status == "ok", f"адрес {self._hook} в Callback API {_STATES.get(status, 'не указан')}")

    async def close(self) -> None:
        """Give back the connections."""
        self._api.close()
        await self._web.close()
