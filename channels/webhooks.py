"""The address that platforms call: an event is stored before the platform is told that it arrived."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from channels.base import Channel, HookCall
from channels.inbox import Inbox

log = structlog.get_logger(__name__)

LARGEST = 1_000_000
"""Bytes of one call: a message with its forwarded ones is a few kilobytes."""
PATIENCE = 10_000_000
"""Bytes after which a sender is cut off without being heard out."""


def webhooks_router(doors: Mapping[str, tuple[Channel, Inbox]]) -> APIRouter:
    """`POST /hooks/<channel>` for every channel that is configured; any other name is 404."""
    router = APIRouter(prefix="/hooks", include_in_schema=False)

    @router.post("/{name}")
    async def call(name: str, request: Request) -> Response:
        if name not in doors:
            return Response("нет такого канала", 404)
        channel, inbox = doors[name]
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response("слишком много", 413)
        # As they came over the wire: a secret with foreign letters is a wrong secret, not a fault of ours.
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in request.headers.raw}
        reply = channel.webhook(HookCall(headers, body, dict(request.query_params)))
        if reply.events:
            try:
                await inbox.store(reply.events)
            except SQLAlchemyError as error:
                log.error("webhook.not_stored", channel=name, error=type(error).__name__)
                return Response("не сохранено, повторите", 503, headers={"Retry-After": "2"})
        return Response(reply.body, reply.status, media_type="text/plain")

    return router


async def _body(request: Request) -> bytes | None:
    """The whole body, None for one that is too large, of which nothing is kept."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > PATIENCE:
            return None
        # A sender hears our refusal only after it has said its say.
        chunks = [*chunks, chunk] if size <= LARGEST else []
    return b"".join(chunks) if size <= LARGEST else None
