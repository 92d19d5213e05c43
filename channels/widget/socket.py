"""One open widget: reads its frames and sends it every message of its conversation once and in order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bot.messages import Inbound, InboundKind
from bot.store import Store, Vault, journal
from bot.store.conversations import ConversationRow
from bot.store.journal import Message
from bot.turns import Turns
from channels.widget.frames import FRAME, MessageFrame, OnlyId, PingFrame, ResumeFrame
from channels.widget.rate import Bucket
from channels.widget.settings import CHANNEL, WidgetSettings
from channels.wire import choice_title, conversation_of_user, message_json

log = structlog.get_logger(__name__)

Happening = Message | dict[str, Any]

LOOK_EVERY = 30.0
"""Seconds after which the journal is looked at even without a notice: another process may have written to it."""

TOO_FAST = "Вы пишете очень быстро. Ничего не потерялось: отправлю следующее сообщение через пару секунд."
TOO_LONG = "Сообщение слишком длинное. Разделите его, пожалуйста, на части."
UNREADABLE = "Не получилось разобрать сообщение. Обновите, пожалуйста, страницу."
NOT_STORED = "Не получилось сохранить сообщение. Сейчас повторю."


class Tabs:
    """The open tabs of each conversation, so that what is written in one appears in the others."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[Happening]]] = {}

    @contextlib.contextmanager
    def joined(self, conversation_id: str, queue: asyncio.Queue[Happening]) -> Iterator[None]:
        """Be told, inside the block, when another tab wrote."""
        self._queues.setdefault(conversation_id, set()).add(queue)
        try:
            yield
        finally:
            self._queues[conversation_id].discard(queue)
            if not self._queues[conversation_id]:
                del self._queues[conversation_id]

    def wake(self, conversation_id: str, but: asyncio.Queue[Happening]) -> None:
        """Let every tab except one look into the journal."""
        for queue in self._queues.get(conversation_id, ()):
            with contextlib.suppress(asyncio.QueueFull):
                if queue is not but:
                    queue.put_nowait({"look": True})


class WidgetSocket:
    """The connection of one tab. `run` returns when it is closed."""

    def __init__(
        self,
        socket: WebSocket,
        user: str,
        turns: Turns,
        store: Store,
        vault: Vault,
        settings: WidgetSettings,
        tabs: Tabs,
    ) -> None:
        self._socket, self._user, self._settings, self._tabs = socket, user, settings, tabs
        self._turns, self._store, self._vault = turns, store, vault
        self._messages = Bucket(settings.burst, settings.per_second, time.monotonic)
        self._frames = Bucket(80, 20, time.monotonic)
        self._sending = asyncio.Lock()
        self._conversation_id = ""
        self._mode = ""
        self._cursor: int | None = None  # the last message this tab was shown; None before it asked for any
        self._own: set[int] = set()  # written in this very tab, which shows them already

    async def run(self) -> None:
        """Serve the tab until it goes away."""
        self._conversation_id = await self._conversation()
        async with self._turns.listen(self._conversation_id) as queue:
            with self._tabs.joined(self._conversation_id, queue):
                telling = asyncio.create_task(self._tell(queue))
                reading = asyncio.create_task(self._read(queue))
                done, pending = await asyncio.wait({telling, reading}, return_when=asyncio.FIRST_COMPLETED)
                for task in pending:
                    task.cancel()
                await asyncio.gather(*pending, return_exceptions=True)
                for task in done:
                    self._report(task)
        if self._socket.client_state == WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError):
                await self._socket.close(1011)

    @staticmethod
    def _report(task: asyncio.Task[None]) -> None:
        error = task.exception()
        # A browser that left while we were sending is everyday life.
        if error is not None and not isinstance(error, WebSocketDisconnect | RuntimeError):
            log.error("widget.socket_failed", error=type(error).__name__)

    async def _conversation(self) -> str:
        async with self._store.read() as session:
            row = await conversation_of_user(session, CHANNEL, self._user)
        if row is None:
            try:
                row = await self._new_conversation()
            except IntegrityError:  # two tabs opened at the same moment
                row = await self._new_conversation()
        return row.id

    async def _new_conversation(self) -> ConversationRow:
        async with self._store.write() as session:
            return await journal.conversation_of(session, self._vault, CHANNEL, self._user, datetime.now(UTC))

    async def _send(self, frame: dict[str, Any]) -> None:
        async with self._sending:
            await self._socket.send_json(frame)

    async def _error(self, text: str, **more: Any) -> None:
        await self._send({"type": "error", "text": text} | {k: v for k, v in more.items() if v is not None})

    # --- from the browser ---

    async def _read(self, queue: asyncio.Queue[Happening]) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            if self._frames.take():
                await self._socket.close(1008)
                return
            raw = event.get("text")
            if raw is None:
                await self._error(UNREADABLE)
            elif len(raw.encode("utf-8", "replace")) > self._settings.max_frame:
                await self._error(TOO_LONG)
            else:
                await self._frame(raw, queue)

    async def _frame(self, raw: str, queue: asyncio.Queue[Happening]) -> None:
        try:
            frame = FRAME.validate_json(raw)
        except ValidationError:
            await self._error(UNREADABLE, id=_id_of(raw))
            return
        if isinstance(frame, MessageFrame):
            await self._message(frame, queue)
        elif isinstance(frame, ResumeFrame):
            await queue.put({"resume": frame.after})
        elif isinstance(frame, PingFrame):
            await self._send({"type": "pong"})

    async def _message(self, frame: MessageFrame, queue: asyncio.Queue[Happening]) -> None:
        if wait := self._messages.take():
            await self._error(TOO_FAST, id=frame.id, retry_after=round(wait + 0.5, 1))
            return
        text = frame.text
        if frame.choice is not None and not text:
            async with self._store.read() as session:
                text = choice_title(await session.get(ConversationRow, self._conversation_id), frame.choice)
        kind: InboundKind = "choice" if frame.choice is not None else "text"
        host = self._socket.client.host if self._socket.client else None
        inbound = Inbound(CHANNEL, self._user, frame.id, kind, text, frame.choice, ip=host)
        try:
            accepted = await self._turns.accept(inbound)
        except SQLAlchemyError as error:
            log.error("widget.not_stored", error=type(error).__name__)
            await self._error(NOT_STORED, id=frame.id, retry_after=2)
            return
        self._own.add(accepted.seq)
        if self._cursor is None:
            self._cursor = accepted.seq
        await self._send({"type": "ack", "id": frame.id, "seq": accepted.seq})
        self._tabs.wake(self._conversation_id, queue)

    # --- to the browser ---

    async def _tell(self, queue: asyncio.Queue[Happening]) -> None:
        while True:
            happening: Happening = {"look": True}
            with contextlib.suppress(TimeoutError):
                happening = await asyncio.wait_for(queue.get(), LOOK_EVERY)
            if isinstance(happening, Message):
                # The messages of one turn come together: the first notice has shown them all.
                if self._cursor is not None and happening.seq > self._cursor:
                    await self._show_new()
                continue
            if "look" in happening:
                await self._show_new()
            if "resume" in happening:
                await self._resume(int(happening["resume"]))
            if "mode" in happening:
                await self._tell_mode(str(happening["mode"]))
            if "typing" in happening and self._cursor is not None:
                await self._send({"type": "typing", "on": bool(happening["typing"])})

    async def _resume(self, after: int) -> None:
        self._cursor, self._mode = after, ""
        self._own.clear()
        await self._show_new()
        async with self._store.read() as session:
            row = await session.get(ConversationRow, self._conversation_id)
            answered = await journal.is_answered(session, self._conversation_id)
        await self._tell_mode(row.mode if row else "robot")
        await self._send({"type": "resumed", "seq": self._cursor})
        if not answered:
            await self._send({"type": "typing", "on": True})

    async def _tell_mode(self, mode: str) -> None:
        if mode != self._mode and self._cursor is not None:
            self._mode = mode
            await self._send({"type": "mode", "mode": mode})

    async def _show_new(self) -> None:
        # Notices only say that there is something; what and in which order, the journal says. So nothing is
        # skipped when a notice is lost and nothing is shown twice when one is repeated.
        while self._cursor is not None:
            limit = self._settings.history
            async with self._store.read() as session:
                found = await journal.history(session, self._vault, self._conversation_id, self._cursor, limit)
            from_start = self._cursor == 0
            for message in found:
                self._cursor = message.seq
                if message.seq in self._own:
                    self._own.discard(message.seq)
                else:
                    await self._send(_frame_of(message))
            if len(found) < limit or from_start:
                return


def _frame_of(message: Message) -> dict[str, Any]:
    frame = {"type": "message", "seq": message.seq, "reply_to": message.reply_to} | message_json(message)
    return frame | ({"id": message.external_id} if message.author == "citizen" else {})


def _id_of(raw: str) -> str | None:
    try:
        return OnlyId.model_validate_json(raw).id
    except ValidationError:
        return None
