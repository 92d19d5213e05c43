"""VK's API, Bots Long Poll, Callback API and upload servers over loopback, with the refusals of the real ones."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp
from aiohttp import web

from benchmarks.fakes.base import FakeServer, Fault, Sent

TEXT, LABEL, PAYLOAD = 4096, 40, 255
INLINE, BELOW = (6, 5, 10), (10, 5, 40)
"""Rows, buttons a row, and buttons altogether: of a keyboard inside the message, and of one below the input field."""
UPLOAD = {"photo": 50_000_000, "doc": 200_000_000}
_MESSAGES = {
    3: "Unknown method passed",
    5: "User authorization failed: invalid access_token (4).",
    6: "Too many requests per second",
    8: "Invalid request: v (version) is required",
    9: "Flood control",
    15: "Access denied: no access to call this method",
    901: "Can't send messages for users without permission",
    911: "Keyboard format is invalid",
    914: "Message is too long",
    917: "You don't have access to this chat",
}
_FAULTS = {"messages.send": "send", "messages.setActivity": "typing"}
_FILE = re.compile(r"https://[\w.-]+/(?:[^\"\s]*/)?(file-\d+)\b[^\"\s]*")


class Refused(Exception):
    """VK's error answer."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words or _MESSAGES.get(code) or "One of the parameters specified was missing or invalid"


@dataclass
class FakeVk(FakeServer):
    """A community with one bot. `peers` may be written to: who wrote first, or allowed it.

    `failed`: what the next long polls answer instead of news (1, 2, 3). `rights` are the token's. `ahead` is how far VK's clock
    is ahead, in seconds. `callback_url` and `callback_status` are what the community's Callback API says of our address.
    """

    group_id: int = 240000001
    secret: str = ""
    confirmation: str = "c0ff1e42"
    peers: set[str] = field(default_factory=set)
    answered: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    posts: list[tuple[int, str]] = field(default_factory=list)
    """Status and body of every answer of our webhook."""
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a long poll has come in."""
    met: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a call has met its fault."""
    redirects: dict[str, str] = field(default_factory=dict)
    """File ids that lead to another address."""
    failed: deque[int] = field(default_factory=deque)
    rights: set[str] = field(default_factory=lambda: {"manage", "messages", "photos", "docs"})
    long_poll: bool = True
    settings: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(["message_new", "message_edit", "message_allow", "message_deny"], 1)
    )
    ahead: float = 0.0
    callback_url: str = ""
    callback_status: str = "unconfigured"

    def __post_init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.polls: list[str] = []
        self._first, self._busy_until = 1000, 0.0
        self._key, self._numbers, self._more = secrets.token_hex(20), count(1), asyncio.Event()
        self._by_random: dict[int, int] = {}
        self._cmids: dict[str, int] = {}
        self._uploads: dict[str, tuple[str, str, bytes]] = {}
        self._attachments: dict[str, tuple[str, bytes]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # What the tests do

    def say(self, peer: str, text: str, **more: Any) -> str:
        """A citizen writes; `more` goes into the message (`payload`, `attachments`, `ref` …). Returns `<peer>.<number>`."""
        number = self._cmid(peer)
        message = {
            "date": int(time.time()), "from_id": int(peer), "id": next(self._numbers), "version": 10000000 + number,
            "out": 0, "important": False, "is_hidden": False, "attachments": [], "conversation_message_id": number,
            "fwd_messages": [], "text": _escaped(text), "peer_id": int(peer), "random_id": 0,
        } | more  # fmt: skip
        info = {"button_actions": ["text", "open_link", "callback"], "keyboard": True, "inline_keyboard": True,
                "carousel": True, "lang_id": 0}  # fmt: skip
        self.happens("message_new", {"message": message, "client_info": info})
        return f"{peer}.{number}"

    def press(self, sent: Sent, row: int = 0, column: int = 0) -> None:
        """A citizen presses a text button: VK sends its title as her message, with the payload."""
        button = sent.buttons[row][column]
        if "payload" not in button:
            raise ValueError("a link button tells the bot nothing")
        self.say(sent.peer, button["title"], payload=json.dumps({"p": button["payload"]}))

    def happens(self, kind: str, body: dict[str, Any]) -> None:
        """An event of any type, with an id of its own."""
        self.push(
            {"group_id": self.group_id, "type": kind, "event_id": secrets.token_hex(20), "v": "5.199", "object": body}
        )

    def push(self, event: dict[str, Any]) -> None:
        """As in the base. Addresses of files `file-1` … are turned to this server; who writes may be written to."""
        event = json.loads(
            _FILE.sub(lambda found: f"{self.url}/file/{found[1]}", json.dumps(event, ensure_ascii=False))
        )
        body = event.get("object")
        message = body.get("message", body) if isinstance(body, dict) else {}
        who = (message.get("peer_id") or message.get("user_id")) if isinstance(message, dict) else None
        if isinstance(who, int):
            (self.peers.discard if event.get("type") == "message_deny" else self.peers.add)(str(who))
            number = message.get("conversation_message_id")
            self._cmids[str(who)] = max(self._cmids.get(str(who), 0), number if isinstance(number, int) else 0)
        if self.webhook:
            task = asyncio.ensure_future(self._deliver(event, str(who)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self.events.append(event)
            self._more.set()

    def forget(self, events: int) -> None:
        """Drop the oldest events, as VK does with what nobody fetched in time."""
        self._first += events
        del self.events[:events]

    def expire_key(self) -> None:
        """The long poll's key is not valid any more; who holds a request keeps it to its end."""
        self._key = secrets.token_hex(20)

    async def confirm(self) -> str:
        """What VK does when an administrator presses «Подтвердить»; returns the answer of our webhook."""
        call = {"type": "confirmation", "group_id": self.group_id, "event_id": secrets.token_hex(20), "v": "5.199"}
        _, body = await self._post(call)
        self.callback_url = self.webhook or ""
        self.callback_status = "ok" if body == self.confirmation else "failed"
        return body

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._more.set()
        await super().stop()

    # The Callback API

    async def _deliver(self, event: dict[str, Any], peer: str) -> None:
        async with self._locks.setdefault(peer, asyncio.Lock()):
            taken = await self._post(event)
        attempt = 0
        while taken != (200, "ok"):
            await asyncio.sleep(min(5.0, 0.2 * 2**attempt))
            attempt += 1
            taken = await self._post(event, attempt)

    async def _post(self, event: dict[str, Any], attempt: int = 0) -> tuple[int, str]:
        body = event | ({"secret": self.secret} if self.secret else {})
        headers = {"X-Retry-Counter": str(attempt)} if attempt else {}
        try:
            async with aiohttp.request("POST", str(self.webhook), json=body, headers=headers) as response:
                answer = response.status, (await response.text())[:200]
        except (aiohttp.ClientError, TimeoutError, OSError):
            answer = 0, ""
        self.posts.append(answer)
        return answer

    # The server

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/method/{method}", self._method)
        app.router.add_get("/lp/wh", self._long_poll)
        app.router.add_post("/upload/{kind}/{ticket}", self._upload)
        app.router.add_get("/file/{id}", self._file)

    async def _met(self, fault: Fault | None, request: web.Request) -> web.Response | None:
        """The answer a fault puts in place of the real one; None when there is none, or it comes after the deed."""
        if fault is not None:
            self.met.set()
        if fault is None or fault.kind == "cut":
            return None
        if fault.kind == "timeout":
            await asyncio.sleep(fault.after)
            _drop(request)
        if fault.kind == "500":
            return web.Response(
                status=500, text="<html><body>Internal Server Error</body></html>", content_type="text/html"
            )
        if fault.kind == "429":
            # VK names no pause: it simply goes on refusing for so long.
            self._busy_until = time.monotonic() + fault.after
        return _error(9 if fault.kind == "flood" else 6)

    async def _method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        fault = self.fault(_FAULTS.get(name, name))
        if (answer := await self._met(fault, request)) is not None:
            return answer
        if name == "messages.send" and time.monotonic() < self._busy_until:
            return _error(6)
        given = {key: str(value) for key, value in (await request.post()).items()}
        method: Callable[[dict[str, str]], Any] | None = getattr(self, "_" + name.replace(".", "_"), None)
        try:
            if given.get("access_token") != self.token:
                raise Refused(5)
            if not re.fullmatch(r"5\.\d+", given.get("v", "")):
                raise Refused(8)
            if method is None or "." not in name:
                raise Refused(3)
            value = method(given)
        except Refused as refused:
            return _error(refused.code, refused.words, name)
        if fault is not None:
            _drop(request)
        return web.json_response({"response": value})

    async def _long_poll(self, request: web.Request) -> web.StreamResponse:
        fault = self.fault("receive")
        if (answer := await self._met(fault, request)) is not None:
            return answer
        ts, wait = request.query.get("ts", ""), float(request.query.get("wait", "25"))
        self.polls.append(ts)
        self.polled.set()
        if self.failed:
            code = self.failed.popleft()
            return web.json_response({"failed": code} | ({"ts": str(self._last())} if code == 1 else {}))
        if request.query.get("act") != "a_check" or request.query.get("key") != self._key:
            return web.json_response({"failed": 2})
        if not ts.isdigit() or not self._first <= int(ts) <= self._last():
            return web.json_response({"failed": 1, "ts": self._first})
        end = time.monotonic() + min(wait, 90)
        while self._last() == int(ts) and (left := end - time.monotonic()) > 0:
            self._more.clear()
            try:
                await asyncio.wait_for(self._more.wait(), left)
            except TimeoutError:
                break
            if request.transport is None:
                _drop(request)
        if fault is not None:
            _drop(request)
        return web.json_response({"ts": str(self._last()), "updates": self.events[max(0, int(ts) - self._first) :]})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        kind, ticket = request.match_info["kind"], request.match_info["ticket"]
        part = next(iter((await request.post()).values()), None)
        if ticket not in self._uploads or not isinstance(part, web.FileField):
            return web.json_response({"error": "no_file", "error_descr": "no file found"})
        content = part.file.read()
        if len(content) > UPLOAD[kind] or not content:
            return web.json_response({"error": "file_size", "error_descr": "wrong file size"})
        self._uploads[ticket] = (kind, part.filename, content)
        if kind == "photo":
            good = content.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8"))
            return web.json_response(
                {"server": 900001, "photo": json.dumps([ticket] if good else []), "hash": ticket[:18]}
            )
        return web.json_response({"file": f"{self.group_id}|0|0|900001|{ticket}"})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        fault = self.fault("fetch")
        if (answer := await self._met(fault, request)) is not None:
            return answer
        if request.match_info["id"] in self.redirects:
            raise web.HTTPFound(self.redirects[request.match_info["id"]])
        content = self.files.get(request.match_info["id"])
        if content is None:
            return web.Response(status=404)
        if fault is not None:
            _drop(request)
        return web.Response(body=content, content_type="application/octet-stream")

    # Methods: the name is the real one with `_` for the dot

    def _groups_getById(self, given: dict[str, str]) -> Any:
        self._own(given)
        return {"groups": [{"id": self.group_id, "name": "Мои документы", "screen_name": f"club{self.group_id}",
                            "is_closed": 0, "type": "group"}], "profiles": []}  # fmt: skip

    def _groups_getTokenPermissions(self, given: dict[str, str]) -> Any:
        bits = {"photos": 4, "messages": 4096, "docs": 131072, "manage": 262144}
        held = [{"name": name, "setting": bits[name]} for name in sorted(self.rights)]
        return {"mask": sum(bits[name] for name in self.rights), "permissions": held}

    def _groups_getLongPollServer(self, given: dict[str, str]) -> Any:
        self._own(given, "manage")
        if not self.long_poll:
            raise Refused(
                100, "One of the parameters specified was missing or invalid: longpoll for this group is not enabled"
            )
        # VK says «from now on». Before anybody has ever looked that would make tests a race between opening and writing.
        return {"key": self._key, "server": f"{self.url}/lp/wh", "ts": str(self._last() if self.polls else self._first)}

    def _groups_getLongPollSettings(self, given: dict[str, str]) -> Any:
        self._own(given, "manage")
        return {"api_version": "5.199", "is_enabled": self.long_poll, "events": self.settings}

    def _groups_getCallbackServers(self, given: dict[str, str]) -> Any:
        self._own(given, "manage")
        server = {"id": 1, "title": "Otklik", "creator_id": 1, "url": self.callback_url, "secret_key": self.secret,
                  "status": self.callback_status}  # fmt: skip
        return {"count": 1, "items": [server]} if self.callback_url else {"count": 0, "items": []}

    def _utils_getServerTime(self, given: dict[str, str]) -> Any:
        return int(time.time() + self.ahead)

    def _messages_setActivity(self, given: dict[str, str]) -> Any:
        if given.get("type") not in ("typing", "audiomessage"):
            raise Refused(100)
        self.typed.append(self._peer(given))
        return 1

    def _messages_send(self, given: dict[str, str]) -> Any:
        if "messages" not in self.rights:
            raise Refused(15)
        if not re.fullmatch(r"-?\d+", given.get("random_id", "")) or not -(2**31) <= int(given["random_id"]) < 2**31:
            raise Refused(
                100, "One of the parameters specified was missing or invalid: random_id is a required parameter"
            )
        peer, key, text = self._peer(given), int(given["random_id"]), given.get("message", "")
        if key and key in self._by_random:
            return self._by_random[key]
        attached = given.get("attachment", "")
        if not text.strip() and not attached:
            raise Refused(100, "One of the parameters specified was missing or invalid: message is empty or invalid")
        if len(text.encode("utf-16-le")) // 2 > TEXT:
            raise Refused(914)
        if attached and attached not in self._attachments:
            raise Refused(100, "One of the parameters specified was missing or invalid: attachment is invalid")
        buttons = _keyboard(given["keyboard"]) if "keyboard" in given else ()
        number = self._by_random[key] = next(self._numbers)
        self._cmid(peer)
        self.took(Sent(peer, text, str(number), time.monotonic(), str(key), buttons, self._attachments.get(attached)))
        return number

    def _photos_getMessagesUploadServer(self, given: dict[str, str]) -> Any:
        return self._ticket("photo", given) | {"album_id": -64, "group_id": self.group_id}

    def _docs_getMessagesUploadServer(self, given: dict[str, str]) -> Any:
        return self._ticket("doc", given)

    def _photos_saveMessagesPhoto(self, given: dict[str, str]) -> Any:
        tickets = [t for t in self._uploads if t in given.get("photo", "")]
        if not tickets or given.get("hash") != tickets[0][:18] or given.get("server") != "900001":
            raise Refused(129, "Invalid photo")
        return [self._saved(tickets[0], self._uploads[tickets[0]][1])]

    def _docs_save(self, given: dict[str, str]) -> Any:
        ticket = given.get("file", "").rpartition("|")[2]
        if not self._uploads.get(ticket, ("",))[0]:
            raise Refused(100, "One of the parameters specified was missing or invalid: file is undefined")
        name = given.get("title") or self._uploads[ticket][1]
        return {"type": "doc", "doc": self._saved(ticket, name) | {"title": name}}

    # What the methods share

    def _own(self, given: dict[str, str], right: str = "") -> None:
        if given.get("group_id") != str(self.group_id) or (right and right not in self.rights):
            raise Refused(15)

    def _peer(self, given: dict[str, str]) -> str:
        peer = given.get("peer_id", "")
        if not re.fullmatch(r"-?\d+", peer):
            raise Refused(100, "One of the parameters specified was missing or invalid: peer_id is undefined")
        if int(peer) > 2_000_000_000:
            raise Refused(917)
        if peer in self.blocked or peer not in self.peers:
            raise Refused(901)
        return peer

    def _ticket(self, kind: str, given: dict[str, str]) -> dict[str, Any]:
        if f"{kind}s" not in self.rights:
            raise Refused(15)
        self._peer(given)
        ticket = secrets.token_hex(16)
        self._uploads[ticket] = ("", "", b"")
        return {"upload_url": f"{self.url}/upload/{kind}/{ticket}"}

    def _saved(self, ticket: str, name: str) -> dict[str, Any]:
        kind, _, content = self._uploads.pop(ticket)
        number, access = 457000000 + next(self._numbers), secrets.token_hex(9)
        self._attachments[f"{kind}-{self.group_id}_{number}_{access}"] = (name, content)
        return {
            "id": number,
            "owner_id": -self.group_id,
            "access_key": access,
            "date": int(time.time()),
            "size": len(content),
        }

    def _last(self) -> int:
        return self._first + len(self.events)

    def _cmid(self, peer: str) -> int:
        self._cmids[peer] = self._cmids.get(peer, 0) + 1
        return self._cmids[peer]


def _keyboard(raw: str) -> tuple[tuple[dict[str, str], ...], ...]:
    """The buttons as `Sent` wants them. Raises Refused(911) for what VK does not draw."""
    try:
        drawn = json.loads(raw)
        most = INLINE if drawn.get("inline") else BELOW
        rows = tuple(tuple(_button(button["action"]) for button in row) for row in drawn["buttons"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(911) from None
    wide = max((len(row) for row in rows), default=0)
    if len(rows) > most[0] or wide > most[1] or sum(map(len, rows)) > most[2] or not all(rows):
        raise Refused(911)
    return rows


def _button(action: dict[str, Any]) -> dict[str, str]:
    title, payload = action["label"], action.get("payload", "{}")
    if not isinstance(title, str) or not 0 < len(title) <= LABEL or len(payload) > PAYLOAD:
        raise Refused(911)
    value = json.loads(payload)
    if action["type"] == "open_link" and re.match("https?://", action["link"]):
        return {"title": title, "url": action["link"]}
    if action["type"] not in ("text", "callback"):
        raise Refused(911)
    return {"title": title, "payload": str(value["p"]) if isinstance(value, dict) and "p" in value else payload}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _error(code: int, words: str = "", method: str = "") -> web.Response:
    params = [{"key": "method", "value": method}, {"key": "oauth", "value": "1"}]
    error = {"error_code": code, "error_msg": words or _MESSAGES[code], "request_params": params}
    return web.json_response({"error": error})


def _drop(request: web.Request) -> None:
    """Cut the line without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise web.HTTPServiceUnavailable
