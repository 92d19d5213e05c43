"""The door of every page: who is signed in, what she may, that a form is ours, and the headers a page carries."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog
from fastapi import FastAPI, HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.accounts.interface import Right, Signed
from bot.accounts.sessions import Half
from desk.limits import Pace, largest, limited
from desk.parts import Parts
from desk.refusals import SIGN_IN, install, is_desk, refuse

log = structlog.get_logger(__name__)
COOKIE = "otklik_desk"
SAFE = ("GET", "HEAD", "OPTIONS")
OPEN = ("/desk/static", SIGN_IN, "/desk/sso")
"""What needs no session: these and everything below them."""
BACKGROUND = ("/desk/events", "/desk/session")
"""What a window does by itself, as marks of reading are; it keeps no session alive."""
LOOK_AGAIN = 10.0
"""Seconds after which an open stream asks whether its session still lives."""
FOREIGN = "Запрос пришёл с другого сайта. Откройте рабочее место по его собственному адресу."
STALE = "Страница устарела. Обновите её и попробуйте ещё раз."
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "media-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with it browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cache-Control": "no-store",
}
"""On every answer that does not say otherwise itself."""


def signed(request: Request) -> Signed:
    """Who sends this request; for handlers as `Depends(signed)`. Raises HTTPException 401 for nobody."""
    found: Signed | None = getattr(request.state, "signed", None)
    if found is None:
        raise HTTPException(401)
    return found


def half(request: Request) -> Half:
    """Who is on the way in, after the password. Raises HTTPException 401 for nobody."""
    found: Half | None = getattr(request.state, "half", None)
    if found is None:
        raise HTTPException(401)
    return found


def need(right: Right) -> Callable[[Request], Signed]:
    """A dependency that gives the signed-in account when it has the right. Raises HTTPException 401, 403."""

    def check(request: Request) -> Signed:
        who = signed(request)
        if not who.may(right):
            raise HTTPException(403)
        return who

    return check


class Door:
    """A pure ASGI middleware: event streams must not be buffered.

    Sets `request.state.signed` (or `half`), refuses whoever is not signed in and forms that are not ours, and adds the headers.
    """

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app, self._parts = app, parts
        self._pace = Pace(parts.accounts.policy.changes_a_minute, parts.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] != "http" or not is_desk(scope["path"]):
            await self._app(scope, receive, send)
            return
        accounts, request = self._parts.accounts, Request(scope, receive)
        answer = _Answer(send)
        try:
            token = request.cookies.get(COOKIE, "")
            await self._recognise(request, token)
            receive = await self._admit(request)
            if request.state.signed is not None and request.method in SAFE:
                answer.watch(lambda: accounts.signed(token))
            await self._app(scope, receive, answer.send)
        except _Closed:
            return
        except HTTPException as error:
            text = error.detail if error.status_code == 403 else ""
            await refuse(self._parts, request, error.status_code, text, dict(error.headers or {}))(
                scope, receive, answer.send
            )
        except Exception as error:
            # Its message may hold what a citizen wrote: only the kind of fault and its place go to the log.
            log.error("desk.failed", page=_page(scope), error=type(error).__name__, where=_place(error))
            if answer.begun:
                raise
            await refuse(self._parts, request, 500)(scope, receive, answer.send)

    async def _recognise(self, request: Request, token: str) -> None:
        """Put who is there into the request's state."""
        request.state.signed = request.state.half = None
        if token and not _below(request.url.path, OPEN[:1]):
            ip = request.client.host if request.client else ""
            found = await self._parts.accounts.sessions.find(token, ip, active=_by_hand(request))
            request.state.signed = found if isinstance(found, Signed) else None
            request.state.half = found if isinstance(found, Half) else None

    async def _admit(self, request: Request) -> Receive:
        """The body to read on. Raises HTTPException for whoever may not go on."""
        who: Signed | None = request.state.signed
        if who is None and not _below(request.url.path, OPEN):
            raise HTTPException(401)
        if request.method in SAFE:
            return request.receive
        self._same_site(request)
        if who is not None and (wait := self._pace.ask(who.account.id)):
            raise HTTPException(429, headers={"Retry-After": str(wait)})
        kind = request.headers.get("content-type", "")
        most = largest(kind, request.url.path)
        promised = request.headers.get("content-length", "0")
        if not promised.isdecimal() or len(promised) > 15 or int(promised) > most:
            raise HTTPException(413)
        receive = limited(request.receive, most)
        session = who or request.state.half
        if session is None or request.url.path == SIGN_IN:
            # No session yet whose token a form could carry: the origin above has to do.
            return receive
        sent, receive = await _token_of(request, kind, receive)
        if not hmac.compare_digest(sent.encode(), session.csrf.encode()):
            raise HTTPException(403, STALE)
        return receive

    def _same_site(self, request: Request) -> None:
        """Raises HTTPException 403 for a request that another site made a browser send."""
        headers = request.headers
        origin, fetched = headers.get("origin"), headers.get("sec-fetch-site")
        if fetched not in (None, "same-origin", "none"):
            raise HTTPException(403, FOREIGN)
        if origin is not None:
            site = self._parts.accounts.policy.site
            if urlsplit(origin).netloc != headers.get("host") and origin != site:
                raise HTTPException(403, FOREIGN)
        elif fetched is None and request.state.signed is None and request.state.half is None:
            raise HTTPException(403, FOREIGN)


def guard(app: FastAPI, parts: Parts) -> None:
    """Put the door in front of everything below /desk, and Russian words behind every refusal."""
    app.add_middleware(Door, parts=parts)
    install(app, parts)


class _Closed(Exception):
    """The session behind an open stream has ended."""


class _Answer:
    """Sends an answer with our headers; a stream is cut when its session ends."""

    def __init__(self, send: Send) -> None:
        self._send, self.begun = send, False
        self._alive: Callable[[], Any] | None = None
        self._looked = time.monotonic()

    def watch(self, alive: Callable[[], Any]) -> None:
        """Ask this from time to time while the answer goes on."""
        self._alive = alive

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        elif self._alive is not None and message.get("more_body") and time.monotonic() - self._looked >= LOOK_AGAIN:
            self._looked = time.monotonic()
            if await self._alive() is None:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
                raise _Closed
        await self._send(message)


async def _token_of(request: Request, kind: str, receive: Receive) -> tuple[str, Receive]:
    """The token that a request carries in its header, or in its form when that is not a file's; and the body to read again."""
    if (header := request.headers.get("x-csrf")) is not None:
        return header, receive
    if not kind.startswith("application/x-www-form-urlencoded"):
        return "", receive
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Closed
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return given.pop() if given else await request.receive()

    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000)
    return fields.get("csrf", [""])[0], again


def _below(path: str, tops: tuple[str, ...]) -> bool:
    return any(path == top or path.startswith(f"{top}/") for top in tops)


def _by_hand(request: Request) -> bool:
    """Whether the person did this: she opened a page or changed something; windows fetch fragments by themselves."""
    if _below(request.url.path, BACKGROUND) or request.url.path.endswith("/read"):
        return False
    if request.method not in SAFE:
        return True
    return "hx-request" not in request.headers and request.headers.get("sec-fetch-mode", "navigate") == "navigate"


def _page(scope: Scope) -> str:
    """The handler's name: the path itself may name a citizen."""
    return str(getattr(scope.get("endpoint"), "__name__", "?"))


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"
