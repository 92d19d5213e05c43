"""The assistant as an ASGI application: the doors, the demo page and the actions that Rasa calls."""

from __future__ import annotations

import contextlib
import gc
import hmac
import ipaddress
import zlib
from collections.abc import AsyncIterator

import orjson
import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from app.compose import Assistant, build, demo_hints, widget_secret
from app.logs import set_up
from app.settings import load
from bot.store import StoreAway
from channels.portal.agency import agency_router
from channels.portal.api import portal_router
from channels.portal.docs import docs_router
from channels.portal.health import health_router
from channels.webhooks import webhooks_router
from channels.widget.continuing import continue_router
from channels.widget.demo import demo_router
from channels.widget.page import page_router
from channels.widget.server import widget_router
from channels.widget.settings import WidgetSettings
from desk.access import guard
from desk.app import desk_router

log = structlog.get_logger(__name__)
MAX_ACTION_CALL = 20_000_000
"""Bytes of one action call: a tracker of a very long conversation is a few megabytes."""


def create_app() -> FastAPI:
    """The factory for uvicorn; settings come from the environment."""
    settings = load()
    set_up(settings.log_level)
    app = application(build(settings))
    # What is there now (dictionaries, content, classes) stays: to look through it for garbage stops everything for 250 ms.
    gc.collect()
    gc.freeze()
    return app


def application(assistant: Assistant) -> FastAPI:
    """The application around one assistant."""
    settings = assistant.settings

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with assistant.running():
            yield

    app = FastAPI(
        title="Отклик", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None,
        description="Помощник линий государственных услуг: API для порталов и приложений.",
    )  # fmt: skip
    votes = assistant.studio.votes
    app.include_router(
        portal_router(assistant.turns, assistant.store, assistant.vault, settings.keys, assistant.files, votes=votes)
    )
    services = assistant.services
    app.include_router(agency_router(services.applications, services.tickets, services.incidents, settings.keys))
    app.include_router(health_router(assistant.ready, assistant.channels))
    app.include_router(docs_router())
    app.include_router(webhooks_router(assistant.doors.inboxes))
    widget = WidgetSettings(
        secret=widget_secret(assistant.vault),
        origins=settings.allowed_origins,
        cookie_secure=settings.secure_cookies,
    )
    telephone = assistant.telephone
    app.include_router(
        widget_router(
            assistant.turns, assistant.store, assistant.vault, widget, assistant.files, services.people.place,
            services.content.region.timezone,
            hear=telephone.hear_now if telephone else None, speak=telephone.speak if telephone else None,
            notices=assistant.desk.parts.notices.live, desk=assistant.desk.citizens, votes=votes,
        )
    )  # fmt: skip
    if telephone is not None:
        # Here, not above: without the voice nothing of it is installed.
        from app.telephone import voice_router

        app.include_router(voice_router(telephone, settings.voice_token))
    app.include_router(continue_router(assistant.turns, assistant.linking, widget))
    app.include_router(page_router(settings.content_dir))
    app.include_router(desk_router(assistant.desk.parts))
    guard(app, assistant.desk.parts)
    if settings.demo:
        hints = [h for h in demo_hints(settings) if "surname" not in h] + [
            h for h in demo_hints(settings) if "surname" in h
        ][:3]
        app.include_router(demo_router(lambda: hints, settings.content_dir))

        @app.get("/", include_in_schema=False)
        async def home() -> RedirectResponse:
            return RedirectResponse("/demo")

    app.include_router(actions_router(assistant))
    return app


def actions_router(assistant: Assistant) -> APIRouter:
    """The endpoint for Rasa's action calls, in the protocol of the Rasa action server."""
    router = APIRouter(include_in_schema=False)
    token = assistant.settings.actions_token

    @router.post("/actions")
    async def run(request: Request) -> Response:
        if not _may_call(request, token):
            return JSONResponse({"error": "forbidden"}, 403)
        body = await request.body()
        try:
            if request.headers.get("content-encoding") == "deflate":
                body = zlib.decompressobj().decompress(body, MAX_ACTION_CALL)
            call = orjson.loads(body)
        except (zlib.error, ValueError):
            return JSONResponse({"error": "the body is not JSON"}, 400)
        name = str(call.get("next_action"))
        assistant.studio.readings.heard(call.get("tracker"), name)
        try:
            result = await assistant.actions.run(call)
        except ActionExecutionRejection as rejection:
            return JSONResponse({"error": str(rejection), "action_name": rejection.action_name}, 400)
        except StoreAway:
            # Rasa goes on as if the action had done its work; so the robot has to know that this turn counts for nothing.
            assistant.robot.action_lost_store(str(call.get("sender_id")))
            return JSONResponse({"error": "the database is away", "action_name": name}, 503)
        except ActionNotFoundException as missing:
            return JSONResponse({"error": str(missing), "action_name": missing.action_name}, 404)
        except Exception as error:
            # The message and the tracker hold personal data: only the kind of fault and its place go to the log.
            log.error("action.failed", action=name, error=type(error).__name__, where=_place(error))
            return JSONResponse({"error": "action failed", "action_name": name}, 500)
        return JSONResponse(result.model_dump() if result else {"events": [], "responses": []})

    return router


def _may_call(request: Request, token: str) -> bool:
    if token:
        return hmac.compare_digest(request.query_params.get("token", "").encode(), token.encode())
    host = request.client.host if request.client else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"
