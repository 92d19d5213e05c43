"""The door of every page: who is signed in, what she may, that a form is ours, and the headers a page carries."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, HTTPException, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.accounts.interface import Right, Signed
from desk.parts import Parts

COOKIE = "otklik_desk"


def signed(request: Request) -> Signed:
    """Who sends this request; for handlers as `Depends(signed)`. Raises HTTPException 401 for nobody."""
    found: Signed | None = getattr(request.state, "signed", None)
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
    """A pure ASGI middleware: event streams must not be buffered. Puts the signed-in account into the request's state."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app, self._parts = app, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with `request.state.signed` set, or not."""
        if scope["type"] == "http" and scope["path"].startswith("/desk"):
            request = Request(scope)
            token = request.cookies.get(COOKIE, "")
            if token:
                who = await self._parts.accounts.signed(token, request.client.host if request.client else "")
                scope.setdefault("state", {})["signed"] = who
        await self._app(scope, receive, send)


def guard(app: FastAPI, parts: Parts) -> None:
    """Put the door in front of everything below /desk."""
    app.add_middleware(Door, parts=parts)
