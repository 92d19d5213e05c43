"""The widget's side of the server: its script, its session cookie and its WebSocket."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.responses import JSONResponse

from bot.store import Store, Vault
from bot.turns import Turns
from channels.static import SECURITY_HEADERS
from channels.widget.bundle import build
from channels.widget.sessions import COOKIE, Sessions, origin_allowed
from channels.widget.settings import WidgetSettings
from channels.widget.socket import Tabs, WidgetSocket


def widget_router(turns: Turns, store: Store, vault: Vault, settings: WidgetSettings) -> APIRouter:
    """`/widget/otklik.js`, `POST /widget/session` and `WS /widget/ws`."""
    router = APIRouter(prefix="/widget", include_in_schema=False)
    sessions, tabs, bundle = Sessions(settings), Tabs(), build()

    @router.get("/otklik.js")
    async def script(request: Request) -> Response:
        headers = SECURITY_HEADERS | {
            "ETag": bundle.etag,
            "Cache-Control": "public, max-age=600",
            "Vary": "Accept-Encoding",
            # A site on another host checks the script's integrity, and for that must be allowed to read it.
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if request.headers.get("if-none-match") == bundle.etag:
            return Response(status_code=304, headers=headers)
        packed = "gzip" in request.headers.get("accept-encoding", "")
        headers |= {"Content-Encoding": "gzip"} if packed else {}
        return Response(bundle.packed if packed else bundle.source, media_type="text/javascript", headers=headers)

    @router.options("/session")
    async def preflight(request: Request) -> Response:
        headers = _cors(request, settings)
        return Response(status_code=204 if headers is not None else 403, headers=headers)

    @router.post("/session")
    async def session(request: Request) -> Response:
        cors = _cors(request, settings)
        if cors is None:
            return JSONResponse({"error": "С этого сайта помощник не вызывается."}, status_code=403)
        user = sessions.user(request.cookies) or sessions.new_user()
        response = JSONResponse(
            {
                "title": settings.title,
                "subtitle": settings.subtitle,
                "greeting": settings.greeting,
                "starters": list(settings.starters),
                "max_text": settings.max_text,
            },
            headers=cors | {"Cache-Control": "no-store"},
        )
        response.set_cookie(
            COOKIE, sessions.token(user), max_age=sessions.max_age, path="/widget", httponly=True,
            secure=settings.cookie_secure, samesite=settings.cookie_samesite,
        )  # fmt: skip
        return response

    @router.websocket("/ws")
    async def websocket(socket: WebSocket) -> None:
        user = sessions.user(socket.cookies)
        allowed = origin_allowed(socket.headers.get("origin"), socket.headers.get("host"), settings.origins)
        if user is None or not allowed:
            await socket.close(1008)  # before it is accepted: the browser sees HTTP 403
            return
        await socket.accept()
        await WidgetSocket(socket, user, turns, store, vault, settings, tabs).run()

    return router


def _cors(request: Request, settings: WidgetSettings) -> dict[str, str] | None:
    """The headers that let the calling page read the answer, None for a page that may not call."""
    origin = request.headers.get("origin")
    if not origin_allowed(origin, request.headers.get("host"), settings.origins):
        return None
    return {
        "Access-Control-Allow-Origin": origin or "",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }
