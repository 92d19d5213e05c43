"""What is still being sent when a request is refused: read and thrown away, so that the sender sees the refusal, no broken line."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

MOST = 32 * 1024 * 1024
"""Bytes; who sends more is cut off."""
WITHIN = 10.0
"""Seconds for all of it."""
QUIET = 0.5
"""Seconds without a byte: the sender waits for the answer before she sends."""


async def let_go(request: Request) -> None:
    """Read the rest of a body. Returns at its end, after MOST bytes, WITHIN seconds, or QUIET ones without any."""
    seen = 0
    try:
        async with asyncio.timeout(WITHIN):
            stream = request.stream()
            while seen < MOST:
                async with asyncio.timeout(QUIET):
                    seen += len(await anext(stream))
    except (StopAsyncIteration, TimeoutError, ClientDisconnect, RuntimeError):
        # RuntimeError: the body was read to its end before.
        return
