"""A fake MAX bot API (platform-api2.max.ru): refuses what the real one refuses, in its own words as far as they are known.

Shapes and limits follow MAX's schema 0.0.33 and refusals quoted in public threads; docs/channels/max.md says what is assumed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from benchmarks.fakes.base import FakeServer, Fault, Sent

BOT = {"user_id": 9001, "first_name": "Отклик", "username": "id7325000000_bot", "is_bot": True}
LINKS = ("link", "open_app", "request_geo_location", "request_contact")
ACTIONS = ("typing_on", "sending_photo", "sending_video", "sending_audio", "sending_file", "mark_seen")
CDN = ("https://fd.oneme.ru", "https://i.oneme.ru")
"""MAX's file hosts. Events that name them are handed out with our own address instead; the file is found by `id` or `r`."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """A refusal in MAX's shape: HTTP status, `code`, `message`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def bad(message: str) -> Refusal:
    """What MAX says to nearly every wrong request."""
    return Refusal(400, "proto.payload", message)


@dataclass
class FakeMax(FakeServer):
    """MAX's server. `answered` holds ids of answered presses, `typed` peers shown as typing, `stale` ids it no longer takes.

    `unready`: how many sends are told that their file is still being digested. `leaks`: file requests that carried the token.
    """

    answered: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    stale: set[str] = field(default_factory=set)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    committed: int = 0
    """The marker before which everything counts as read."""
    unready: int = 0
    leaks: int = 0
    known: set[str] = field(default_factory=set)
    """Peers with a dialog; to others MAX sends nothing."""

    def __post_init__(self) -> None:
        self._updates: dict[int, dict[str, Any]] = {}
        self._numbers = itertools.count(1)
        self._arrived = asyncio.Event()
        self._uploaded: dict[str, tuple[str, str, bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._last = 0

    async def stop(self) -> None:
        """Stop listening and delivering."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._arrived.set()
        await super().stop()

    def routes(self, app: web.Application) -> None:
        """MAX's addresses; the upload and file servers are hosts of their own in the real world."""
        app.middlewares.append(self._guard)
        app.router.add_get("/me", self._me)
        app.router.add_get("/updates", self._get_updates)
        app.router.add_get("/subscriptions", self._list)
        app.router.add_post("/subscriptions", self._subscribe)
        app.router.add_delete("/subscriptions", self._unsubscribe)
        app.router.add_post("/messages", self._messages)
        app.router.add_post("/answers", self._answers)
        app.router.add_post("/chats/{chat}/actions", self._actions)
        app.router.add_post("/uploads", self._uploads)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_get("/cdn/{what}", self._file)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        outside = request.path.startswith(("/cdn/", "/upload/"))
        given = request.headers.get("Authorization")
        if not outside and (given != self.token or "access_token" in request.query):
            words = "Invalid access_token" if given else "No access token"
            return web.json_response({"code": "verify.token", "error": words, "message": words}, status=401)
        names = {"/messages": "send", "/updates": "receive", "/answers": "answered", "/uploads": "upload"}
        name = "fetch" if outside else names.get(request.path, "typing" if "/chats/" in request.path else "open")
        fault = self.fault(name)
        if fault and fault.kind != "cut":
            return await self._trouble(request, fault)
        try:
            response = await handler(request)
        except Refusal as refusal:
            return web.json_response({"code": refusal.code, "message": str(refusal)}, status=refusal.status)
        if fault:
            self._drop(request)
        return response

    async def _trouble(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.kind == "429":
            answer = {"code": "too.many.requests", "message": "Too many requests"}
            return web.json_response(answer, status=429, headers={"Retry-After": f"{fault.after:g}"})
        if fault.kind == "timeout":
            await asyncio.sleep(fault.after)
            self._drop(request)
        return web.json_response({"code": "internal.error", "message": "Internal server error"}, status=500)

    @staticmethod
    def _drop(request: web.Request) -> None:
        if request.transport:
            request.transport.abort()

    # --- news ---

    def say(self, peer: str, text: str) -> str:
        """A citizen writes `text`; returns the message's `mid`."""
        message = self._message(self._person(peer), 9001, peer, {"text": text})
        self.push(self._update("message_created", message=message))
        return str(message["body"]["mid"])

    def press(self, sent: Sent, row: int = 0, column: int = 0) -> None:
        """A citizen presses a button that calls back."""
        drawn = [
            [{"type": "callback", "text": b["title"], "payload": b.get("payload", "")} for b in r] for r in sent.buttons
        ]
        body = {"mid": sent.id, "text": sent.text, "attachments": [_keyboard(drawn)]}
        press = {
            "timestamp": self._now(),
            "callback_id": secrets.token_urlsafe(84),
            "payload": sent.buttons[row][column]["payload"],
            "user": self._person(sent.peer),
        }
        message = self._message(BOT, int(sent.peer), sent.peer, body)
        self.push(self._update("message_callback", callback=press, message=message))

    def start_bot(self, peer: str, payload: str | None = None) -> None:
        """A citizen presses «Начать», perhaps led here by a link with `payload`."""
        link = {"payload": payload} if payload else {}
        self.push(self._update("bot_started", chat_id=self._chat(peer), user=self._person(peer), **link))

    def push(self, event: dict[str, Any]) -> None:
        """Hand out an event as given, but for the hosts of its files."""
        for part in (_in(event, "user"), _in(event, "message", "sender"), _in(event, "callback", "user")):
            if isinstance(part, dict) and isinstance(part.get("user_id"), int):
                self.known.add(str(part["user_id"]))
        text = json.dumps(event)
        for host in CDN:
            text = text.replace(f"{host}/", f"{self.url}/cdn/")
        event = json.loads(text)
        if self.webhook:
            task = asyncio.create_task(self._deliver(self.webhook, event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._updates[next(self._numbers)] = event
            self._arrived.set()

    async def _deliver(self, url: str, event: dict[str, Any]) -> None:
        secret = self.subscriptions.get(url, {}).get("secret")
        headers = {"X-Max-Bot-Api-Secret": secret} if secret else {}
        for tries in itertools.count():
            # First tries keep their order; a repeated one does not hold up the others.
            async with self._turn, ClientSession(timeout=ClientTimeout(30)) as session:
                try:
                    async with session.post(url, json=event, headers=headers) as response:
                        if response.status == 200:
                            return
                except (ClientError, OSError):
                    pass
            await asyncio.sleep(min(0.2 * 2**tries, 2))

    async def _get_updates(self, request: web.Request) -> web.Response:
        limit, wait = _number(request, "limit", 100, 1, 1000), _number(request, "timeout", 30, 0, 90)
        marker = _number(request, "marker", self.committed, -(2**62), 2**62)
        self.committed = max(self.committed, marker)
        self._updates = {n: e for n, e in self._updates.items() if n >= self.committed}
        if not self._updates or self.subscriptions:
            self._arrived.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._arrived.wait()
            except TimeoutError:
                pass
        # With a webhook set, polling stays silent.
        page = [] if self.subscriptions else list(self._updates.items())[:limit]
        following = page[-1][0] + 1 if page else max(self.committed, marker)
        return web.json_response({"updates": [event for _, event in page], "marker": following})

    # --- webhook ---

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response({**BOT, "name": "Отклик", "last_activity_time": self._now(), "commands": []})

    async def _list(self, request: web.Request) -> web.Response:
        shown = [
            {"url": url, "time": s["time"], "update_types": s.get("update_types")}
            for url, s in self.subscriptions.items()
        ]
        return web.json_response({"subscriptions": shown})

    async def _subscribe(self, request: web.Request) -> web.Response:
        body = await _json(request)
        url, secret = body.get("url"), body.get("secret")
        if not isinstance(url, str):
            raise bad("Missing required parameter: url")
        if secret is not None and not (
            isinstance(secret, str)
            and 5 <= len(secret) <= 256
            and secret.replace("_", "").replace("-", "").isalnum()
            and secret.isascii()
        ):
            raise bad("Field 'secret' must match ^[\\w-]+$ and have 5 to 256 characters")
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            return web.json_response({"success": False, "message": "HTTPS is required"})
        self.subscriptions[url] = {**body, "time": self._now()}
        self.webhook = url
        return web.json_response({"success": True})

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        url = request.query.get("url")
        if not url:
            raise bad("Missing required parameter: url")
        gone = self.subscriptions.pop(url, None)
        self.webhook = next(iter(self.subscriptions), None)
        return web.json_response({"success": gone is not None})

    # --- sending ---

    async def _messages(self, request: web.Request) -> web.Response:
        user, chat = request.query.get("user_id"), request.query.get("chat_id")
        peer = user or next((p for p in self.known if str(self._chat(p)) == chat), None)
        if not (user or chat or "").lstrip("-").isdecimal():
            raise bad("Unknown recipient")
        if peer is None or peer not in self.known:
            raise Refusal(404, "dialog.not.found", "Key: error.dialog.notfound")
        if peer in self.blocked:
            raise Refusal(403, "chat.denied", f"Key: error.dialog.suspended, args: [{peer},].")
        body = await _json(request)
        text, attachments = body.get("text") or "", body.get("attachments") or []
        if not isinstance(text, str) or not isinstance(attachments, list):
            raise bad("Invalid message")
        size = len(text.encode("utf-16-le", "surrogatepass")) // 2
        if size > 4000:
            raise bad(f"Field 'text' size ({size}) must be at most 4000")
        rows, file = self._attached(attachments)
        if not text.strip() and file is None:
            raise bad("Message must have text or attachments")
        message = self._message(BOT, int(peer), peer, {"text": text, "attachments": attachments})
        self.took(Sent(peer, text, message["body"]["mid"], time.monotonic(), None, rows, file))
        return web.json_response({"message": message})

    def _attached(
        self, attachments: list[Any]
    ) -> tuple[tuple[tuple[dict[str, str], ...], ...], tuple[str, bytes] | None]:
        kinds = [a.get("type") if isinstance(a, dict) else None for a in attachments]
        if kinds.count("inline_keyboard") > 1 or len(kinds) > 12:
            raise bad("Too many attachments")
        if kinds.count("file") > 1 or ("file" in kinds and set(kinds) - {"file", "inline_keyboard"}):
            raise bad("Must be only one file attachment in message")
        rows: tuple[tuple[dict[str, str], ...], ...] = ()
        file = None
        for kind, attachment in zip(kinds, attachments, strict=True):
            payload = attachment.get("payload") or {}
            if kind == "inline_keyboard":
                rows = _drawn(payload.get("buttons"))
            elif kind in ("image", "file"):
                known = self._uploaded.get(payload.get("token", ""))
                if known is None or known[0] != kind:
                    raise bad(f"Invalid {kind} token provided")
                if self.unready:
                    self.unready -= 1
                    raise Refusal(400, "attachment.not.ready", "Key: errors.process.attachment.file.not.processed")
                file = known[1:]
            else:
                raise bad(f"Unknown attachment type: {kind}")
        return rows, file

    async def _answers(self, request: web.Request) -> web.Response:
        query, body = request.query.get("callback_id", ""), await _json(request)
        if not query.strip():
            raise bad("Missing required parameter: callback_id")
        if not body.get("message") and not body.get("notification"):
            raise bad("Invalid request. `message` or `notification` required")
        if query in self.stale:
            raise Refusal(404, "not.found", "Callback not found")
        self.answered.append(query)
        return web.json_response({"success": True})

    async def _actions(self, request: web.Request) -> web.Response:
        peer = next((p for p in self.known if str(self._chat(p)) == request.match_info["chat"]), None)
        if peer is None:
            raise Refusal(404, "chat.not.found", f"Chat {request.match_info['chat']} not found")
        if (await _json(request)).get("action") not in ACTIONS:
            raise bad("Unknown action")
        self.typed.append(peer)
        return web.json_response({"success": True})

    # --- files ---

    async def _uploads(self, request: web.Request) -> web.Response:
        kind = request.query.get("type")
        if kind not in ("image", "video", "audio", "file"):
            raise bad("Missing required parameter: type")
        return web.json_response({"url": f"{self.url}/upload/{secrets.token_hex(8)}?type={kind}"})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        part = form.get("data")
        if not isinstance(part, web.FileField):
            raise bad("No file in field 'data'")
        token, kind = secrets.token_urlsafe(60), request.query["type"]
        self._uploaded[token] = (kind, part.filename, part.file.read())
        if kind == "image":
            return web.json_response({"photos": {secrets.token_hex(6): {"token": token}}})
        return web.json_response({"fileId": 1, "token": token})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self.leaks += "Authorization" in request.headers
        content = self.files.get(request.query.get("id") or request.query.get("r") or "")
        if content is None:
            raise Refusal(404, "not.found", "File not found")
        response = web.StreamResponse()  # in pieces and without a length, so that only counting stops a huge one
        await response.prepare(request)
        for start in range(0, len(content), 65536):
            await response.write(content[start : start + 65536])
        await response.write_eof()
        return response

    # --- shapes ---

    def _now(self) -> int:
        # No two events of one moment, as with the real one.
        self._last = max(self._last + 1, int(time.time() * 1000))
        return self._last

    def _update(self, kind: str, **parts: Any) -> dict[str, Any]:
        return {**parts, "timestamp": self._now(), "user_locale": "ru", "update_type": kind}

    def _message(self, sender: dict[str, Any], to: int, peer: str, body: dict[str, Any]) -> dict[str, Any]:
        moment = self._now()
        chat = self._chat(peer)
        head = {"mid": f"mid.{chat:016x}{moment:016x}", "seq": moment << 16}
        recipient = {"chat_id": chat, "chat_type": "dialog", "user_id": to}
        return {"recipient": recipient, "timestamp": moment, "body": {**head, **body}, "sender": sender}

    @staticmethod
    def _person(peer: str) -> dict[str, Any]:
        name = {"first_name": "Анна", "last_name": "", "name": "Анна"}
        return {"user_id": int(peer), **name, "is_bot": False, "last_activity_time": 1770679783000}

    @staticmethod
    def _chat(peer: str) -> int:
        return int(peer) + 70_000_000


def _drawn(rows: Any) -> tuple[tuple[dict[str, str], ...], ...]:
    if not isinstance(rows, list) or not 1 <= len(rows) <= 30:
        raise bad("Keyboard must have 1 to 30 rows")
    for row in rows:
        most = 3 if any(button.get("type") in LINKS for button in row) else 7
        if not 1 <= len(row) <= most:
            raise bad(f"Row must have 1 to {most} buttons")
    return tuple(tuple(_button(button) for button in row) for row in rows)


def _button(button: dict[str, Any]) -> dict[str, str]:
    kind, text = button.get("type"), str(button.get("text") or "")
    if not 1 <= len(text) <= 128:
        raise bad("Field 'text' of button must have 1 to 128 characters")
    if kind == "link":
        url = str(button.get("url") or "")
        if not url.startswith(("http://", "https://")) or len(url) > 2048:
            raise bad("Must have only http/https links format in buttons")
        return {"title": text, "url": url}
    payload = button.get("payload")
    if kind != "callback" or not isinstance(payload, str) or not 1 <= len(payload) <= 1024:
        raise bad("Invalid button")
    return {"title": text, "payload": payload}


def _keyboard(rows: list[Any]) -> dict[str, Any]:
    return {"type": "inline_keyboard", "callback_id": secrets.token_urlsafe(84), "payload": {"buttons": rows}}


def _in(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    try:
        value = int(request.query.get(name, default))
    except ValueError:
        raise bad(f"Invalid parameter: {name}") from None
    if not least <= value <= most:
        raise bad(f"Field '{name}' value ({value}) must be at most {most}")
    return value


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise bad("Invalid request payload") from None
    if not isinstance(body, dict):
        raise bad("Invalid request payload")
    return body
