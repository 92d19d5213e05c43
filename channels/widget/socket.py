"""One open WebSocket: hands its frames to the intake and shows it what the delivery sends."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from channels.pace import Bucket
from channels.widget.backend import Backend
from channels.widget.delivery import Delivery
from channels.widget.frames import ResumeFrame
from channels.widget.intake import TOO_LONG, UNREADABLE, error, parse, take
from channels.widget.visitors import Visitor

log = structlog.get_logger(__name__)


class WidgetSocket:
    """The connection of one tab. `run` returns when it is closed."""

    def __init__(self, socket: WebSocket, visitor: Visitor, backend: Backend, frames: Bucket) -> None:
        """`frames` bounds what this one socket may send, of whatever kind."""
        self._socket, self._visitor, self._backend, self._frames = socket, visitor, backend, frames
        self._sending = asyncio.Lock()
        self._delivery = Delivery(backend, visitor.user, self._send)

    async def run(self) -> None:
        """Serve the tab until it goes away."""
        tasks = {asyncio.create_task(self._delivery.run()), asyncio.create_task(self._read())}
        try:
            with self._visitor.line():
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                self._report(outcome)
        if self._socket.client_state == WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError):
                await self._socket.close(1011)

    @staticmethod
    def _report(outcome: BaseException | None) -> None:
        # A browser that left while we were sending is everyday life.
        usual = (asyncio.CancelledError, WebSocketDisconnect, RuntimeError)
        if outcome is not None and not isinstance(outcome, usual):
            log.error("widget.socket_failed", error=type(outcome).__name__)

    async def _send(self, frame: dict[str, Any]) -> None:
        async with self._sending:
            await self._socket.send_json(frame)

    async def _read(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            if self._frames.ask():
                await self._socket.close(1008)
                return
            raw = event.get("text")
            if raw is None:
                await self._send(error(UNREADABLE))
            elif len(raw.encode("utf-8", "replace")) > self._backend.settings.max_frame:
                await self._send(error(TOO_LONG))
            else:
                await self._frame(raw)

    async def _frame(self, raw: str) -> None:
        frame = parse(raw)
        if isinstance(frame, dict):
            await self._send(frame)
        elif isinstance(frame, ResumeFrame):
            self._delivery.resume(frame.after)
        else:
            host = self._socket.client.host if self._socket.client else None
            answer = await take(self._backend, self._visitor, frame, host, self._delivery.queue)
            if answer.seq is not None:
                self._delivery.wrote(answer.seq)
            if answer.frame is not None:
                await self._send(answer.frame)
