"""Who may call the widget's addresses: a page of an allowed origin, with a session, and not too often."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from channels.unread import let_go
from channels.widget.intake import NOT_STORED_PAUSE, error, pause
from channels.widget.sessions import Sessions, origin_allowed
from channels.widget.settings import WidgetSettings
from channels.widget.visitors import Visitor, Visitors

log = structlog.get_logger(__name__)

FOREIGN = "С этого сайта помощник не вызывается."
NO_SESSION = "Сеанс закончился. Обновите, пожалуйста, страницу."
TOO_OFTEN = "Слишком много запросов. Подождите немного."
AWAY = "Сервис сейчас недоступен. Попробуйте ещё раз чуть позже."


class Refused(Exception):
    """A request that is not served: its HTTP status and the JSON that says why."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class Access:
    """The checks before every request."""

    def __init__(self, settings: WidgetSettings, sessions: Sessions, visitors: Visitors) -> None:
        self._settings, self._sessions, self._visitors = settings, sessions, visitors

    def page(self, request: Request) -> None:
        """Only pages of an allowed origin; the answer may then be read by them. Raises Refused."""
        origin = request.headers.get("origin")
        if origin is None and request.method == "GET" and request.headers.get("sec-fetch-site") != "cross-site":
            return  # a link followed on a page of our own site carries no origin
        if not origin_allowed(origin, request.headers.get("host"), self._settings.origins):
            raise Refused(403, error(FOREIGN))
        request.state.cors = {
            "Access-Control-Allow-Origin": origin or "",
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Content-Type",
            "Access-Control-Expose-Headers": "Content-Disposition, Retry-After",
            "Access-Control-Max-Age": "600",
            "Vary": "Origin",
        }

    def visitor(self, request: Request) -> Visitor:
        """The visitor whose session it is. Raises Refused."""
        self.page(request)
        user = self._sessions.user(request.cookies)
        if user is None:
            raise Refused(401, error(NO_SESSION))
        visitor = self._visitors.of(user)
        if wait := visitor.requests.ask():
            raise Refused(429, error(TOO_OFTEN, retry_after=pause(wait)))
        return visitor


class WidgetRoute(APIRoute):
    """A route whose refusals are JSON that the calling page may read, and whose answers nobody keeps or guesses at."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route with all that around it."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                response = await handler(request)
            except Refused as refused:
                await let_go(request)
                response = JSONResponse(refused.body, refused.status)
                if "retry_after" in refused.body:
                    response.headers["Retry-After"] = str(round(refused.body["retry_after"] + 0.5))
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it
            except SQLAlchemyError as lost:
                log.error("widget.database", error=type(lost).__name__)
                response = JSONResponse(error(AWAY, retry_after=NOT_STORED_PAUSE), 503)
            response.headers.update(getattr(request.state, "cors", {}))
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            return response

        return handle
