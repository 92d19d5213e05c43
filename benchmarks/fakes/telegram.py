"""A Bot API over real HTTP that refuses what Telegram refuses, in Telegram's own words; polling and webhook."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import json
import math
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from benchmarks.fakes.base import FakeServer, Fault, Sent

TEXT, CAPTION, DATA, PER_ROW, BUTTONS = 4096, 1024, 64, 8, 100
DOWNLOAD, UPLOAD, PHOTO, SECRET = 20_000_000, 50_000_000, 10_000_000, 256
"""Limits of the Bot API: text and caption in UTF-16 units, callback data and files in bytes."""
ACTIONS = frozenset(
    "typing upload_photo record_voice upload_voice upload_document choose_sticker find_location".split()
)
SENDS = ("sendMessage", "sendDocument", "sendPhoto", "sendVoice")
POLL = {"offset": 0, "limit": 100, "timeout": 0}
LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost)[:/]")
PICTURES = (b"\xff\xd8\xff", b"\x89PNG")


class Refused(Exception):
    """An answer with `ok: false`."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def bad(words: str) -> Refused:
    """Telegram's most common refusal."""
    return Refused(400, f"Bad Request: {words}")


@dataclass
class _Waiting:
    """An update that was not confirmed. `number` is its own, or the next one when it was pushed without."""

    number: int
    update: dict[str, Any]
    given: bool = False


@dataclass
class FakeTelegram(FakeServer):
    """Telegram's server for one bot. A bot may write only to peers that wrote to it first (`known`).

    `secret` goes with webhook calls; `stale` holds presses that are too old to be answered; `unsized` files whose size getFile
    does not tell; `ahead` shifts the server's clock by seconds.
    """

    secret: str = ""
    known: set[str] = field(default_factory=set)
    answered: list[str] = field(default_factory=list)
    stale: set[str] = field(default_factory=set)
    typed: list[str] = field(default_factory=list)
    previewed: list[str] = field(default_factory=list)
    """Texts that were sent without switching the preview of links off."""
    unsized: set[str] = field(default_factory=set)
    ahead: float = 0.0
    allowed: list[str] = field(default_factory=list)
    confirmed: int = 0
    """Updates that were acknowledged."""
    last_error: str = ""
    refuses_hooks: bool = False
    """Whether every webhook address is refused, as one whose name cannot be resolved."""

    def __post_init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._last = 0
        self._updates, self._numbers = itertools.count(700_000_001), itertools.count(1)
        self._pressable: set[str] = set()
        self._poller: asyncio.Future[None] | None = None
        self._caller: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen, and call the webhook when there is one."""
        await super().start()
        self._caller = asyncio.create_task(self._call_webhook())

    async def stop(self) -> None:
        """Stop listening and calling."""
        if self._caller:
            self._caller.cancel()
            await asyncio.gather(self._caller, return_exceptions=True)
        await super().stop()

    @property
    def polled(self) -> bool:
        """Whether somebody waits for news at this moment."""
        return self._poller is not None and not self._poller.done()

    # --- citizens ---

    def say(self, peer: str, text: str) -> str:
        """A citizen writes in her private chat with the bot."""
        message = self._message(peer, {"text": text}, self._person(peer))
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        self._happens("message", message)
        return str(message["message_id"])

    def press(self, sent: Sent, row: int = 0, column: int = 0) -> None:
        """A citizen presses a button; one with a link tells the bot nothing."""
        button = sent.buttons[row][column]
        if "payload" not in button:
            return
        press = f"{10**17 + next(self._numbers)}"
        under = {**self._message(sent.peer, {"text": sent.text}, self._me()), "message_id": int(sent.id)}
        body = {"id": press, "from": self._person(sent.peer), "message": under, "chat_instance": "-42"}
        self._happens("callback_query", body | {"data": button["payload"]})

    def push(self, event: dict[str, Any]) -> None:
        """Hand out an update as given. Peers and presses in it become known."""
        for body in event.values():
            if isinstance(body, dict):
                self._learn(body)
        number = event.get("update_id")
        self._last = number if isinstance(number, int) else self._last + 1
        self._waiting.append(_Waiting(self._last, event))
        self._arrived.set()

    def _learn(self, body: dict[str, Any]) -> None:
        for part in (body.get("chat"), body.get("from")):
            if isinstance(part, dict) and "id" in part:
                self.known.add(str(part["id"]))
        if "data" in body:
            self._pressable.add(str(body.get("id")))

    def _happens(self, kind: str, body: dict[str, Any]) -> None:
        if not self.allowed or kind in self.allowed:
            self.push({"update_id": next(self._updates), kind: body})

    def _person(self, peer: str) -> dict[str, Any]:
        return {"id": int(peer), "is_bot": False, "first_name": "Клавдия", "language_code": "ru"}

    def _me(self) -> dict[str, Any]:
        number = int(self.token.split(":")[0])
        return {"id": number, "is_bot": True, "first_name": "Отклик", "username": "otklik_test_bot"}

    def _message(self, peer: str, content: dict[str, Any], sender: dict[str, Any]) -> dict[str, Any]:
        chat = {"id": int(peer), "type": "private", "first_name": "Клавдия"}
        return {"message_id": next(self._numbers), "from": sender, "chat": chat, "date": int(time.time()), **content}

    # --- the API ---

    def routes(self, app: web.Application) -> None:
        """Methods and files."""
        app.router.add_get("/", self._root)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.router.add_route("*", "/bot{token}/{method}", self._method)
        app.on_response_prepare.append(self._date)

    async def _root(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/docs"})

    async def _date(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + self.ahead))

    async def _method(self, request: web.Request) -> web.Response:
        fault = None
        try:
            if request.match_info["token"] != self.token:
                raise Refused(401, "Unauthorized")
            name = request.match_info["method"]
            run: Callable[[dict[str, Any]], Awaitable[Any]] | None = getattr(self, f"_do_{name.lower()}", None)
            if name in SENDS[1:]:
                run = functools.partial(self._took_file, name.removeprefix("send").lower())
            if run is None:
                raise Refused(404, "Not Found")
            given = await _parameters(request)
            fault = self.fault("receive" if name == "getUpdates" else "send" if name in SENDS else name)
            if fault and fault.kind != "cut":
                return await self._fail(fault)
            body: dict[str, Any] = {"ok": True, "result": await run(given)}
            status = 200
        except Refused as error:
            status, body = error.status, {"ok": False, "error_code": error.status, "description": error.description}
            body |= {"parameters": error.parameters} if error.parameters else {}
        if fault and fault.kind == "cut":
            _cut(request)
        return web.json_response(body, status=status)

    async def _fail(self, fault: Fault) -> web.Response:
        if fault.kind == "429":
            seconds = math.ceil(fault.after)
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        if fault.kind == "timeout":
            await asyncio.sleep(fault.after)
        if fault.kind == "html":  # what stands in front of Telegram
            return web.Response(text="<html>502 Bad Gateway</html>", status=502, content_type="text/html")
        raise Refused(500, "Internal Server Error")

    async def _do_getme(self, given: dict[str, Any]) -> dict[str, Any]:
        return {
            **self._me(),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _do_getupdates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        offset, limit, seconds = (int(given.get(name) or usual) for name, usual in POLL.items())
        self._allow(given)
        if self._poller and not self._poller.done():
            self._poller.set_exception(Refused(409, "Conflict: terminated by other getUpdates request; make sure that only"
                                                    " one bot instance is running"))  # fmt: skip
        mine = self._poller = asyncio.get_running_loop().create_future()
        # As the real one: an offset far beyond what waits (numbers start anew after a quiet week) confirms nothing.
        if self._waiting and offset <= max(w.number for w in self._waiting) + 1:
            kept = [w for w in self._waiting if not w.given or w.number >= offset]
            self.confirmed += len(self._waiting) - len(kept)
            self._waiting = kept
        if not self._waiting:
            self._arrived.clear()
            arrival = asyncio.ensure_future(self._arrived.wait())
            await asyncio.wait([arrival, mine], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            arrival.cancel()
        if mine.done():
            mine.result()
        mine.cancel()
        if self.webhook:
            raise Refused(409, "Conflict: terminated by setWebhook request")
        batch = self._waiting[: min(limit, 100)]
        for waiting in batch:
            waiting.given = True
        return [waiting.update for waiting in batch]

    def _allow(self, given: dict[str, Any]) -> None:
        if "allowed_updates" in given:
            self.allowed = list(_parsed(given["allowed_updates"], "allowed_updates"))

    async def _do_setwebhook(self, given: dict[str, Any]) -> bool:
        url, secret = str(given.get("url", "")), str(given.get("secret_token", ""))
        if url and self.refuses_hooks:
            raise bad("bad webhook: Failed to resolve host: Name or service not known")
        if url and not url.startswith("https://") and not LOOPBACK.match(url):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if len(secret) > SECRET:
            raise bad("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad("secret token contains unallowed characters")
        self._allow(given)
        self.webhook, self.secret = url or None, secret
        self._arrived.set()
        return True

    async def _do_deletewebhook(self, given: dict[str, Any]) -> bool:
        self.webhook = None
        if str(given.get("drop_pending_updates")).lower() in ("true", "1"):
            self._waiting.clear()
        return True

    async def _do_getwebhookinfo(self, given: dict[str, Any]) -> dict[str, Any]:
        info = {"url": self.webhook or "", "has_custom_certificate": False, "pending_update_count": len(self._waiting)}
        failed = {"last_error_date": int(time.time()), "last_error_message": self.last_error} if self.last_error else {}
        return info | failed

    async def _do_sendchataction(self, given: dict[str, Any]) -> bool:
        peer = self._peer(given)
        if given.get("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        self.typed.append(peer)
        return True

    async def _do_answercallbackquery(self, given: dict[str, Any]) -> bool:
        press = str(given.get("callback_query_id", ""))
        if press not in self._pressable or press in self.stale:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        self.answered.append(press)
        return True

    async def _do_sendmessage(self, given: dict[str, Any]) -> dict[str, Any]:
        peer, text = self._peer(given), str(given.get("text", "")).strip()
        if not text:
            raise bad("message text is empty")
        if _units(text) > TEXT:
            raise bad("message is too long")
        preview = _parsed(given.get("link_preview_options", "{}"), "link_preview_options")
        if not preview.get("is_disabled"):
            self.previewed.append(text)
        return self._took(peer, text, given, {"text": text})

    async def _took_file(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        peer, caption, file = self._peer(given), str(given.get("caption", "")).strip(), given.get(kind)
        if isinstance(file, str) and file.startswith("attach://"):
            file = given.get(file.removeprefix("attach://"))
        if not isinstance(file, web.FileField):
            raise bad(f"there is no {kind} in the request" if not file else "wrong file identifier/HTTP URL specified")
        content = file.file.read()
        if not content:
            raise bad("file must be non-empty")
        if len(content) > UPLOAD:
            raise Refused(413, "Request Entity Too Large")
        if kind == "photo" and (len(content) > PHOTO or not content.startswith(PICTURES)):
            raise bad("IMAGE_PROCESS_FAILED" if len(content) <= PHOTO else "file is too big for a photo")
        if _units(caption) > CAPTION:
            raise bad("message caption is too long")
        told = {"file_id": f"sent-{len(self.sent)}", "file_unique_id": f"u{len(self.sent)}", "file_size": len(content)}
        shape = {"voice": {"duration": 1}, "photo": {"width": 90, "height": 90}}.get(kind, {"file_name": file.filename})
        body = {"caption": caption, kind: [told | shape] if kind == "photo" else told | shape}
        return self._took(peer, caption, given, body, (file.filename, content))

    def _took(
        self,
        peer: str,
        text: str,
        given: dict[str, Any],
        content: dict[str, Any],
        file: tuple[str, bytes] | None = None,
    ) -> dict[str, Any]:
        buttons = _buttons(given)
        message = self._message(peer, content, self._me())
        self.took(Sent(peer, text, str(message["message_id"]), time.monotonic(), buttons=buttons, file=file))
        return message | ({"reply_markup": _parsed(given["reply_markup"], "reply markup")} if buttons else {})

    def _peer(self, given: dict[str, Any]) -> str:
        peer = str(given.get("chat_id", ""))
        if not peer:
            raise bad("chat_id is empty")
        if peer not in self.known:
            raise bad("chat not found")
        if peer in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return peer

    # --- files ---

    async def _do_getfile(self, given: dict[str, Any]) -> dict[str, Any]:
        name = str(given.get("file_id", ""))
        if name not in self.files:
            raise bad("invalid file_id")
        size = len(self.files[name])
        if name in self.unsized:
            return {"file_id": name, "file_unique_id": f"u-{name}", "file_path": f"documents/{name}"}
        if size > DOWNLOAD:
            raise bad("file is too big")
        return {"file_id": name, "file_unique_id": f"u-{name}", "file_size": size, "file_path": f"documents/{name}"}

    async def _download(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["path"].removeprefix("documents/")
        if request.match_info["token"] != self.token or name not in self.files:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        fault, content = self.fault("fetch"), self.files[name]
        if fault and fault.kind == "timeout":
            await asyncio.sleep(fault.after)
        if fault and fault.kind != "cut":
            return web.Response(status=429 if fault.kind == "429" else 500)
        response = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # a client that has enough goes away
            await response.write(content[: len(content) // 2])
            if fault:
                _cut(request)
            else:
                await response.write(content[len(content) // 2 :])
        return response

    # --- the webhook ---

    async def _call_webhook(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:
            pause = 0.2
            while True:
                if not (self.webhook and self._waiting):
                    self._arrived.clear()
                    await self._arrived.wait()
                    continue
                first = self._waiting[0]
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
                try:
                    async with session.post(self.webhook, json=first.update, headers=headers) as answer:
                        wrong = (
                            ""
                            if answer.status < 300
                            else f"Wrong response from the webhook: {answer.status} {answer.reason}"
                        )
                except (aiohttp.ClientError, OSError):
                    wrong = "Connection refused"
                if wrong:
                    self.last_error = wrong
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 2.0)
                elif first in self._waiting:
                    self._waiting.remove(first)
                    self.confirmed += 1
                    pause = 0.2


async def _parameters(request: web.Request) -> dict[str, Any]:
    """As Telegram takes them: query, form or JSON."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return given | dict(json.loads(await request.read() or b"{}"))
    return given | dict(await request.post())


def _parsed(value: Any, what: str) -> Any:
    """Complex parameters come as JSON in a form field."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise bad(f"can't parse {what} JSON object") from None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _buttons(given: dict[str, Any]) -> tuple[tuple[dict[str, str], ...], ...]:
    if not given.get("reply_markup"):
        return ()
    rows = _parsed(given["reply_markup"], "reply markup").get("inline_keyboard")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("object expected as reply markup")
    if sum(map(len, rows)) > BUTTONS or any(len(row) > PER_ROW for row in rows):
        raise bad("REPLY_MARKUP_TOO_LONG")
    return tuple(tuple(_button(button) for button in row) for row in rows)


def _button(button: dict[str, Any]) -> dict[str, str]:
    title, url, data = button.get("text"), button.get("url"), button.get("callback_data")
    if not isinstance(title, str) or not title.strip():
        raise bad("can't parse inline keyboard button: Text must be non-empty")
    if url:
        if not re.match(r"(https?|tg)://[^/\s]+", url):
            raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        return {"title": title, "url": url}
    if not data:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(str(data).encode()) > DATA:
        raise bad("BUTTON_DATA_INVALID")
    return {"title": title, "payload": str(data)}


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
