"""The widget's addresses: its script, its session, and the two kinds of line over which a conversation runs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

from bot.handover.citizen_side import CitizenSide
from bot.services.notices.notices import Notice
from bot.store import Store, Vault
from bot.studio.votes import Votes
from bot.turns import Turns
from channels.files import FileStore
from channels.pace import Bucket
from channels.reading import Hear
from channels.static import SECURITY_HEADERS
from channels.widget.access import TOO_OFTEN, Access, Refused, WidgetRoute
from channels.widget.backend import Backend, Place
from channels.widget.body import read_json
from channels.widget.bundle import Bundle, build
from channels.widget.frames import EventsBody, ResumeFrame, SessionBody
from channels.widget.intake import UNREADABLE, error, parse, pause, take
from channels.widget.sessions import COOKIE, Sessions, origin_allowed
from channels.widget.settings import CHANNEL, WidgetSettings
from channels.widget.socket import WidgetSocket
from channels.widget.stream import EventStream
from channels.widget.tabs import Tabs
from channels.widget.transcript import transcript
from channels.widget.uploads import Uploads
from channels.widget.visitors import Visitors
from channels.widget.voice import Listening, Speak, Speaking

B = TypeVar("B", bound=BaseModel)

LiveNotices = Callable[[str], Awaitable[Sequence[Notice]]]
"""The emergency notices that hold now in a channel."""

SMALL_BODY = 4096
NOTICES_KEPT = 2.0
"""Seconds for which the notices are not looked up again."""
STREAM_PAUSE = 15
"""Seconds after which a page with too many open streams may try again."""
TOO_MANY_TABS = "Чат открыт в слишком многих вкладках. Закройте, пожалуйста, лишние."


def widget_router(
    turns: Turns,
    store: Store,
    vault: Vault,
    settings: WidgetSettings,
    files: FileStore,
    place: Place | None = None,
    timezone: str = "Europe/Moscow",
    hear: Hear | None = None,
    speak: Speak | None = None,
    notices: LiveNotices | None = None,
    desk: CitizenSide | None = None,
    votes: Votes | None = None,
) -> APIRouter:
    """Everything below `/widget`. `place` knows the queue for a human, `timezone` is the region's.

    `hear` and `speak` are the voice button's: without them nothing of it is served or shown. `notices` gives the emergency notices
    of a channel, which stand above the conversation. `desk` are the people who see her type and read. `votes` takes what she says
    of answers: without it nobody asks her.
    """
    router = APIRouter(prefix="/widget", include_in_schema=False, route_class=WidgetRoute)
    sessions, visitors = Sessions(settings), Visitors(settings, time.monotonic)
    access = Access(settings, sessions, visitors)
    backend = Backend(turns, store, vault, settings, files, Tabs(), visitors, place, ZoneInfo(timezone), desk, votes)
    _script(router, build())
    _session(router, settings, sessions, access, [w for w, f in (("hear", hear), ("speak", speak)) if f is not None])
    _lines(router, backend, sessions, access)
    _rest(router, backend, access)
    _voice(router, backend, access, hear, speak)
    if notices is not None:
        _notices(router, access, notices)
    return router


def _script(router: APIRouter, bundle: Bundle) -> None:
    @router.get("/otklik.js")
    async def script(request: Request) -> Response:
        headers = SECURITY_HEADERS | {
            "ETag": bundle.etag,
            "X-Integrity": bundle.integrity,
            "Cache-Control": "public, max-age=600",
            "Vary": "Accept-Encoding",
            # A site on another host checks the script's integrity, and for that must be allowed to read it.
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "X-Integrity",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if request.headers.get("if-none-match") == bundle.etag:
            return Response(status_code=304, headers=headers)
        packed = "gzip" in request.headers.get("accept-encoding", "")
        headers |= {"Content-Encoding": "gzip"} if packed else {}
        return Response(bundle.packed if packed else bundle.source, media_type="text/javascript", headers=headers)


def _session(router: APIRouter, settings: WidgetSettings, sessions: Sessions, access: Access, voice: list[str]) -> None:
    @router.post("/session")
    async def session(request: Request) -> Response:
        access.page(request)
        # A page of an older version sends no body; whatever else is no wish for a language.
        lang, words = settings.words(_read(SessionBody, await read_json(request, SMALL_BODY), SessionBody()).lang)
        user = sessions.user(request.cookies) or sessions.new_user()
        response = JSONResponse(
            {
                "lang": lang,
                "title": words.title,
                "subtitle": words.subtitle,
                "greeting": words.greeting,
                "starters": list(words.starters),
                "max_text": settings.max_text,
            }
            | ({"voice": voice} if voice else {})
        )
        response.set_cookie(
            COOKIE, sessions.token(user), max_age=sessions.max_age, path="/widget", httponly=True,
            secure=settings.cookie_secure, samesite=settings.cookie_samesite,
        )  # fmt: skip
        return response


def _lines(router: APIRouter, backend: Backend, sessions: Sessions, access: Access) -> None:
    settings = backend.settings

    @router.websocket("/ws")
    async def websocket(socket: WebSocket) -> None:
        user = sessions.user(socket.cookies)
        allowed = origin_allowed(socket.headers.get("origin"), socket.headers.get("host"), settings.origins)
        if user is None or not allowed:
            await socket.close(1008)  # before it is accepted: the browser sees HTTP 403
            return
        await socket.accept()
        await WidgetSocket(socket, backend.visitors.of(user), backend, Bucket(20, 80, time.monotonic)).run()

    @router.post("/events")
    async def events(request: Request) -> Response:
        visitor = access.visitor(request)
        body = _read(EventsBody, await read_json(request, SMALL_BODY))
        if not visitor.may_stream:
            raise Refused(429, error(TOO_MANY_TABS, retry_after=STREAM_PAUSE))
        visitor.streams += 1
        return EventStream(backend, visitor, body.after)

    @router.post("/frames")
    async def frames(request: Request) -> Response:
        visitor = access.visitor(request)
        frame = parse(await read_json(request, settings.max_frame))
        if isinstance(frame, ResumeFrame):
            frame = error(UNREADABLE)
        if isinstance(frame, dict):
            return JSONResponse({"frames": [frame]})
        answer = await take(backend, visitor, frame, request.client.host if request.client else None)
        return JSONResponse({"frames": [answer.frame] if answer.frame else []})


def _rest(router: APIRouter, backend: Backend, access: Access) -> None:
    uploads = Uploads(backend, access)
    router.add_api_route("/files", uploads.receive, methods=["POST"])
    router.add_api_route("/files/{seq}/{index}", uploads.give, methods=["GET"])

    for path in ("/session", "/events", "/frames", "/files", "/files/{seq}/{index}", "/transcript", "/continue"):
        _preflight(router, access, path)

    @router.post("/transcript")
    async def save(request: Request) -> Response:
        visitor = access.visitor(request)
        if wait := visitor.transcripts.ask():
            raise Refused(429, error(TOO_OFTEN, retry_after=pause(wait)))
        return await transcript(backend, visitor.user)


def _voice(router: APIRouter, backend: Backend, access: Access, hear: Hear | None, speak: Speak | None) -> None:
    if hear is not None:
        router.add_api_route("/voice", Listening(backend, access, hear).receive, methods=["POST"])
        _preflight(router, access, "/voice")
    if speak is not None:
        router.add_api_route("/speech/{seq}", Speaking(backend, access, speak).give, methods=["GET"])
        _preflight(router, access, "/speech/{seq}")


def _notices(router: APIRouter, access: Access, live: LiveNotices) -> None:
    known: list[Notice] = []
    looked_at = -NOTICES_KEPT

    @router.get("/notices")
    async def notices(request: Request) -> Response:
        nonlocal known, looked_at
        access.page(request)
        # Every opened chat of every site asks; the database is asked seldom.
        if time.monotonic() - looked_at >= NOTICES_KEPT:
            known, looked_at = list(await live(CHANNEL)), time.monotonic()
        return JSONResponse([{"id": notice.id, "text": notice.text} for notice in known])


def _preflight(router: APIRouter, access: Access, path: str) -> None:
    async def preflight(request: Request) -> Response:
        access.page(request)
        return Response(status_code=204)

    router.add_api_route(path, preflight, methods=["OPTIONS"])


def _read(model: type[B], raw: bytes, otherwise: B | None = None) -> B:
    """The body, `otherwise` for one that cannot be read. Raises Refused when there is no `otherwise`."""
    try:
        return model.model_validate_json(raw)
    except ValidationError:
        if otherwise is None:
            raise Refused(422, error(UNREADABLE)) from None
        return otherwise
