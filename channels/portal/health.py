"""What a watchdog asks: whether the process lives, whether it can answer citizens, and its figures for Prometheus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Readiness = Callable[[], Awaitable[dict[str, bool]]]
"""Tells of each part (`db`, `rasa`, …) whether it can work now."""


def health_router(ready: Readiness, channels: Callable[[], dict[str, str]] = dict) -> APIRouter:
    """`/health`, `/ready` and `/metrics`. They need no key: let the proxy in front keep the public away from them.

    `channels` tells how receiving goes in each messenger, "" when it goes well; a deaf one makes nobody else unready.
    """
    router = APIRouter(tags=["Состояние"])

    @router.get("/health", summary="Процесс жив")
    async def health() -> dict[str, str]:
        """Всегда 200, пока процесс отвечает; ни база, ни Rasa не проверяются."""
        return {"status": "ok"}

    @router.get(
        "/ready",
        summary="Готов отвечать гражданам",
        responses={503: {"description": "Какая-то часть ещё не готова; какая именно, сказано в ответе"}},
    )
    async def readiness() -> JSONResponse:
        """200, когда доступны и база, и диалог; иначе 503. В ответе видно, чего не хватает и как дела у каналов."""
        try:
            parts = await ready()
        except Exception as error:  # the question itself failed: that is an answer too
            parts = {type(error).__name__: False}
        well = all(parts.values())
        body = {"ready": well, "parts": parts, "channels": channels()}
        return JSONResponse(body, status_code=200 if well else 503)

    @router.get("/metrics", summary="Показатели для Prometheus", response_class=Response)
    async def metrics() -> Response:
        """Счётчики и гистограммы в текстовом виде Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
