"""Reads the body of a widget's request: only so much of it, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request

from channels.widget.access import Refused
from channels.widget.intake import TOO_LONG, UNREADABLE, error

READ_WITHIN = 20.0
"""Seconds for the whole of a small body."""
CHUNK_WITHIN = 30.0
"""Seconds between two pieces of a file."""
UPLOAD_WITHIN = 900.0
"""Seconds for a whole file: 5 MB over the slowest mobile line."""

TOO_SLOW = "Связь слишком медленная, не дождалась. Попробуйте ещё раз."
READABLE = ("", "application/json", "text/plain")


async def read_json(request: Request, most: int) -> bytes:
    """The body, at most `most` bytes; empty when there is none. Raises Refused and ClientDisconnect."""
    if declared_size(request) > most:
        raise Refused(413, error(TOO_LONG))
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise Refused(413, error(TOO_LONG))
    except TimeoutError:
        raise Refused(408, error(TOO_SLOW)) from None
    if body and request.headers.get("content-type", "").split(";")[0].strip().lower() not in READABLE:
        raise Refused(415, error(UNREADABLE))
    return bytes(body)


def declared_size(request: Request) -> int:
    """The size that the request announces, 0 when it tells none."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """The body piece by piece. Raises TimeoutError when none comes for long, and ClientDisconnect."""
    stream = request.stream()
    while True:
        async with asyncio.timeout(CHUNK_WITHIN):
            chunk = await anext(stream, None)
        if chunk is None:
            return
        yield chunk
