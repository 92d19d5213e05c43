"""Files of a conversation: the visitor sends them as a message, and fetches them back."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from bot.messages import Attachment, Inbound
from bot.store.conversations import MessageRow
from channels.files import FileRefused
from channels.widget.access import Access, Refused
from channels.widget.backend import Backend
from channels.widget.body import TOO_SLOW, UPLOAD_WITHIN, chunks, declared_size
from channels.widget.frames import LAST_SEQ
from channels.widget.intake import NOT_STORED_PAUSE, error, pause
from channels.widget.settings import CHANNEL
from channels.widget.storing import accepted, id_of, known
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
        name = id_of(request)
        seq = await known(self._backend, visitor, name)
        if seq is None:
            if wait := visitor.files.ask():
                raise Refused(429, error(TOO_MANY, id=name, retry_after=pause(wait)))
            with visitor.line():
                attachment = await self._stored(request, name, query.get("name", ""))
                host = request.client.host if request.client else None
                text = query.get("text", "")
                inbound = Inbound(CHANNEL, visitor.user, name, "file", text, attachments=(attachment,), ip=host)
                seq = await accepted(self._backend, visitor, inbound, NOT_STORED)
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

    async def give(self, request: Request) -> Response:
        """`GET files/<seq>/<index>`: an attachment of the visitor's own conversation, else 404."""
        visitor = self._access.visitor(request)
        file = await self._attachment(visitor, request.path_params["seq"], request.path_params["index"])
        try:
            content = await asyncio.to_thread(self._backend.files.read, str(file["ref"]))
        except KeyError:
            raise Refused(404, error(NO_FILE)) from None
        # Whatever the bytes hold, no browser may run them as a page of ours.
        headers = {
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=utf-8''{quote(str(file['name']), safe='')}",
        }
        return Response(content, media_type=str(file["media_type"]), headers=headers)

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
