"""One open event stream (SSE), for pages whose network lets no WebSocket through."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from channels.widget.backend import Backend
from channels.widget.delivery import Delivery
from channels.widget.visitors import Visitor

log = structlog.get_logger(__name__)

SEND_WITHIN = 60.0
"""Seconds a reader may take to accept what we send; then it counts as gone."""


class EventStream(Response):
    """Every frame as `data: {json}`, a comment now and then, until the reader leaves or the server stops.

    The visitor's place among the open streams must be taken before, and is given back here.
    """

    media_type = "text/event-stream"

    def __init__(self, backend: Backend, visitor: Visitor, after: int) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._backend, self._visitor, self._after = backend, visitor, after
        self._sending = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream; ends with the connection."""

        async def write(data: bytes) -> None:
            async with self._sending, asyncio.timeout(SEND_WITHIN):
                await send({"type": "http.response.body", "body": data, "more_body": True})

        async def frame(content: dict[str, Any]) -> None:
            await write(b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n")

        async def ping() -> None:
            while True:
                await asyncio.sleep(self._backend.settings.ping_every)
                await write(b": ping\n\n")

        async def left() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        delivery = Delivery(self._backend, self._visitor.user, frame)
        delivery.resume(self._after)
        tasks: set[asyncio.Task[None]] = set()
        stuck = False
        try:
            with self._visitor.line():
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                await write(b": ok\n\n")
                tasks = {asyncio.create_task(work) for work in (delivery.run(), ping(), left())}
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            stuck = True
        except asyncio.CancelledError:
            pass  # the server stops; what was said stays in the journal, and the page asks again
        finally:
            self._visitor.streams -= 1
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                stuck |= isinstance(outcome, TimeoutError)
                if outcome is not None and not isinstance(outcome, asyncio.CancelledError | TimeoutError | OSError):
                    log.error("widget.stream_failed", error=type(outcome).__name__)
        if not stuck:  # a reader that takes nothing would not take the end either: the connection is cut
            await send({"type": "http.response.body", "body": b"", "more_body": False})
