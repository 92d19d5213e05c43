"""Files of a conversation: the visitor sends them as a message, and fetches them back."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.messages import Attachment, Inbound
from bot.store import journal
from bot.store.conversations import MessageRow
from channels.files import FileRefused
from channels.widget.access import Access, Refused
from channels.widget.backend import Backend
from channels.widget.body import TOO_SLOW, UPLOAD_WITHIN, chunks, declared_size
from channels.widget.frames import LAST_SEQ, OnlyId
from channels.widget.intake import NOT_STORED_PAUSE, UNREADABLE, error, pause
from channels.widget.settings import CHANNEL
from channels.widget.visitors import Visitor

log = structlog.get_logger(__name__)

TOO_MANY = "Файлов пока достаточно: больше десяти за десять минут принять не могу. Остальные пришлите чуть позже."
NOT_STORED = "Не получилось сохранить файл. Попробуйте ещё раз чуть позже."
NO_FILE = "Такого файла нет."
STATUSES = {"too_large": 413, "unknown_type": 415, "empty": 422}
_NUMBER = re.compile(r"[0-9]{1,10}")


class Uploads:
    """Takes and gives files."""

    def __init__(self, backend: Backend, access: Access) -> None:
        self._backend, self._access = backend, access

    async def receive(self, request: Request) -> Response:
        """`POST files?id=…&name=…&text=…` with the bytes as body: stored as a message of kind `file`, counted once by `id`."""
        visitor = self._access.visitor(request)
        query = request.query_params
        try:
            name = OnlyId.model_validate({"id": query.get("id")}).id
        except ValidationError:
            raise Refused(422, error(UNREADABLE)) from None
        seq = await self._known(visitor, name)
        if seq is None:
            if wait := visitor.files.ask():
                raise Refused(429, error(TOO_MANY, id=name, retry_after=pause(wait)))
            with visitor.line():
                attachment = await self._stored(request, name, query.get("name", ""))
                seq = await self._accepted(request, visitor, name, query.get("text", ""), attachment)
        return JSONResponse({"type": "ack", "id": name, "seq": seq})

    async def _stored(self, request: Request, name: str, filename: str) -> Attachment:
        files = self._backend.files
        try:
            files.check_size(declared_size(request))
            async with asyncio.timeout(UPLOAD_WITHIN):
                return await files.save(filename, chunks(request))
        except FileRefused as refused:
            raise Refused(STATUSES.get(refused.code, 422), error(refused.message, id=name)) from None
        except TimeoutError:
            raise Refused(408, error(TOO_SLOW, id=name)) from None
        except OSError as full:
            log.error("widget.file_not_stored", error=type(full).__name__)
            raise Refused(503, error(NOT_STORED, id=name, retry_after=NOT_STORED_PAUSE)) from None

    async def _accepted(self, request: Request, visitor: Visitor, name: str, text: str, attachment: Attachment) -> int:
        host = request.client.host if request.client else None
        inbound = Inbound(CHANNEL, visitor.user, name, "file", text, attachments=(attachment,), ip=host)
        try:
            accepted = await self._backend.turns.accept(inbound)
        except SQLAlchemyError as lost:
            log.error("widget.not_stored", error=type(lost).__name__)
            # A database lost at the last moment may have kept the message; then its file must stay.
            with contextlib.suppress(SQLAlchemyError):
                if await self._known(visitor, name) is None:
                    self._backend.files.remove(attachment.ref)
            raise Refused(503, error(NOT_STORED, id=name, retry_after=NOT_STORED_PAUSE)) from None
        if accepted.duplicate:
            self._backend.files.remove(attachment.ref)
        self._backend.tabs.wake(accepted.conversation_id)
        return accepted.seq

    async def _known(self, visitor: Visitor, name: str) -> int | None:
        conversation_id = await self._backend.known_conversation(visitor.user)
        if conversation_id is None:
            return None
        async with self._backend.store.read() as session:
            return await journal.by_external_id(session, conversation_id, name)

    async def give(self, request: Request) -> Response:
        """`GET files/<seq>/<index>`: an attachment of the visitor's own conversation, else 404."""
        visitor = self._access.visitor(request)
        file = await self._attachment(visitor, request.path_params["seq"], request.path_params["index"])
        try:
            path = self._backend.files.path(str(file["ref"]))
        except KeyError:
            raise Refused(404, error(NO_FILE)) from None
        # Whatever the bytes hold, no browser may run them as a page of ours.
        headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store"}
        return FileResponse(path, media_type=file["media_type"], filename=file["name"], headers=headers)

    async def _attachment(self, visitor: Visitor, seq: str, index: str) -> dict[str, Any]:
        conversation_id = await self._backend.known_conversation(visitor.user)
        if not _NUMBER.fullmatch(seq) or not _NUMBER.fullmatch(index) or int(seq) > LAST_SEQ or conversation_id is None:
            raise Refused(404, error(NO_FILE))
        async with self._backend.store.read() as session:
            row = await session.get(MessageRow, int(seq))
        files = self._backend.vault.open(row.body).get("attachments") or [] if row is not None else []
        if row is None or row.conversation_id != conversation_id or int(index) >= len(files):
            raise Refused(404, error(NO_FILE))
        return dict(files[int(index)])
