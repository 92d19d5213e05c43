"""Reads the body of a portal request, JSON or multipart, and stops reading as soon as it is too large."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message

from bot.messages import Attachment
from channels.files import FileRefused, FileStore
from channels.portal.errors import ApiError
from channels.portal.models import MAX_TEXT_BYTES, IncomingMessage, Profile

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a whole request: a file of 5 MB in Base64, a long text and a profile."""

TOO_LARGE = "Запрос слишком большой: текст до 256 КБ, файл до 5 МБ."


async def read_message(request: Request, files: FileStore) -> tuple[IncomingMessage, Attachment | None]:
    """The message and its stored file. Raises ApiError and pydantic's ValidationError."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > MAX_BODY:
        raise ApiError(413, "too_large", TOO_LARGE)
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    limited = Request(request.scope, _limited(request))
    try:
        if media_type == "application/json":
            return await _from_json(await limited.body(), files)
        if media_type == "multipart/form-data":
            async with limited.form(max_files=1, max_fields=10, max_part_size=MAX_TEXT_BYTES + 1024) as form:
                return await _from_form(form, files)
    except FileRefused as error:
        status = {"too_large": 413, "unknown_type": 415}.get(error.code, 422)
        raise ApiError(status, error.code, error.message) from error
    except HTTPException as error:
        if "exceeded maximum size" in str(error.detail):
            raise ApiError(413, "too_large", TOO_LARGE) from error
        raise ApiError(400, "unreadable", "Тело запроса не разобрать как multipart/form-data.") from error
    raise ApiError(415, "media_type", "Пришлите application/json или multipart/form-data.")


def _limited(request: Request) -> Any:
    seen = 0

    async def receive() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            raise ApiError(413, "too_large", TOO_LARGE)
        return message

    return receive


async def _from_json(body: bytes, files: FileStore) -> tuple[IncomingMessage, Attachment | None]:
    incoming = IncomingMessage.model_validate_json(body)
    _check_text(incoming)
    if incoming.file is None:
        return incoming, None
    try:
        content = base64.b64decode(incoming.file.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(422, "invalid", "file.content: это не Base64") from error
    return incoming, await files.save_bytes(incoming.file.name, content)


async def _from_form(form: FormData, files: FileStore) -> tuple[IncomingMessage, Attachment | None]:
    fields: dict[str, Any] = {}
    upload: UploadFile | None = None
    for key, value in form.multi_items():
        if isinstance(value, UploadFile):
            if key != "file":
                raise ApiError(422, "invalid", "Файл нужен в поле file.")
            upload = value
        elif key == "profile":
            fields["profile"] = Profile.model_validate_json(value)
        else:
            fields[key] = value
    if upload is not None and "text" not in fields and "choice" not in fields:
        fields["text"] = ""
    if upload is not None and "choice" in fields:
        raise ApiError(422, "invalid", "choice и file нельзя прислать вместе")
    incoming = IncomingMessage.model_validate(fields)
    _check_text(incoming)
    return incoming, await files.save(upload.filename or "file", _chunks(upload)) if upload is not None else None


def _check_text(incoming: IncomingMessage) -> None:
    if incoming.text is not None and len(incoming.text.encode()) > MAX_TEXT_BYTES:
        raise ApiError(413, "too_large", "Текст больше 256 КБ. Пришлите покороче или файлом.")


async def _chunks(upload: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await upload.read(64 * 1024):
        yield chunk
