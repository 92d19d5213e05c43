"""Files both ways: what an operator sends along with a message, and what colleagues fetch from a talk they may see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from bot.accounts.interface import Signed
from bot.handover.interface import Refusal
from bot.messages import Attachment
from bot.store.conversations import ConversationRow, MessageRow
from desk.access import need
from desk.parts import Files, Parts
from desk.window.rows import INLINE
from desk.window.sight import Sight

MOST_FILES = 5
MOST_BYTES = 12 * 1024 * 1024
"""Of a whole form."""
PIECE = 64 * 1024
TOO_MUCH = f"Слишком много сразу. Отправьте не больше {MOST_FILES} файлов: каждый до 5 МБ, вместе до 11 МБ."

SANDBOX = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
"""Whatever the bytes hold, no browser may run them as a page of ours."""


async def read_form(request: Request, files: Files) -> tuple[FormData, list[Attachment]]:
    """The fields of a form and its files (`files`), stored. Raises Refusal; what was stored is then forgotten."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MOST_BYTES:
        raise Refusal(TOO_MUCH)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await FormParser(request.headers, _limited(request)).parse(), []
    try:
        form = await MultiPartParser(
            request.headers, _limited(request), max_files=MOST_FILES, max_fields=20, max_part_size=PIECE
        ).parse()
    except MultiPartException:
        raise Refusal(TOO_MUCH) from None
    stored: list[Attachment] = []
    try:
        for sent in form.getlist("files"):
            if isinstance(sent, UploadFile) and (sent.filename or sent.size):
                stored.append(await files.save(sent.filename or "", _pieces(sent)))
    except BaseException as error:
        forget(files, stored)
        # The file store belongs to the doors, which the desk does not import: a refusal is known by its code and its words.
        if hasattr(error, "code") and (text := getattr(error, "message", "")):
            raise Refusal(text) from None
        raise
    finally:
        await form.close()
    return form, stored


def forget(files: Files, stored: Iterable[Attachment]) -> None:
    """Throw away files that no message carries."""
    for one in stored:
        files.remove(one.ref)


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise Refusal(TOO_MUCH)
        yield chunk


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE):
        yield piece


def files_router(parts: Parts, sight: Sight) -> APIRouter:
    """`GET files/<conversation>/<seq>/<index>`: a file of this citizen, seen through a talk that one may see."""
    router = APIRouter()

    @router.get("/files/{conversation_id}/{seq}/{index}")
    async def give(
        me: Annotated[Signed, Depends(need("talk"))],
        conversation_id: str,
        seq: Annotated[int, Path(ge=1, le=2**31 - 1)],
        index: Annotated[int, Path(ge=0, le=99)],
    ) -> Response:
        talk = await sight.again(me, conversation_id)
        async with parts.store.read() as session:
            row = await session.get(MessageRow, seq)
            home = await session.get(ConversationRow, row.conversation_id) if row is not None else None
        # The opened talk shows the citizen's other channels too.
        if row is None or home is None or home.citizen_id != talk.citizen_id:
            raise HTTPException(404)
        attachments = parts.vault.open(row.body).get("attachments") or []
        if index >= len(attachments):
            raise HTTPException(404)
        file = attachments[index]
        try:
            content = await asyncio.to_thread(parts.files.read, str(file["ref"]))
        except KeyError:
            raise HTTPException(404) from None
        safe = file["media_type"] in INLINE
        name = quote(str(file["name"]), safe="")
        disposition = f"{'inline' if safe else 'attachment'}; filename*=utf-8''{name}"
        media_type = file["media_type"] if safe else "application/octet-stream"
        return Response(content, media_type=media_type, headers=SANDBOX | {"Content-Disposition": disposition})

    return router
